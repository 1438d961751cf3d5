package engineio

import (
	"time"

	"vidchat/internal/engineio/wire"
)

// heartbeat is when the next ping has to follow, on the server's clock. One
// timer per session looks after it; a packet that arrives touches no timer. It
// is guarded by the session's lock.
type heartbeat struct {
	pingAt time.Duration // Engine.IO 4: when the server pings next, or did
	pinged bool          // Engine.IO 4: the server waits for an answer
}

func (s *Session) startHeartbeat() {
	now := s.server.now()
	s.born = now
	s.lastRead.Store(int64(now))
	s.mu.Lock() // the timer may fire before it is stored
	s.heartbeat.pingAt = now + s.server.cfg.PingInterval
	s.timer = time.AfterFunc(s.nextTick(now), s.tick)
	s.mu.Unlock()
}

func (s *Session) pingTimeout() time.Duration {
	if t := s.server.cfg.PingTimeout; t > 0 {
		return t
	}
	return s.dialect.PingTimeout()
}

// silentBy is when a client that stays silent is given up.
func (s *Session) silentBy() time.Duration {
	if s.dialect.ServerPings() {
		return s.heartbeat.pingAt + s.pingTimeout()
	}
	return time.Duration(s.lastRead.Load()) + s.server.cfg.PingInterval + s.pingTimeout()
}

// stalledBy is when a client is given up that takes nothing of what is written
// to it. It is only for where a write is pending.
func (s *Session) stalledBy() time.Duration {
	return s.outbox.stalled + s.server.cfg.PingInterval + s.pingTimeout()
}

// nextTick is how long nothing has to happen.
func (s *Session) nextTick(now time.Duration) time.Duration {
	next := s.silentBy()
	if s.dialect.ServerPings() {
		h := &s.heartbeat
		switch again := h.pingAt + s.server.cfg.PingInterval; {
		case !h.pinged:
			next = h.pingAt
		case now < again: // the answer touches no timer
			next = min(next, again)
		}
	}
	if s.outbox.stalled > 0 {
		next = min(next, s.stalledBy())
	}
	if s.tracking.due {
		next = min(next, s.tracking.next)
	}
	return max(next-now, 0)
}

// tick is called by the timer.
func (s *Session) tick() {
	defer s.recoverPanic()
	now := s.server.now()
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		s.removeEnded()
		return
	}
	why, ping := s.due(now)
	ackPing := s.tracking.due && now >= s.tracking.next
	if ackPing {
		s.tracking.due = false // askAck may put it off once more
	}
	if why == "" {
		s.timer.Reset(s.nextTick(now))
	}
	s.mu.Unlock()
	if ackPing {
		s.askAck()
	}
	switch {
	case why != "":
		s.End(why)
	case ping:
		s.Send(wire.NewText(wire.Ping))
	}
}

// due decides what the time has come for. It is called with the lock held.
func (s *Session) due(now time.Duration) (why Reason, ping bool) {
	switch {
	case s.silent(now):
		return ReasonPingTimeout, false
	case s.outbox.stalled > 0 && now >= s.stalledBy():
		return ReasonConnectionLost, false
	case !s.dialect.ServerPings():
		return "", false
	}
	h := &s.heartbeat
	if read := time.Duration(s.lastRead.Load()); h.pinged && read >= h.pingAt {
		h.pinged, h.pingAt = false, read+s.server.cfg.PingInterval
	}
	if !h.pinged && now >= h.pingAt {
		h.pinged, h.pingAt = true, now
		return "", true
	}
	return "", false
}

// silent reports whether the client has been silent for too long. Requests ask
// too, since a timer may be late. It is called with the lock held.
func (s *Session) silent(now time.Duration) bool {
	if s.dialect.ServerPings() && time.Duration(s.lastRead.Load()) >= s.heartbeat.pingAt {
		return false
	}
	return now >= s.silentBy()
}

// expire ends a session whose time is over though its timer has not fired yet,
// so that a late request is told the truth.
func (s *Session) expire() {
	s.mu.Lock()
	over := !s.ended && s.silent(s.server.now())
	s.mu.Unlock()
	if over {
		s.End(ReasonPingTimeout)
	}
}
