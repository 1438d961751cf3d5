package rooms

import "slices"

// expectTooMany checks that a client was sent more than is kept for it, so that it may
// have missed messages.
func (m *model) expectTooMany(s *modelSeat) {
	if s.sent-s.seen <= uint64(config.KeptMessages) {
		m.t.Errorf("a seat was not kept, with %d of %d messages handled", s.seen, s.sent)
	}
}

// countMessages counts messages to all members of a room but one.
func (r *modelRoom) countMessages(from *modelSeat, n uint64) {
	for _, s := range r.seats {
		if s != from {
			s.sent += n
		}
	}
}

// dropEnded removes seats of absent members for which too much had to be kept.
func (m *model) dropEnded(room *modelRoom) {
	room.seats = slices.DeleteFunc(room.seats, func(s *modelSeat) bool {
		if s.socket != "" || m.registry.hasSeat(s.token) {
			return false
		}
		m.expectTooMany(s)
		return true
	})
}

// sayMuch sends more than is kept for some.
func (m *model) sayMuch() {
	if room, s := m.pickPresent(); s != nil {
		n := m.rng.IntN(2 * config.KeptMessages)
		m.record("%s says %d things", s.socket, n)
		for range n {
			if _, err := m.registry.Relay(s.socket, "", "", "m", 1); err != nil {
				m.t.Errorf("%s says something: %v", s.socket, err)
			}
		}
		room.countMessages(s, uint64(n))
		m.dropEnded(room)
	}
}
