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
	in         atomic.Bool
	afterBatch func() // Config.AfterBatch

	mu    sync.Mutex // guards what follows
	held  []*Session
	spare []*Session // held of the last time, whose memory is used again
	asked bool       // the function for the end of a batch is to be called
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

// after has the function for the end of a batch called when the cork is pulled. It reports
// false if the cork is not in.
func (c *cork) after() bool {
	if !c.in.Load() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.in.Load() {
		return false
	}
	c.asked = true
	return true
}

// AfterBatch has Config.AfterBatch called, once, when the packets are handled that are being
// handled now. It reports false if there are none; then the caller need not wait for others.
func (e *Server) AfterBatch() bool { return e.cork.after() }

// Pull sends everything that was kept back.
func (c *cork) Pull() {
	c.mu.Lock()
	c.in.Store(false)
	held, asked := c.held, c.asked
	c.held, c.spare, c.asked = c.spare, nil, false
	c.mu.Unlock()
	if asked {
		c.afterBatch()
	}
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
