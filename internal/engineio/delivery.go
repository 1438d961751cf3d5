package engineio

import (
	"encoding/binary"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/limit"
)

// Socket.IO does not acknowledge what arrives, but the transports can tell: a
// client that polls again has read the answer before, and a client that answers
// the ping of a WebSocket, as every client does by itself, has read all before
// it.

// tracking is guarded by the session's lock.
type tracking struct {
	sent    uint64 // packets given to SendTracked
	asked   uint64 // of them, how many the last ping or answered poll came behind
	unasked int    // how large those after them are, in bytes
	budget  limit.Bucket
	next    time.Duration // no ping before this time, on the server's clock
	due     bool          // a ping has to follow when it comes
	waiting bool          // for the answer to a ping
	pings   int32         // of the server that are not answered
}

// ackPingRate bounds the pings, and ackPingGap lets one stand for all packets of
// a burst: calls are set up by some dozens of messages in a few seconds, and
// candidates come many at once.
var ackPingRate = limit.Rate{PerSecond: 1, Burst: 30}

const (
	ackPingGap  = 10 * time.Millisecond
	ackPingWait = time.Second // where the rate is used up
	// ackPingBytes is what a ping of its own is for, whatever the rate: all that
	// is not acknowledged is kept.
	ackPingBytes = 16 << 10
)

// SendTracked is Send for a packet whose arrival matters. It returns how many
// such packets there have been, with this one, and how many of them are known to
// have arrived.
func (s *Session) SendTracked(o wire.Outgoing) (sent, delivered uint64) {
	sent, _ = s.send(o, true)
	return sent, s.delivered.Load()
}

// Delivered is how many of the packets given to SendTracked are known to have
// arrived.
func (s *Session) Delivered() uint64 { return s.delivered.Load() }

// nextAckPing is the ping to go behind what was sent, if none is under way and
// one may be sent now; as soon as it may, the timer sends it. It is called with
// the lock held.
func (s *Session) nextAckPing() (ping wire.Outgoing, ok bool) {
	t := &s.tracking
	if s.socket == nil || s.ended || t.waiting || t.sent == t.asked {
		return ping, false
	}
	if t.due && t.unasked < ackPingBytes {
		return ping, false // the timer is set
	}
	now := s.server.now()
	if t.unasked < ackPingBytes {
		if now >= t.next && !t.budget.Take(1, ackPingRate, now) {
			t.next = now + ackPingWait
		}
		if now < t.next {
			t.due = true
			s.timer.Reset(s.nextTick(now))
			return ping, false
		}
	}
	t.waiting, t.asked, t.unasked, t.next, t.due = true, t.sent, 0, now+ackPingGap, false
	t.pings++
	return wire.NewControl(ws.OpPing, binary.BigEndian.AppendUint64(nil, t.asked)), true
}

// askAck sends a ping for what was sent, if one may be sent.
func (s *Session) askAck() {
	s.mu.Lock()
	ping, ok := s.nextAckPing()
	s.mu.Unlock()
	if ok {
		s.Send(ping)
	}
}

// acknowledge reads the answer to a ping. Any other pong only shows that the
// client is there.
func (s *Session) acknowledge(payload []byte) {
	if len(payload) != 8 {
		return
	}
	n := binary.BigEndian.Uint64(payload)
	s.mu.Lock()
	known := s.tracking.waiting && n == s.tracking.asked
	if known {
		s.tracking.waiting = false
	}
	s.mu.Unlock()
	if known {
		s.confirm(n)
		s.askAck()
	}
}

// polled notes that a poll took everything there was.
func (t *tracking) polled() { t.asked, t.unasked = t.sent, 0 }

// confirm notes that the first n tracked packets have arrived.
func (s *Session) confirm(n uint64) {
	if n > s.delivered.Load() {
		s.delivered.Store(n)
		s.server.cfg.Handler.OnDelivered(s, n)
	}
}

// Probe asks the client to show that it is there; see ActiveWithin.
func (s *Session) Probe() {
	s.mu.Lock()
	w, ended := s.socket, s.ended
	if w == nil && !ended {
		s.polling.answerNow = true
		s.polling.wakePoll()
	}
	if w != nil {
		s.tracking.pings++
	}
	s.mu.Unlock()
	if w != nil {
		s.Send(wire.NewControl(ws.OpPing, []byte("life")))
	}
}

// takeAnswer reports whether a pong answers a ping of the server. Such a pong is not
// charged to the client, which did not ask for it: others could use up its limits.
func (s *Session) takeAnswer(size int) bool {
	s.mu.Lock()
	answers := s.tracking.pings > 0
	if answers {
		s.tracking.pings--
	}
	s.mu.Unlock()
	if answers {
		s.markRead()
		s.server.Metrics.countIn(size)
	}
	return answers
}

// ActiveWithin reports whether the client has sent anything in the last d.
func (s *Session) ActiveWithin(d time.Duration) bool {
	last := s.lastRead.Load()
	if s.polling != nil {
		last = max(last, s.polling.lastPoll.Load())
	}
	return s.server.now()-time.Duration(last) <= d
}
