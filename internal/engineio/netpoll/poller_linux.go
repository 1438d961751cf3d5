package netpoll

import (
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Poller reads all TCP connections. One goroutine, the loop, waits for all of
// them at once, reads what there is into a buffer that they share, and hands it
// to their handlers. A goroutine for each would be woken for every packet, try
// to read once more to find nothing, and keep a stack that has grown with what
// it handled: a third of the time of a relayed packet, and most of the memory of
// an idle connection.
type Poller struct {
	blocking blockingConns // connections without a descriptor
	cork     Cork          // in while a batch is handled

	disturbances atomic.Uint64 // see Disturb

	mu      sync.Mutex // guards what follows
	epoll   int
	wake    int // an eventfd, by which the loop learns of visits
	conns   map[uint64]*epollConn
	nextKey uint64
	visits  []*epollConn // to be read though nothing may have arrived
	state   pollerState
	stopped chan struct{} // closed when the loop has ended

	waiter waiter                     // used by the loop alone
	buf    [readBytes]byte            // used by the loop alone
	events [maxEvents]unix.EpollEvent // used by the loop alone
}

type pollerState int

const (
	pollerNew pollerState = iota
	pollerRuns
	pollerStopped
)

const (
	// readBytes is the most that is read from one connection before the others
	// have their turn.
	readBytes = 16 << 10
	maxEvents = 128 // that are taken from the kernel at once
	maxBatch  = 16  // of them, that are handled with the cork in
	// wakeKey is the eventfd's; connections have others.
	wakeKey = 0
)

var errPollerStopped = errors.New("the poller was stopped")

// New makes a Poller. Its loop starts with the first connection.
func New(cork Cork) *Poller { return &Poller{cork: cork, conns: make(map[uint64]*epollConn)} }

// start makes the loop run, if it has not been stopped. It is called with the
// lock held.
func (p *Poller) start() error {
	switch p.state {
	case pollerRuns:
		return nil
	case pollerStopped:
		return errPollerStopped
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
	p.epoll, p.wake = epoll, wake
	if err := p.control(unix.EPOLL_CTL_ADD, wake, wakeKey, unix.EPOLLIN); err != nil {
		p.closeAll()
		return err
	}
	p.state = pollerRuns
	p.stopped = make(chan struct{})
	go p.loop()
	return nil
}

// Stop ends the loop, closes all connections, and waits for their goroutines.
func (p *Poller) Stop() {
	p.mu.Lock()
	runs := p.state == pollerRuns
	p.state = pollerStopped
	if runs {
		p.ring()
	}
	open := slices.Collect(maps.Values(p.conns))
	p.mu.Unlock()
	if runs {
		<-p.stopped
	}
	for _, c := range open {
		c.Close()
	}
	p.blocking.stop()
}

func (p *Poller) closeAll() {
	p.waiter.close()
	_ = unix.Close(p.epoll)
	_ = unix.Close(p.wake)
}

// control changes what the loop waits for.
func (p *Poller) control(op, fd int, key uint64, events uint32) error {
	// Any 64 bits may go with a descriptor; Go has two fields for them.
	e := unix.EpollEvent{Events: events, Fd: int32(key), Pad: int32(key >> 32)}
	return unix.EpollCtl(p.epoll, op, fd, &e)
}

// watch changes what epoll waits for on behalf of a connection, while the loop
// runs: the number of a closed epoll may be another descriptor's.
func (p *Poller) watch(op int, c *epollConn, events uint32) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == pollerRuns && p.control(op, c.fd, c.key, events) == nil
}

func keyOf(e *unix.EpollEvent) uint64 { return uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32 }

// ring wakes the loop.
func (p *Poller) ring() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(p.wake, one[:]) // it fails only where the loop is to wake already
}

// visit lets the loop read a connection.
func (p *Poller) visit(c *epollConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != pollerRuns {
		return
	}
	p.visits = append(p.visits, c)
	if len(p.visits) == 1 {
		p.ring()
	}
}

func (p *Poller) loop() {
	defer close(p.stopped)
	defer p.closeAll()
	for p.runs() {
		n := p.waiter.wait(p.epoll, p.events[:], p.disturbances.Load())
		for batch := range slices.Chunk(p.events[:n], maxBatch) {
			p.handle(batch)
		}
	}
}

// handle handles a batch. If that is more than one event, everything is read before
// anything is written: a receiver that each write finds asleep is woken for each.
func (p *Poller) handle(events []unix.EpollEvent) {
	if len(events) > 1 && p.cork.Put() {
		defer p.cork.Pull()
	}
	for i := range events {
		e := &events[i]
		if key := keyOf(e); key == wakeKey {
			p.visitAll()
		} else if c := p.find(key); c != nil {
			c.ready(e.Events, p.buf[:])
		}
	}
}

func (p *Poller) runs() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == pollerRuns
}

// find returns nil for a connection that was closed, of which epoll may have
// told before.
func (p *Poller) find(key uint64) *epollConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[key]
}

// visitAll makes the visits that were asked for. New ones wait for the next
// round.
func (p *Poller) visitAll() {
	var count [8]byte
	_, _ = unix.Read(p.wake, count[:])
	p.mu.Lock()
	visits := p.visits
	p.visits = nil
	p.mu.Unlock()
	for _, c := range visits {
		c.ready(unix.EPOLLIN, p.buf[:])
	}
}

// add gives a connection its key, by which epoll tells of it. A descriptor would
// not do: once closed, its number is another connection's.
func (p *Poller) add(c *epollConn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.start(); err != nil {
		return err
	}
	p.nextKey++
	c.key = p.nextKey
	p.conns[c.key] = c
	return nil
}

func (p *Poller) remove(c *epollConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c.key)
}

// waiter waits for epoll in one of two ways. It costs least to wait in the
// kernel, but the runtime takes a while to notice, and has one processor less
// until then: that is for when the loop alone is busy. While other goroutines
// work, the loop waits by Go's own poller and leaves them the processor.
type waiter struct {
	known  uint64   // disturbances that were seen
	yields int      // waits that are left by way of Go's poller
	file   *os.File // epoll once more, as Go's poller knows it; nil unless used
}

// yieldingWaits is how many waits after a disturbance go by Go's poller.
const yieldingWaits = 256

// Disturb says that other goroutines are about to work, so that the loop leaves
// them the processor for a while.
func (p *Poller) Disturb() { p.disturbances.Add(1) }

// wait returns how many events there are.
func (w *waiter) wait(epoll int, events []unix.EpollEvent, disturbances uint64) (n int) {
	if disturbances != w.known {
		w.known, w.yields = disturbances, yieldingWaits
	}
	if w.yields > 0 {
		w.yields--
		if n, ok := w.waitByGo(epoll, events); ok {
			return n
		}
	}
	w.close() // it would be woken for nothing
	return waitInKernel(epoll, events, -1)
}

// waitInKernel does not wait at all if timeout is 0, and without end if it is -1.
func waitInKernel(epoll int, events []unix.EpollEvent, timeout int) (n int) {
	n, _ = unix.EpollWait(epoll, events, timeout)
	return max(n, 0) // an error is an interruption by a signal
}

// waitByGo lets Go's poller wait for epoll. It fails where that cannot be.
func (w *waiter) waitByGo(epoll int, events []unix.EpollEvent) (n int, ok bool) {
	if w.file == nil {
		fd, err := unix.FcntlInt(uintptr(epoll), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil || unix.SetNonblock(fd, true) != nil { // Go's poller wants it so
			return 0, false
		}
		w.file = os.NewFile(uintptr(fd), "epoll")
	}
	raw, err := w.file.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Read(func(uintptr) bool {
		n = waitInKernel(epoll, events, 0)
		return n > 0
	})
	return n, err == nil
}

func (w *waiter) close() {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
}
