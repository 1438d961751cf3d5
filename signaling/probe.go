package signaling

import (
	"time"

	"vidchat/internal/engineio"
)

const (
	// probeTime is how long a member may take to show that it is there, when
	// another client wants the seat.
	probeTime = 2 * time.Second
	// fullTime is how long a newcomer may have to wait for "full". Members that
	// die one after the other could make it wait without end.
	fullTime = 2400 * time.Millisecond
	// probeInterval is how often the waiting newcomer looks.
	probeInterval = 5 * time.Millisecond
)

// removeSilent probes members on behalf of a newcomer, takes those that stay
// silent from their seats, and returns how many these were. It does not wait for
// the others as soon as one is found to have ended.
func (s *Server) removeSilent(newcomer *participant, members []*participant) (removed int) {
	newcomer.probing.Store(true)
	defer newcomer.probing.Store(false)
	began := time.Now()
	for _, p := range members {
		p.Probe()
	}
	for len(members) > 0 && newcomer.Reason() == "" && time.Since(began) < probeTime {
		time.Sleep(probeInterval)
		if n := s.removeEnded(members); n > 0 {
			return n
		}
		members = silentFor(members, time.Since(began))
	}
	if newcomer.Reason() != "" {
		return 0
	}
	for _, p := range members {
		if _, ok := s.rooms.Lose(p, p.Delivered()); ok {
			removed++
		}
		p.End(engineio.ReasonSilent)
	}
	return removed
}

// removeEnded takes members whose sessions have ended from their seats, and
// returns how many these were.
func (s *Server) removeEnded(members []*participant) (n int) {
	for _, p := range members {
		if p.Reason() != "" {
			s.depart(p)
			n++
		}
	}
	return n
}

// silentFor returns the members that have sent nothing for so long.
func silentFor(members []*participant, d time.Duration) []*participant {
	var silent []*participant
	for _, p := range members {
		if !p.ActiveWithin(d) && !p.probing.Load() {
			silent = append(silent, p)
		}
	}
	return silent
}
