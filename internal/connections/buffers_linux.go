package connections

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// unsentBytes is how much the kernel takes of a connection before it is sent: by
// default, as much as its send buffer has room for, which may be megabytes. What is
// sent already, to a client or a proxy that reads slowly, does not count.
const unsentBytes = 16 << 10

// BoundUnsent is for net.ListenConfig.Control. Connections inherit the limit, so it
// costs no system call for each.
func BoundUnsent(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes)
	})
	if err != nil {
		return err
	}
	return failed
}
