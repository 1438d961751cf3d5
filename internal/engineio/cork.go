package engineio

import (
	"sync"
	"sync/atomic"
)

// cork keeps back what is sent while several packets are handled: those of one client,
// which came together as candidates do, and those of several that are read one after
// the other. So they leave together too: a write costs more than all else that is done
// for a packet. What others send in the meantime may be kept back with it, for as long
// as handling one batch takes.
type cork struct {
	in atomic.Bool

	mu    sync.Mutex // guards what follows
	held  []*Session
	spare []*Session // held of the last time, whose memory is used again
}

// Put puts the cork in, and reports whether it was not in already.
func (c *cork) Put() bool { return c.in.CompareAndSwap(false, true) }

// hold reports whether the cork is in. Then it takes the right to write for the
// session. It is called with the session's lock held.
func (c *cork) hold(s *Session) bool {
	if !c.in.Load() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.in.Load() {
		return false
	}
	c.held = append(c.held, s)
	s.outbox.flushing, s.outbox.corked = true, true
	return true
}

// Pull sends everything that was kept back.
func (c *cork) Pull() {
	c.mu.Lock()
	c.in.Store(false)
	held := c.held
	c.held, c.spare = c.spare, nil
	c.mu.Unlock()
	for _, s := range held {
		s.uncork()
	}
	clear(held)
	c.mu.Lock()
	c.spare = held[:0]
	c.mu.Unlock()
}

func (s *Session) uncork() {
	s.mu.Lock()
	corked, w := s.outbox.corked, s.socket
	s.outbox.corked = false
	s.mu.Unlock()
	if corked { // otherwise the outbox had enough before
		w.flush(w.nextChunk())
	}
}
