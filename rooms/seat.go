package rooms

import (
	"slices"
	"time"
)

// seat is guarded by the registry's mutex.
type seat[S comparable, M Content[M]] struct {
	room            *room[S, M]
	id, token, name string
	key             string // see Options.NextKey

	socket    S
	epoch     int         // incremented with each socket
	timer     *time.Timer // runs while it has no socket
	awaySince time.Time

	// Beside each other, since there are many seats.
	legacy   bool // see Options.Legacy
	present  bool // it has a socket
	resumed  bool // its client had it before
	freed    bool // it is no longer in the room
	draining bool // a goroutine sends its queue

	mailbox[M]
	*shared // nil unless rooms are shared with other nodes
}

// detachSocket queues again what may be lost with the socket.
func (s *seat[S, M]) detachSocket() {
	again := make([]Event[M], 0, s.unacked.count+len(s.queue))
	for s.unacked.count > 0 {
		nth, e := s.unacked.pop()
		e.WasSent, e.arrived = true, nth <= s.acked
		again = append(again, e)
	}
	s.settleMissing()
	s.acked, s.earlierAck = 0, ack{}
	s.present = false
	s.queue = s.filterKept(append(again, s.queue...))
}

// attachSocket gives the seat a socket and queues the answer before the kept
// events. It drops the messages that the client reports as seen, or, without a
// report, the events that have arrived.
func (s *seat[S, M]) attachSocket(socket S, answer Event[M], seen *uint64) {
	s.stopTimer()
	s.socket, s.present = socket, true
	s.epoch++
	if seen != nil {
		s.seen = max(s.seen, min(*seen, s.number))
	} else {
		s.queue = deleteEvents(s.queue, func(e Event[M]) bool { return e.arrived })
	}
	s.queue = slices.Insert(s.filterKept(s.queue), 0, answer)
}

func (s *seat[S, M]) stopTimer() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}
