package engine

import (
	"sync"
	"sync/atomic"
)

// cork keeps back what is sent while the reactor handles several packets of one
// client, which came together as candidates do, so that it leaves together too:
// a write costs more than all else that is done for a packet. What others send
// meanwhile may be kept back with it, for as long as handling 16 KiB takes.
type cork struct {
	in atomic.Bool

	mu   sync.Mutex // guards what follows
	held []*Session
}

// holds tells whether the cork is in, and then takes the right to write for the
// session. It is called with the session's lock held.
func (c *cork) holds(s *Session) bool {
	if !c.in.Load() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.in.Load() {
		return false
	}
	c.held = append(c.held, s)
	s.mayWrite()
	s.out.corked = true
	return true
}

func (c *cork) put() { c.in.Store(true) }

// pull lets everything go that was kept back.
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
	corked, f := s.out.corked, s.carrier
	s.out.corked = false
	s.mu.Unlock()
	if corked { // it may have had enough before
		s.flush(f, s.nextChunk(f))
	}
}
