package cluster

import "sync"

// events are what handlers are to be told, in order, by one goroutine at a time. Whoever
// adds one never waits, so that no handler can hold up the lease.
type events struct {
	mu      sync.Mutex // guards what follows
	queue   []func()
	busy    bool // a goroutine handles events
	ended   bool
	wake    chan struct{} // has room for one token
	packets chan struct{} // a token for each packet that is queued
}

// maxPackets is how many packets wait for the handlers. Beyond it, the inbox is not
// read; Redis cuts a subscriber that is too slow, and what it missed is sent again.
const maxPackets = 1024

func (e *events) init() {
	e.wake = make(chan struct{}, 1)
	e.packets = make(chan struct{}, maxPackets)
}

func (e *events) add(event func()) {
	e.mu.Lock()
	e.queue = append(e.queue, event)
	e.mu.Unlock()
	wake(e.wake)
}

// addPacket is add, but waits while there are too many packets. Then it handles what is
// queued itself, if nobody does: to wake another goroutine would cost more than most
// packets do. After the end, it drops the packet.
func (e *events) addPacket(event func(), ended <-chan struct{}) {
	select {
	case e.packets <- struct{}{}:
	case <-ended:
		return
	}
	e.mu.Lock()
	if e.ended { // the subscription reads on for a moment
		e.mu.Unlock()
		return
	}
	e.queue = append(e.queue, func() {
		<-e.packets
		event()
	})
	e.mu.Unlock()
	e.drain()
}

// run handles events until end is called and none is left.
func (e *events) run() {
	for range e.wake {
		if e.drain() {
			return
		}
	}
}

// drain handles what is queued, unless another goroutine does. It reports whether the
// end has come.
func (e *events) drain() (over bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.busy {
		return false
	}
	e.busy = true
	for len(e.queue) > 0 {
		queue := e.queue
		e.queue = nil
		e.mu.Unlock()
		for _, event := range queue {
			event()
		}
		e.mu.Lock()
	}
	e.busy = false
	if e.ended {
		wake(e.wake) // of run, if this is another goroutine
	}
	return e.ended
}

func (e *events) end() {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	wake(e.wake)
}

// wake puts a token into a channel that has room for one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
