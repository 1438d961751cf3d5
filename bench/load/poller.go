//go:build linux

package load

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// poller waits for many sockets at once.
type poller struct {
	fd     int
	events [64]syscall.EpollEvent // few, so that a batch does not delay what is due
}

func (p *poller) init() (err error) {
	p.fd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return err
}

// watch adds a socket, or changes what it is watched for. The index comes back
// with its events.
func (p *poller) watch(operation, fd, index int, writable bool) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)}
	if writable {
		event.Events |= syscall.EPOLLOUT
	}
	return syscall.EpollCtl(p.fd, operation, fd, &event)
}

// wait returns what happens within the timeout, to the nanosecond.
func (p *poller) wait(timeout time.Duration) ([]syscall.EpollEvent, error) {
	const epollPwait2 = 441 // on every architecture; package syscall is older
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

// beExact lets timeouts of this thread end when they should, and not up to
// 50 µs later. A kernel that does not know it has them end later.
func beExact() {
	const setTimerSlack = 29
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
}
