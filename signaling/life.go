package signaling

import (
	"time"

	"vidchat/engine"
)

const (
	// silence is how long a member may take to show that it is there, when
	// somebody else wants the seat.
	silence = 2 * time.Second
	// fullTime is how long a newcomer may have to wait for "full". Members that
	// die one after the other could make it wait for ever.
	fullTime = 2400 * time.Millisecond
	// lifeInterval is how often the waiting newcomer looks.
	lifeInterval = 5 * time.Millisecond
)

// removeSilent asks peers for a sign of life on behalf of a newcomer, takes
// those that stay silent from their seats, and tells how many these were. It
// does not wait for the others as soon as one is found to have ended.
func (s *Server) removeSilent(newcomer *participant, peers []*participant) (removed int) {
	newcomer.busy.Store(true)
	defer newcomer.busy.Store(false)
	began := time.Now()
	for _, p := range peers {
		p.AskLife()
	}
	for len(peers) > 0 && newcomer.Reason() == "" && time.Since(began) < silence {
		time.Sleep(lifeInterval)
		if n := s.vacate(peers); n > 0 {
			return n
		}
		peers = stillSilent(peers, time.Since(began))
	}
	if newcomer.Reason() != "" {
		return 0
	}
	for _, p := range peers {
		if _, ok := s.rooms.Lose(p, p.Arrived()); ok {
			removed++
		}
		p.End(engine.ReasonSilent)
	}
	return removed
}

// vacate takes peers whose sessions have ended from their seats, and tells how
// many these were. go-socket.io is about to say that they did.
func (s *Server) vacate(peers []*participant) (n int) {
	for _, p := range peers {
		if p.Reason() != "" {
			s.depart(p)
			n++
		}
	}
	return n
}

// stillSilent are those that have not shown life for so long.
func stillSilent(peers []*participant, d time.Duration) []*participant {
	var silent []*participant
	for _, p := range peers {
		if !p.AliveSince(d) && !p.busy.Load() {
			silent = append(silent, p)
		}
	}
	return silent
}
