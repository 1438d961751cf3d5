package engine

import (
	"time"

	"github.com/googollee/go-socket.io/engineio/packet"
)

// beat is when the next thing has to happen, on the engine's clock. One timer
// per session looks after it; a packet that arrives touches no timer.
type beat struct {
	pingAt    time.Duration // Engine.IO 4: when the server pings next, or did
	pinged    bool          // and waits for an answer
	connectBy time.Duration // Engine.IO 4: when the namespace has to be connected
}

func (s *Session) startHeartbeat() {
	now := s.engine.now()
	s.born = now
	s.lastSeen.Store(int64(now))
	s.beat = beat{pingAt: now + s.engine.cfg.PingInterval, connectBy: now + s.engine.cfg.ConnectTimeout}
	s.mu.Lock() // the timer may fire before it is stored
	s.timer = time.AfterFunc(s.nextBeat(now), s.tick)
	s.mu.Unlock()
}

// seen notes that the client is alive, and returns the time. Any packet will
// do.
func (s *Session) seen() time.Duration {
	now := s.engine.now()
	s.lastSeen.Store(int64(now))
	return now
}

func (s *Session) pingTimeout() time.Duration {
	if t := s.engine.cfg.PingTimeout; t > 0 {
		return t
	}
	return s.dialect.pingTimeout()
}

// silentBy is when a client that stays silent is given up.
func (s *Session) silentBy() time.Duration {
	if s.dialect.serverPings() {
		return s.beat.pingAt + s.pingTimeout()
	}
	return time.Duration(s.lastSeen.Load()) + s.engine.cfg.PingInterval + s.pingTimeout()
}

// nextBeat is how long nothing has to happen.
func (s *Session) nextBeat(now time.Duration) time.Duration {
	next := s.silentBy()
	if s.dialect.serverPings() && !s.beat.pinged {
		next = s.beat.pingAt
	}
	if s.awaitsConnect() {
		next = min(next, s.beat.connectBy)
	}
	if s.receipts.due {
		next = min(next, s.receipts.next)
	}
	return max(next-now, 0)
}

func (s *Session) awaitsConnect() bool {
	return s.engine.cfg.Gate != nil && s.dialect.clientConnects() && !s.connected
}

// tick is called by the timer.
func (s *Session) tick() {
	defer s.survive()
	now := s.engine.now()
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		s.engine.forget(s) // the time for a last poll is over
		return
	}
	why, ping := s.due(now)
	receipt := s.receipts.due && now >= s.receipts.next
	if receipt {
		s.receipts.due = false // askReceipt may put it off once more
	}
	if why == "" {
		s.timer.Reset(s.nextBeat(now))
	}
	s.mu.Unlock()
	if receipt {
		s.askReceipt()
	}
	switch {
	case why != "":
		s.end(why)
	case ping:
		s.Send(newText(packet.PING))
	}
}

// due decides what the time has come for. It is called with the lock held.
func (s *Session) due(now time.Duration) (why Reason, ping bool) {
	if s.awaitsConnect() && now >= s.beat.connectBy {
		return ReasonNotConnected, false
	}
	if s.silent(now) {
		return ReasonPingTimeout, false
	}
	if !s.dialect.serverPings() {
		return "", false
	}
	b := &s.beat
	if seen := time.Duration(s.lastSeen.Load()); b.pinged && seen >= b.pingAt {
		b.pinged, b.pingAt = false, seen+s.engine.cfg.PingInterval
	}
	if !b.pinged && now >= b.pingAt {
		b.pinged, b.pingAt = true, now
		return "", true
	}
	return "", false
}

// silent tells whether the client has been silent for too long. Requests ask
// too, since a timer may be late. It is called with the lock held.
func (s *Session) silent(now time.Duration) bool {
	if s.dialect.serverPings() && time.Duration(s.lastSeen.Load()) >= s.beat.pingAt {
		return false
	}
	return now >= s.silentBy()
}

// expire ends a session whose time is over though its timer has not fired
// yet, so that a late request is told the truth.
func (s *Session) expire() {
	s.mu.Lock()
	over := !s.ended && s.silent(s.engine.now())
	s.mu.Unlock()
	if over {
		s.end(ReasonPingTimeout)
	}
}
