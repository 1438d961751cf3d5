package signaling

import (
	"sync"
	"time"

	"vidchat/internal/engineio"
	"vidchat/rooms"
)

const (
	// claimTimeout is how long the connection of a seat may take to respond when an old
	// client claims the seat from a new connection.
	claimTimeout = 2 * time.Second
	// defaultNewMemberWait is how long it may take when a new member needs the seat. A
	// line that stalls for some seconds, as in a change of network, must not cost the
	// seat, since audio and video may well go on. Nobody waits for "full" for longer.
	defaultNewMemberWait = 5 * time.Second
	// retryTime is for a last attempt after that, if members fail one after the other.
	retryTime = 400 * time.Millisecond
	// probeInterval is how long the answer to a probe serves everyone who asks.
	probeInterval = 2 * time.Second
	// pollTime is the longest time between two checks of a member that was probed, or
	// of a client that waits for the answer.
	pollTime = 50 * time.Millisecond
)

// probe is one check of a member, for everyone who needs its seat meanwhile.
type probe struct {
	member *participant
	began  time.Time

	mu      sync.Mutex // guards the fields below
	state   probeState
	ended   time.Time
	waiting []chan struct{} // each has room for one token
}

type probeState int

const (
	probePending probeState = iota
	probeAnswered
	probeUnsure // the member is on another node, which has not confirmed that it was asked
	probeFailed // the member's session has ended, or it was silent for too long
)

// stateAfter returns the state. A probe that is pending has failed if it has taken as
// long as timeout.
func (b *probe) stateAfter(timeout time.Duration) probeState {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == probePending && time.Since(b.began) >= timeout {
		return b.member.verdict(b.began, timeout)
	}
	return b.state
}

// serves reports whether a client that asks now can use the probe. A fresh answer is
// one that comes after it was asked for.
func (b *probe) serves(fresh bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state == probePending || b.state == probeAnswered && !fresh && time.Since(b.ended) < probeInterval
}

// wake sends a token when the probe ends, or has ended.
func (b *probe) wake(c chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == probePending {
		b.waiting = append(b.waiting, c)
		return
	}
	sendToken(c)
}

func (b *probe) end(state probeState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state, b.ended = state, time.Now()
	for _, c := range b.waiting {
		sendToken(c)
	}
	b.waiting = nil
}

func sendToken(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// probeOf returns a probe of a member: the last one, or one that starts now.
func (s *Server) probeOf(p *participant, fresh bool) *probe {
	p.probeMu.Lock()
	defer p.probeMu.Unlock()
	if p.lastProbe == nil || !p.lastProbe.serves(fresh) {
		p.lastProbe = &probe{member: p, began: time.Now()}
		s.probes.Add(1)
		go s.runProbe(p, p.lastProbe)
	}
	return p.lastProbe
}

// runProbe waits until a member responds, its session ends, or newMemberWait is over.
func (s *Server) runProbe(p *participant, b *probe) {
	defer s.probes.Done()
	p.Probe()
	for {
		elapsed := time.Since(b.began)
		switch {
		case p.Reason() != "":
			b.end(probeFailed)
			return
		case elapsed >= s.newMemberWait:
			if v := p.verdict(b.began, s.newMemberWait); v != probePending {
				b.end(v)
				return
			}
		case p.ActiveWithin(elapsed), p.probing.Load():
			b.end(probeAnswered)
			return
		}
		time.Sleep(min(max(elapsed/4, time.Millisecond), pollTime))
	}
}

// removeFailed probes the members that have the seats, on behalf of a client that needs
// one of them, and removes those that have failed. It reports whether a seat may be free
// now, or it is unsure. An owner is the client that the seats belong to.
func (s *Server) removeFailed(client *participant, taken rooms.Outcome[*participant], owner bool) (free, unsure bool) {
	client.probing.Store(true)
	defer client.probing.Store(false)
	wake := make(chan struct{}, 1)
	probes := make([]*probe, len(taken.Sockets))
	for i, p := range taken.Sockets {
		probes[i] = s.probeOf(p, owner)
		probes[i].wake(wake)
	}
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for client.Reason() == "" {
		pending, unsure, failed := s.checkProbes(probes, taken.Sockets, owner)
		switch {
		case failed, !taken.FreeAt.IsZero() && time.Now().After(taken.FreeAt):
			return true, false
		case !pending && taken.FreeAt.IsZero():
			return false, unsure
		}
		select {
		case <-wake:
		case <-tick.C:
		}
	}
	return false, false
}

// checkProbes removes members whose probes have failed, and reports whether there were
// any, whether a probe is pending, and whether one was in vain.
func (s *Server) checkProbes(probes []*probe, members []*participant, owner bool) (pending, unsure, failed bool) {
	timeout := s.newMemberWait
	if owner {
		timeout = claimTimeout
	}
	for i, b := range probes {
		switch b.stateAfter(timeout) {
		case probePending:
			pending = true
		case probeUnsure:
			unsure = true
		case probeFailed:
			failed = true
			s.removeMember(members[i])
		}
	}
	return pending, unsure, failed
}

// removeMember removes a member that does not respond, or whose session has ended, from
// its seat.
func (s *Server) removeMember(p *participant) {
	if p.Reason() != "" {
		s.removeParticipant(p)
		return
	}
	s.rooms.GiveUp(p, p.Delivered())
	p.End(engineio.ReasonSilent)
}
