package engineio

import (
	"sync"
	"sync/atomic"
)

// cork keeps back what is sent while several packets of one client are handled,
// which came together as candidates do, so that it leaves together too: a write
// costs more than all else that is done for a packet. What others send in the
// meantime may be kept back with it, for as long as handling 16 KiB takes.
type cork struct {
	in atomic.Bool

	mu   sync.Mutex // guards what follows
	held []*Session
}

// put puts the cork in, and reports whether it was not in already.
func (c *cork) put() bool { return c.in.CompareAndSwap(false, true) }

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

// pull sends everything that was kept back.
func (c *cork) pull() {
	c.mu.Lock()
	c.in.Store(false)
	held := c.held
	c.held = nil
	c.mu.Unlock()
	for _, s := range held {
		s.uncork()
	}
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
