//go:build linux

package load

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// poller waits for events on many sockets.
type poller struct {
	fd     int
	events [64]syscall.EpollEvent // few, so that a batch does not delay due messages
}

func (p *poller) init() (err error) {
	p.fd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return err
}

// watch adds a socket, or changes which events are reported for it. The index is
// returned with each event.
func (p *poller) watch(operation, fd, index int, writable bool) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)}
	if writable {
		event.Events |= syscall.EPOLLOUT
	}
	return syscall.EpollCtl(p.fd, operation, fd, &event)
}

// wait returns the events that occur within the timeout, which is precise to the
// nanosecond.
func (p *poller) wait(timeout time.Duration) ([]syscall.EpollEvent, error) {
	const epollPwait2 = 441 // on every architecture; package syscall lacks it
	limit := syscall.NsecToTimespec(int64(max(timeout, 0)))
	n, _, errno := syscall.Syscall6(epollPwait2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events)),
		uintptr(len(p.events)), uintptr(unsafe.Pointer(&limit)), 0, 0)
	switch {
	case errors.Is(errno, syscall.EINTR):
		return nil, nil
	case errno != 0:
		return nil, fmt.Errorf("waiting for sockets (Linux 5.11 is needed): %w", errno)
	}
	return p.events[:n], nil
}

// setExactTimers makes the timeouts of this thread precise instead of up to 50 µs
// late. A kernel that does not support it keeps them late.
func setExactTimers() {
	const setTimerSlack = 29
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
}
