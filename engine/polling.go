package engine

import (
	"net/http"
	"strconv"
	"time"

	"github.com/googollee/go-socket.io/engineio/packet"
)

const pollingName = "polling"

const (
	// pollTime is the longest a poll waits. Heroku's router gives up after 30 s
	// without a first byte.
	pollTime = 25 * time.Second
	// upgradePollTime is how long a poll waits during an upgrade, where the
	// client waits for its end before it changes over.
	upgradePollTime = 20 * time.Millisecond
	// answerTime is how long a client may take to read an answer.
	answerTime = 30 * time.Second
	// bodyTime is how long a client may take to send a body.
	bodyTime = 15 * time.Second
	// After the end of a session one more poll is answered, for the client has
	// it on its way: with a noop if the client itself said goodbye, with the
	// rest and a close packet otherwise.
	clientFarewellTime = 50 * time.Millisecond
	serverFarewellTime = time.Second
)

// polling is what a session needs while long-polling carries it. It is guarded
// by the session's lock; the channel has room for one token.
type polling struct {
	framing framing
	polled  chan struct{} // wakes the poll that waits
	getting bool
	posting bool
	body    *http.ResponseController // of the POST whose body is being read
	nudged  bool                     // the poll that waits has to be answered, to see whether another comes
	greeted bool                     // the first answer, with the OPEN packet, is out
	probed  bool                     // an upgrade is under way
}

func newPolling(f framing) *polling {
	return &polling{
		framing: f,
		polled:  make(chan struct{}, 1),
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (p *polling) wakePoll() { signal(p.polled) }

// endPolling wakes everybody who waits, and tells how long the session should
// still be found by a last poll. It is called with the lock held.
func (s *Session) endPolling() time.Duration {
	p := s.polling
	if p == nil {
		return 0
	}
	signal(p.polled)
	if s.carrier != nil || p.getting && len(s.out.queue) == 0 {
		return 0
	}
	switch s.reason {
	case ReasonClientClosed:
		return clientFarewellTime
	case ReasonServerClosed, ReasonShutdown, ReasonMoved:
		return serverFarewellTime
	}
	return 0
}

// serveGet answers a poll.
func (s *Session) serveGet(w http.ResponseWriter, r *http.Request) {
	if !s.beginGet() {
		s.engine.refuse(w, r, errBadRequest)
		return
	}
	messages, state := s.awaitMessages(r)
	s.mu.Lock()
	s.polling.getting = false
	f := s.polling.framing
	first := !s.polling.greeted
	s.polling.greeted = true
	s.mu.Unlock()
	if state == pollLast {
		s.engine.forget(s)
	}
	if state == pollRefused {
		s.engine.refuse(w, r, errBadRequest)
		return
	}
	body, contentType := s.dialect.appendPayload(nil, messages, f)
	h := w.Header()
	if first && !s.dialect.clientConnects() {
		http.SetCookie(w, s.cookie(r))
	}
	s.engine.allowOrigin(h, r)
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	hasten(w)
	_, _ = w.Write(body) // a client that is gone is noticed by its next poll missing
}

// hasten bounds how long an answer may take to be written. net/http keeps a
// deadline for later requests on the connection, so every answer sets its own.
func hasten(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
}

// cookieName is that of engine.io 3.
const cookieName = "io"

// cookie is the one that engine.io 3 sets.
func (s *Session) cookie(r *http.Request) *http.Cookie {
	return &http.Cookie{
		Name:     cookieName,
		Value:    s.sid,
		Path:     "/",
		HttpOnly: true,
		Secure:   s.engine.cfg.Secure(r),
		SameSite: http.SameSiteStrictMode,
	}
}

// beginGet makes the request the one that waits. A second one at the same
// time ends the session: which of the two would get a packet is anybody's
// guess.
func (s *Session) beginGet() bool {
	s.mu.Lock()
	p := s.polling
	if s.carrier != nil || p.getting {
		overlap := p.getting
		s.mu.Unlock()
		if overlap {
			s.end(ReasonOverlap)
		}
		return false
	}
	p.getting = true
	n := s.receipts.polledAgain()
	s.mu.Unlock()
	s.lastPoll.Store(int64(s.engine.now()))
	s.tellArrived(n)
	return true
}

// awaitMessages waits for something to send. The poll is refused if the client
// gave up or changed over to a WebSocket meanwhile.
func (s *Session) awaitMessages(r *http.Request) ([]Message, pollState) {
	limit := time.NewTimer(pollTime)
	defer limit.Stop()
	var upgrading <-chan time.Time
	for {
		messages, state := s.poll()
		switch state {
		case pollAnswered, pollLast, pollRefused:
			return messages, state
		case pollUpgrading:
			if upgrading == nil {
				upgrading = time.After(upgradePollTime)
			}
		}
		select {
		case <-s.polling.polled:
		case <-upgrading:
			return []Message{newText(packet.NOOP)}, pollAnswered
		case <-limit.C:
			return []Message{newText(packet.NOOP)}, pollAnswered
		case <-r.Context().Done():
			s.end(ReasonConnectionLost)
			return nil, pollRefused
		}
	}
}

type pollState int

const (
	pollWaiting pollState = iota
	pollUpgrading
	pollAnswered
	pollLast
	pollRefused
)

// poll takes what there is for the request that waits.
func (s *Session) poll() ([]Message, pollState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.carrier != nil:
		return nil, pollRefused // a client that upgrades waits for its poll first
	case s.ended && s.reason != ReasonClientClosed && len(s.out.queue) > 0:
		// Without the close packet: socket.io-client 4 hands events on only after
		// it has acted on that, which loses them.
		return s.out.takeAll(), pollAnswered
	case s.ended:
		return []Message{s.lastPacket()}, pollLast
	case len(s.out.queue) > 0:
		s.receipts.polled()
		return s.out.takeAll(), pollAnswered
	case s.polling.nudged:
		s.polling.nudged = false
		return []Message{newText(packet.NOOP)}, pollAnswered
	case s.polling.probed:
		return nil, pollUpgrading
	}
	return nil, pollWaiting
}

// lastPacket is called with the lock held.
func (s *Session) lastPacket() Message {
	if s.reason == ReasonClientClosed {
		return newText(packet.NOOP)
	}
	return newText(packet.CLOSE)
}
