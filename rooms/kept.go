package rooms

import (
	"cmp"
	"math"
	"slices"
)

// What is kept for seats is bounded three times: for a seat that is away, for what was
// sent to a socket and is not confirmed, and for all seats together. What cannot be
// kept ends the seat, or makes it a new one when its client returns without having
// handled what is missing. So nobody misses messages without knowing.

// missing is what a seat was sent, has not confirmed, and is kept no longer.
type missing struct {
	nth    uint64 // the last of them, as the socket counts; 0 for an earlier socket
	number uint64 // of the last message among them
	// lost says that they did not all arrive, as far as is known; so only a client
	// that reports what it has handled can do without them.
	lost bool
	all  bool // what was queued is missing too
}

// eventCost is what is reckoned for a kept event besides its message, in bytes.
const eventCost = 200

// dropOldestUnacked drops the event that is unconfirmed for longest.
func (s *seat[S, M]) dropOldestUnacked() {
	nth, e := s.unacked.pop()
	e.free()
	s.missing.nth = max(s.missing.nth, nth)
	s.missing.number = max(s.missing.number, e.Number)
}

// dropOldestSent drops the oldest event that was sent to an earlier socket and has not
// arrived, as far as is known. Old clients cannot say that they have handled it.
func (s *seat[S, M]) dropOldestSent() (size int, ok bool) {
	i := slices.IndexFunc(s.queue, func(e Event[M]) bool { return !e.arrived })
	if s.legacy || i < 0 || !s.queue[i].WasSent {
		return 0, false
	}
	e := s.queue[i]
	s.queue = slices.Delete(s.queue, i, i+1)
	s.missing.number, s.missing.lost = max(s.missing.number, e.Number), true
	size = e.size()
	e.free()
	return size, true
}

// settleMissing is called when the socket is lost, once it is known what has arrived.
func (s *seat[S, M]) settleMissing() {
	m := &s.missing
	m.lost = m.lost || m.nth > s.acked
	m.nth = 0
}

// missingNth is which of what the socket was sent is missing. What an earlier socket did not
// get never arrives.
func (s *seat[S, M]) missingNth() uint64 {
	if s.missing.lost {
		return math.MaxUint64
	}
	return s.missing.nth
}

// isComplete reports whether a client that has handled the messages up to seen, if that
// is known, misses nothing but what is kept.
func (s *seat[S, M]) isComplete(seen *uint64) bool {
	switch m := &s.missing; {
	case m.all:
		return false
	case seen != nil:
		return max(s.seen, *seen) >= m.number
	default:
		return !m.lost
	}
}

// keepNewest removes what an event for a seat that is away makes pointless. It reports
// whether the event itself is.
func (s *seat[S, M]) keepNewest(e Event[M]) (pointless bool) {
	switch e.Kind {
	case Locked:
		s.queue = slices.DeleteFunc(s.queue, func(old Event[M]) bool { return old.Kind == Locked })
	case Unknocked:
		before := len(s.queue)
		s.queue = slices.DeleteFunc(s.queue, func(old Event[M]) bool { return old.Kind == Knocked && old.ID == e.ID })
		return len(s.queue) < before
	}
	return false
}

// giveUp drops what is kept for a seat that is away, and ends its hold. The timer frees
// the seat; until then, a client that returns has a new one.
func (s *seat[S, M]) giveUp() {
	for _, e := range s.queue {
		e.free()
	}
	s.queue, s.missing.all = nil, true
	if s.timer != nil {
		s.timer.Reset(0)
	}
}

// forgetUnacked drops everything that a seat with a socket was sent and has not
// confirmed.
func (s *seat[S, M]) forgetUnacked() {
	for s.unacked.count > 0 {
		s.dropOldestUnacked()
	}
}

// recount counts what is kept for a seat.
func (r *Registry[S, M]) recount(s *seat[S, M]) {
	now := 0
	if !s.freed {
		now = s.unacked.bytes + eventCost*s.unacked.count
		if !s.present {
			for i := range s.queue {
				now += eventCost + s.queue[i].size()
			}
		}
	}
	r.kept += now - s.counted
	s.counted = now
	if r.cfg.KeptInAll > 0 && r.kept > r.cfg.KeptInAll {
		r.relieve()
	}
}

// relieve drops what is kept for the seats that have the most, until a fourth of what
// may be kept is free. Calls have little: some packets of a few kilobytes.
func (r *Registry[S, M]) relieve() {
	var all []*seat[S, M]
	for _, rm := range r.rooms {
		for _, s := range rm.seats {
			if s.counted > 0 {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b *seat[S, M]) int { return cmp.Compare(b.counted, a.counted) })
	for _, s := range all {
		if r.kept <= r.cfg.KeptInAll*3/4 {
			return
		}
		if s.forgetUnacked(); !s.present {
			s.giveUp()
		}
		r.givenUp++
		r.recount(s)
	}
}

// Kept returns how much is kept for all seats, in bytes.
func (r *Registry[S, M]) Kept() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept
}

// GivenUp returns how often what was kept for a seat was dropped, since all seats
// together had too much.
func (r *Registry[S, M]) GivenUp() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.givenUp
}

// renew makes a seat whose client misses messages a new one, with the same token: the
// others see it leave and join. It needs no admission, since the token is a right.
func (r *Registry[S, M]) renew(deliveries []delivery[S, M], s *seat[S, M], socket S, o Options) []delivery[S, M] {
	rm, left := s.room, Event[M]{Kind: Left, Room: s.room.name, ID: s.id, WasAway: s.timer != nil}
	s.stopTimer()
	s.clear()
	s.freed = true
	s.epoch++
	r.recount(s)
	rm.seats = remove(rm.seats, s)
	r.seatCount--
	rm.enqueueForAll(left)
	rm.forget(s.id)
	o.Token = s.token
	if o.Name == "" {
		o.Name = s.name
	}
	return r.addSeat(deliveries, rm, socket, o)
}
