package engine

import (
	"encoding/binary"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// The reactor reads for all WebSockets. One goroutine waits for all of them at
// once, reads what there is into a buffer that they share, and handles it. A
// goroutine for each would be woken for every packet, try to read once more to
// find nothing, and keep a stack that has grown with what it handled: a third
// of the time of a relayed packet, and most of the memory of an idle
// connection.
//
// Nothing that the reactor calls waits. What may wait, and what go-socket.io
// is to see, is left to the session's own goroutine; see inbox.go.
type reactor struct {
	mu      sync.Mutex // guards what follows
	epoll   int
	wake    int // an eventfd, by which the loop hears of asked
	sockets register
	asked   []*watched // to be looked after though nothing may have arrived
	state   reactorState
	stopped chan struct{} // closed when the loop has ended

	// The loop alone uses these.
	stirs  *atomic.Uint64      // counts what goes on beside it
	known  uint64              // of stirs
	polite int                 // waits that are left in which it leaves the processor to others
	brief  int                 // waits, one after the other, that were short
	poller *os.File            // epoll once more, as Go's poller knows it; nil unless polite
	buf    [2 * turnBytes]byte // the beginning of a frame, and what is read behind it
	events [128]unix.EpollEvent
}

type reactorState int

const (
	reactorNew reactorState = iota
	reactorRuns
	reactorStopped
)

// turnBytes is the most that is read from one socket before the others have
// their turn.
const turnBytes = 16 << 10

// wakeKey is the eventfd's; sockets have others.
const wakeKey = 0

// start makes the reactor run, if it has not been stopped. It is called with
// the lock held.
func (r *reactor) start(stirs *atomic.Uint64) error {
	switch r.state {
	case reactorRuns:
		return nil
	case reactorStopped:
		return io.EOF
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(epoll)
		return err
	}
	r.epoll, r.wake, r.stirs = epoll, wake, stirs
	r.stopped = make(chan struct{})
	if err := r.control(unix.EPOLL_CTL_ADD, wake, wakeKey); err != nil {
		r.closeAll()
		return err
	}
	r.state = reactorRuns
	go r.run()
	return nil
}

// stop ends the loop and waits for its end. Sockets are not read any more.
func (r *reactor) stop() {
	r.mu.Lock()
	runs := r.state == reactorRuns
	r.state = reactorStopped
	if runs {
		r.ring()
	}
	r.mu.Unlock()
	if runs {
		<-r.stopped
	}
}

func (r *reactor) closeAll() {
	r.stopPolling()
	_ = unix.Close(r.epoll)
	_ = unix.Close(r.wake)
}

// control changes what the loop waits for.
func (r *reactor) control(op, fd int, key uint64) error {
	// Any 64 bits may go with a descriptor; Go has two fields for them.
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(key), Pad: int32(key >> 32)}
	return unix.EpollCtl(r.epoll, op, fd, &e)
}

func keyOf(e *unix.EpollEvent) uint64 { return uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32 }

// ring wakes the loop.
func (r *reactor) ring() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(r.wake, one[:]) // it fails only where the loop is to wake already
}

// look lets the loop look after a socket.
func (r *reactor) look(w *watched) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != reactorRuns || w.session == nil {
		return
	}
	r.asked = append(r.asked, w)
	if len(r.asked) == 1 {
		r.ring()
	}
}

// run is the loop.
func (r *reactor) run() {
	defer close(r.stopped)
	defer r.closeAll()
	for r.running() {
		n := r.await()
		for i := range r.events[:n] {
			if key := keyOf(&r.events[i]); key == wakeKey {
				r.lookAtAsked()
			} else if w := r.socket(key); w != nil {
				w.turn(r.buf[:])
			}
		}
	}
}

func (r *reactor) running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == reactorRuns
}

func (r *reactor) socket(key uint64) *watched {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sockets.find(key)
}

// lookAtAsked takes the turns that were asked for. New ones have to wait for
// the next round.
func (r *reactor) lookAtAsked() {
	var count [8]byte
	_, _ = unix.Read(r.wake, count[:])
	r.mu.Lock()
	asked := r.asked
	r.asked = nil
	r.mu.Unlock()
	for _, w := range asked {
		w.turn(r.buf[:])
	}
}
