package rooms

import (
	"slices"
	"time"
)

// seat is guarded by the registry's lock.
type seat[S comparable, M any] struct {
	room            *room[S, M]
	id, token, name string
	key             string // see Options.OwnKey
	legacy          bool   // see Options.Legacy

	socket    S
	present   bool        // it has a socket
	epoch     int         // counts its sockets
	timer     *time.Timer // while it has none
	awaySince time.Time

	mailbox[M]
}

// loseSocket puts back into the mailbox what the socket may not have delivered.
func (s *seat[S, M]) loseSocket() {
	back := make([]Event[M], len(s.unacked))
	for i, g := range s.unacked {
		back[i] = g.Event
		back[i].arrived = g.nth <= s.acked
	}
	s.unacked, s.unackedBytes, s.acked, s.ack = nil, 0, 0, ack{}
	s.present = false
	s.queue = s.kept(append(back, s.queue...))
}

// takeSocket gives the seat a socket. What was kept is told after the answer. Of
// that, the client has seen messages up to a number, if it says so, and otherwise
// what has arrived.
func (s *seat[S, M]) takeSocket(socket S, answer Event[M], seen *uint64) {
	s.stopTimer()
	s.socket, s.present = socket, true
	s.epoch++
	if seen != nil {
		s.seen = max(s.seen, min(*seen, s.number))
	} else {
		s.queue = slices.DeleteFunc(s.queue, func(e Event[M]) bool { return e.arrived })
	}
	s.queue = slices.Insert(s.kept(s.queue), 0, answer)
}

func (s *seat[S, M]) stopTimer() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}
