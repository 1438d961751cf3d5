package engineio

import (
	"cmp"
	"slices"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/limit"
)

// memory is what is held for a session besides its outbox, in bytes. It is guarded by
// the session's lock.
type memory struct {
	reading  int  // of messages that were read in part
	requests int  // of bodies that are being read, and answers that are being written
	over     bool // nothing else counts any more
}

// account counts what is held now. It returns the limit that this is over, for relieve,
// if any. It is called with the lock held.
func (s *Session) account() (over *limit.Usage) {
	m := &s.memory
	now := m.requests // which go on
	if !m.over {
		now += s.outbox.bytes + s.outbox.writing + m.reading
	}
	change := now - int(s.heldBytes.Load())
	if change == 0 {
		return nil
	}
	s.heldBytes.Store(int64(now))
	if over = s.usage.Hold(change); change < 0 {
		return nil
	}
	return over
}

// takeAll empties the outbox for a poll. It is called with the lock held.
func (s *Session) takeAll() []wire.Outgoing {
	all := s.outbox.takeAll()
	s.account()
	return all
}

// holdRequest counts the memory of a request until release is called.
func (s *Session) holdRequest(n int) (release func()) {
	s.mu.Lock()
	s.memory.requests += n
	over := s.account()
	s.mu.Unlock()
	s.server.relieve(over)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.memory.requests -= n
		s.account()
	}
}

// dropMemory is for when the WebSocket that carried the session is closed: nobody will
// be sent what is left.
func (s *Session) dropMemory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.over = true
	s.outbox.takeAll()
	s.account()
}

// forgetMemory is for when the session is not found any more. A WebSocket may still be
// sent what is left.
func (s *Session) forgetMemory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket == nil {
		s.memory.over = true
		s.account()
	}
}

// relieve ends the sessions for which the most is held, if more is held than may be.
// Callers in a call have little: what waits for them is some packets of a few
// kilobytes.
func (e *Server) relieve(over *limit.Usage) {
	if over == nil || !e.relieving.CompareAndSwap(false, true) {
		return
	}
	defer e.relieving.Store(false)
	excess := over.Excess()
	if excess == 0 {
		return // another goroutine was first
	}
	for _, h := range e.holders(over) {
		if excess <= 0 {
			return
		}
		excess -= h.bytes
		h.session.End(ReasonMemory)
	}
}

type holder struct {
	session *Session
	bytes   int64
}

// holders are the sessions for which something is held that counts for a limit, first
// those for which it is the most.
func (e *Server) holders(of *limit.Usage) (all []holder) {
	e.mu.RLock()
	for _, s := range e.bySID {
		if n := s.heldBytes.Load(); n > 0 && s.usage.IsWithin(of) {
			all = append(all, holder{s, n})
		}
	}
	e.mu.RUnlock()
	slices.SortFunc(all, func(a, b holder) int { return cmp.Compare(b.bytes, a.bytes) })
	return all
}
