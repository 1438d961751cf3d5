package engine

import (
	"encoding/binary"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/limit"
)

// Socket.IO does not confirm what arrives, but the transports can tell: who
// polls again has read the answer before, and who answers the ping of a
// WebSocket, as every client does by itself, has read all before it.

// receipts is guarded by the session's lock.
type receipts struct {
	sent    uint64 // messages given to SendCounted
	asked   uint64 // of them, how many the last ping or answered poll came behind
	unasked int    // how large those after them are, in bytes
	waiting bool   // for the answer to a ping
	budget  limit.Bucket
	next    time.Duration // no ping before this time, on the engine's clock
	due     bool          // a ping has to follow when it comes
}

// receiptRate bounds the pings, and receiptGap lets one stand for all messages
// of a burst: calls are set up by some dozens of messages in a few seconds,
// and candidates come many at once.
var receiptRate = limit.Rate{PerSecond: 1, Burst: 30}

const (
	receiptGap  = 10 * time.Millisecond
	receiptWait = time.Second // where the rate is used up
	// receiptBytes is what a ping of its own is for, whatever the rate: all that
	// is not confirmed is kept.
	receiptBytes = 16 << 10
)

// SendCounted is Send for a message whose arrival matters. It returns how many
// such messages there have been, with this one, and how many of them are known
// to have arrived.
func (s *Session) SendCounted(m Message) (sent, arrived uint64) {
	sent, _ = s.send(m, true)
	return sent, s.arrived.Load()
}

// Arrived is how many of the messages given to SendCounted are known to have
// arrived.
func (s *Session) Arrived() uint64 { return s.arrived.Load() }

// nextReceipt is the ping to go behind what was sent, if none is under way and
// one may be sent now; as soon as it may, the timer sends it. It is called with
// the lock held.
func (s *Session) nextReceipt() (ping Message, ok bool) {
	r := &s.receipts
	if s.carrier == nil || s.ended || r.waiting || r.sent == r.asked {
		return ping, false
	}
	now := s.engine.now()
	if r.unasked < receiptBytes {
		if r.due && now < r.next {
			return ping, false
		}
		if now >= r.next && !r.budget.Take(1, receiptRate, now) {
			r.next = now + receiptWait
		}
		if now < r.next {
			r.due = true
			s.timer.Reset(s.nextBeat(now))
			return ping, false
		}
	}
	r.waiting, r.asked, r.unasked, r.next, r.due = true, r.sent, 0, now+receiptGap, false
	return newControl(ws.OpPing, binary.BigEndian.AppendUint64(nil, r.asked)), true
}

// askReceipt sends a ping for what was sent, if one may be sent.
func (s *Session) askReceipt() {
	s.mu.Lock()
	ping, ok := s.nextReceipt()
	s.mu.Unlock()
	if ok {
		s.Send(ping)
	}
}

// receipt reads the answer to a ping. Any other pong only shows life.
func (s *Session) receipt(payload []byte) {
	if len(payload) != 8 {
		return
	}
	n := binary.BigEndian.Uint64(payload)
	s.mu.Lock()
	known := s.receipts.waiting && n == s.receipts.asked
	if known {
		s.receipts.waiting = false
	}
	s.mu.Unlock()
	if known {
		s.tellArrived(n)
		s.askReceipt()
	}
}

// polled notes that a poll took all there was. It is called with the lock
// held, as is polledAgain.
func (r *receipts) polled() { r.asked, r.unasked = r.sent, 0 }

// polledAgain returns how much arrived with the poll before.
func (r *receipts) polledAgain() uint64 { return r.asked }

func (s *Session) tellArrived(n uint64) {
	if n <= s.arrived.Load() {
		return
	}
	s.arrived.Store(n)
	if to, ok := s.engine.cfg.Gate.(Addressee); ok {
		to.Arrived(s, n)
	}
}

// AskLife asks the client for a sign of life; see AliveSince.
func (s *Session) AskLife() {
	s.mu.Lock()
	f, ended := s.carrier, s.ended
	if f == nil && !ended {
		s.polling.nudged = true
		s.polling.wakePoll()
	}
	s.mu.Unlock()
	if f != nil {
		s.Send(newControl(ws.OpPing, []byte("life")))
	}
}

// AliveSince tells whether the client has shown life in the last d.
func (s *Session) AliveSince(d time.Duration) bool {
	last := max(s.lastSeen.Load(), s.lastPoll.Load())
	return s.engine.now()-time.Duration(last) <= d
}
