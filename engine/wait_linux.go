package engine

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// politeWaits is how often the loop waits by way of Go's poller after something
// else went on.
const politeWaits = 256

// To wake for a packet takes longer than to handle it. So once there are some
// thousand in a second, which shows in so many waits in a row that were shorter
// than napTime, the loop sleeps for that time instead of waiting, and they share
// a wake: up to a third less is used for each. With fewer, none is late.
const (
	napTime    = 500 * time.Microsecond
	briefWaits = 8
)

// await waits until something has arrived, and tells how much. It costs least to
// wait in the kernel, but the runtime takes a while to notice, and has one
// processor less until then. So that is for when the loop is all that is busy.
func (r *reactor) await() (n int) {
	if stirs := r.stirs.Load(); stirs != r.known {
		r.known, r.polite = stirs, politeWaits
	}
	if r.polite > 0 {
		r.polite--
		if n, ok := r.awaitPolled(); ok {
			return n
		}
	}
	r.stopPolling()
	if r.brief >= briefWaits {
		if n := r.nap(); n > 0 {
			return n
		}
		r.brief = 0
	}
	began := time.Now()
	n = r.wait(-1)
	r.brief++
	if time.Since(began) >= napTime {
		r.brief = 0
	}
	return n
}

// wait waits in the kernel: not at all if timeout is 0, and for long if it is -1.
func (r *reactor) wait(timeout int) (n int) {
	n, _ = unix.EpollWait(r.epoll, r.events[:], timeout)
	return max(n, 0) // an error is an interruption by a signal
}

// nap lets packets come together, unless some are there already.
func (r *reactor) nap() (n int) {
	if n = r.wait(0); n == 0 {
		sleep(napTime)
		n = r.wait(0)
	}
	return n
}

// sleep sleeps at most so long, without a word to the runtime: that would look
// for other work for the processor, thousands of times a second. Who stops the
// world has to wait for it.
func sleep(d time.Duration) {
	t := unix.NsecToTimespec(d.Nanoseconds())
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0) // a signal may end it
}

// awaitPolled lets Go's poller wait for epoll, and fails where that cannot be.
func (r *reactor) awaitPolled() (n int, ok bool) {
	if r.poller == nil {
		fd, err := unix.FcntlInt(uintptr(r.epoll), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil || unix.SetNonblock(fd, true) != nil { // Go's poller wants it so
			return 0, false
		}
		r.poller = os.NewFile(uintptr(fd), "epoll")
	}
	raw, err := r.poller.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Read(func(uintptr) bool {
		n = r.wait(0)
		return n > 0
	})
	return n, err == nil
}

// stopPolling takes epoll away from Go's poller, which would be woken by it for
// nothing.
func (r *reactor) stopPolling() {
	if r.poller != nil {
		_ = r.poller.Close()
		r.poller = nil
	}
}
