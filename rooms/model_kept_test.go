package rooms

import (
	"fmt"
	"slices"
)

// expectTooMany checks that a client was sent more than is kept for it, so that it may
// have missed messages.
func (m *model) expectTooMany(s *modelSeat) {
	if s.sent-s.seen <= uint64(config.KeptMessages) {
		m.t.Errorf("a seat was not kept, with %d of %d messages handled", s.seen, s.sent)
	}
}

// sayOnce sends a message to the other members of a room.
func (m *model) sayOnce(room *modelRoom, from *modelSeat) (recipients int) {
	text := fmt.Sprintf("message %d of %s", m.messages, from.socket)
	m.messages++
	recipients, err := m.registry.relay(from.socket, text)
	if err != nil {
		m.t.Errorf("%s says something: %v", from.socket, err)
	}
	for _, other := range room.seats {
		if other != from {
			other.messages = append(other.messages, text)
			other.sent++
		}
	}
	return recipients
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
			m.sayOnce(room, s)
		}
		m.dropEnded(room)
	}
}
