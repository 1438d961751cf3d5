package engineio

import (
	"math"
	"time"

	"vidchat/internal/engineio/wire"
)

// heartbeat is when the next ping has to follow, on the server's clock. One
// timer per session looks after it; a packet that arrives touches no timer. It
// is guarded by the session's lock.
type heartbeat struct {
	pingAt time.Duration // Engine.IO 4: when the server pings next, or did

	// The time of a client may be over because the process did not run (it was
	// stopped, or its machine was), with what the client sent waiting in the socket.
	// So the client has until verdict, in which that is read.
	verdict time.Duration // 0 while the client's time is not over
	put     uint8         // how often the verdict was put off

	pinged bool // Engine.IO 4: the server waits for an answer
}

const (
	// readingTime is how long the verdict takes where the timer fired in time, or a
	// quarter of the timeout where that is less.
	readingTime = time.Second
	// maxPutOff is how often a verdict is put off because the timer was late again:
	// a server that is always late has to drop who is silent.
	maxPutOff = 5
)

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

// silentBy is when the time of a client that stays silent is over. Where the
// server pings, that takes a ping that was sent.
func (s *Session) silentBy() time.Duration {
	h, read := &s.heartbeat, time.Duration(s.lastRead.Load())
	switch {
	case !s.dialect.ServerPings():
		return read + s.server.cfg.PingInterval + s.pingTimeout()
	case h.pinged && read < h.pingAt:
		return h.pingAt + s.pingTimeout()
	}
	return never
}

// never is later than any time of the server's clock.
const never = time.Duration(math.MaxInt64)

// stalledBy is when a client is given up that takes nothing of what is written
// to it. It is only for where a write is pending.
func (s *Session) stalledBy() time.Duration {
	return s.outbox.stalled + s.server.cfg.PingInterval + s.pingTimeout()
}

// nextTick is how long nothing has to happen.
func (s *Session) nextTick(now time.Duration) time.Duration {
	h, next := &s.heartbeat, s.silentBy()
	if s.dialect.ServerPings() {
		switch again := h.pingAt + s.server.cfg.PingInterval; {
		case !h.pinged:
			next = h.pingAt
		case now < again, next == never: // the answer touches no timer
			next = min(next, again)
		}
	}
	if s.outbox.stalled > 0 {
		next = min(next, s.stalledBy())
	}
	if h.verdict > 0 {
		next = max(next, h.verdict)
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
	h := &s.heartbeat
	if why, since := s.overdue(now); why != "" {
		if s.isFinal(now, since) {
			return why, false
		}
		return "", false
	}
	h.verdict, h.put = 0, 0
	if !s.dialect.ServerPings() {
		return "", false
	}
	if read := time.Duration(s.lastRead.Load()); h.pinged && read >= h.pingAt {
		h.pinged, h.pingAt = false, read+s.server.cfg.PingInterval
	}
	if !h.pinged && now >= h.pingAt {
		h.pinged, h.pingAt = true, now
		return "", true
	}
	return "", false
}

// overdue is why the session would have to end, and since when.
func (s *Session) overdue(now time.Duration) (why Reason, since time.Duration) {
	if by := s.silentBy(); now >= by {
		return ReasonPingTimeout, by
	}
	if by := s.stalledBy(); s.outbox.stalled > 0 && now >= by {
		return ReasonConnectionLost, by
	}
	return "", 0
}

// isFinal reports whether a session whose time has been over since then has to
// end now. If not, the timer asks again at the verdict. It is called with the
// lock held.
func (s *Session) isFinal(now, since time.Duration) bool {
	h, reading := &s.heartbeat, min(readingTime, s.pingTimeout()/4)
	if h.verdict > 0 {
		since = h.verdict
	}
	switch late := now - since; {
	case now < since:
		return false
	case late > reading && h.put < maxPutOff: // the process did not run
		h.put++
		h.verdict = now + s.pingTimeout()
	case h.verdict == 0:
		h.verdict = now + reading
	default:
		return true
	}
	return false
}

// silent reports whether the client has been silent for too long.
func (s *Session) silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server.now() >= s.silentBy()
}
