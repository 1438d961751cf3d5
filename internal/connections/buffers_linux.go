package connections

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What the kernel keeps for a connection: what was received and not read, what was
// written and not acknowledged, and of that, what was not even sent. By default
// these are megabytes, which anybody can fill who does not read, or sends what is
// not read. The kernel counts its own overhead too, and therefore doubles the sizes.
const (
	receiveBytes = 32 << 10
	sendBytes    = 32 << 10
	unsentBytes  = 16 << 10
)

// BoundBuffers is for net.ListenConfig.Control. Connections inherit the sizes, so
// they cost no system call of their own.
func BoundBuffers(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		for _, option := range []struct{ level, name, value int }{
			{unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBytes},
			{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBytes},
			{unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes},
		} {
			if err := unix.SetsockoptInt(int(fd), option.level, option.name, option.value); err != nil && failed == nil {
				failed = err
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}
