package signaling

import (
	"time"

	"vidchat/internal/engineio"
)

const (
	// probeTimeout is how long a member may take to respond when another client needs
	// its seat.
	probeTimeout = 2 * time.Second
	// fullTimeout limits the wait for "full". Otherwise, members that fail one after
	// the other could prolong it without end.
	fullTimeout = 2400 * time.Millisecond
	// probeInterval is how often the members are checked.
	probeInterval = 5 * time.Millisecond
)

// removeSilent probes members on behalf of a new one, removes those that do not
// respond from their seats, and returns how many it removed. If sessions have ended in
// the meantime, it removes these and does not wait for the others.
func (s *Server) removeSilent(newcomer *participant, members []*participant) (removed int) {
	newcomer.probing.Store(true)
	defer newcomer.probing.Store(false)
	began := time.Now()
	for _, p := range members {
		p.Probe()
	}
	for len(members) > 0 && newcomer.Reason() == "" && time.Since(began) < probeTimeout {
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

// removeEnded removes members whose sessions have ended from their seats, and returns
// how many it removed.
func (s *Server) removeEnded(members []*participant) (n int) {
	for _, p := range members {
		if p.Reason() != "" {
			s.removeParticipant(p)
			n++
		}
	}
	return n
}

// silentFor returns the members that have sent nothing for a time.
func silentFor(members []*participant, d time.Duration) []*participant {
	var silent []*participant
	for _, p := range members {
		if !p.ActiveWithin(d) && !p.probing.Load() {
			silent = append(silent, p)
		}
	}
	return silent
}
