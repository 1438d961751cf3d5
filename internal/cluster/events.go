package cluster

import "sync"

// events are what handlers are to be told, in order, by one goroutine. Whoever adds
// one never waits, so that no handler can hold up the lease.
type events struct {
	mu      sync.Mutex // guards what follows
	queue   []func()
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

// addPacket is add, but waits while there are too many.
func (e *events) addPacket(event func(), ended <-chan struct{}) {
	select {
	case e.packets <- struct{}{}:
		e.add(func() {
			<-e.packets
			event()
		})
	case <-ended:
	}
}

func (e *events) run() {
	for range e.wake {
		for {
			e.mu.Lock()
			queue := e.queue
			e.queue = nil
			over := e.ended && len(queue) == 0
			e.mu.Unlock()
			if over {
				return
			}
			if len(queue) == 0 {
				break
			}
			for _, event := range queue {
				event()
			}
		}
	}
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
