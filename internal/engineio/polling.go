package engineio

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"vidchat/internal/engineio/wire"
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
	framing   wire.Framing
	polled    chan struct{} // wakes the poll that waits
	lastPoll  atomic.Int64  // when it came, on the server's clock; needs no lock
	getting   bool
	posting   bool
	body      *http.ResponseController // of the POST whose body is being read
	answerNow bool                     // to see whether another poll comes
	greeted   bool                     // the first answer, with the OPEN packet, is out
	probed    bool                     // an upgrade is under way
	answering int                      // answers that are being written; one, but for noops
	answer    *http.ResponseController // of the last of them
	early     bool                     // the poll that waits came before the answer was written
}

func newPolling(f wire.Framing) *polling {
	return &polling{
		framing: f,
		polled:  make(chan struct{}, 1),
	}
}

func (p *polling) wakePoll() { wake(p.polled) }

// farewellTime is how long the session of a client that polls can be found after
// its end.
func (r Reason) farewellTime() time.Duration {
	switch r {
	case ReasonClientClosed:
		return clientFarewellTime
	case ReasonServerClosed, ReasonShutdown, ReasonMoved:
		return serverFarewellTime
	}
	return 0
}

// serveGet answers a poll.
func (s *Session) serveGet(w http.ResponseWriter, r *http.Request) {
	late := s.silent()
	if !s.beginGet() {
		s.server.refuse(w, r, errBadRequest)
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
		s.server.forget(s)
	}
	switch {
	case state == pollRefused:
		s.server.refuse(w, r, errBadRequest)
		return
	case state == pollLast && late && s.Reason() == ReasonPingTimeout: // a poll answers no ping
		s.server.refuse(w, r, errUnknownSession)
		return
	}
	body, contentType := s.dialect.AppendPayload(nil, messages, f)
	for _, o := range messages {
		o.Free()
	}
	h := w.Header()
	if first && s.dialect.Version() == 3 {
		http.SetCookie(w, s.cookie(r))
	}
	s.server.allowOrigin(h, r)
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	s.writeAnswer(w, body)
}

// setAnswerDeadline bounds how long an answer may take to be written. net/http keeps a
// deadline for later requests on the connection, so every answer sets its own.
func setAnswerDeadline(w http.ResponseWriter) {
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
		Secure:   s.server.cfg.Secure(r),
		SameSite: http.SameSiteStrictMode,
	}
}

// beginGet makes the request the one that waits. A second one at the same
// time ends the session: which of the two would get a packet is anybody's
// guess.
func (s *Session) beginGet() bool {
	s.mu.Lock()
	p := s.polling
	if s.socket != nil || p.getting {
		overlap := p.getting
		s.mu.Unlock()
		if overlap {
			s.End(ReasonOverlap)
		}
		return false
	}
	p.getting = true
	p.early = p.answering > 0
	n := s.tracking.asked // which came with the poll before
	if p.early {
		n = 0
	}
	s.mu.Unlock()
	s.polling.lastPoll.Store(int64(s.server.now()))
	s.confirm(n)
	return true
}

// awaitMessages waits for something to send. The poll is refused if the client
// gave up or changed over to a WebSocket meanwhile.
func (s *Session) awaitMessages(r *http.Request) ([]wire.Outgoing, pollState) {
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
			return []wire.Outgoing{wire.NewText(wire.Noop)}, pollAnswered
		case <-limit.C:
			return []wire.Outgoing{wire.NewText(wire.Noop)}, pollAnswered
		case <-r.Context().Done():
			s.End(ReasonConnectionLost)
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
func (s *Session) poll() ([]wire.Outgoing, pollState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.socket != nil:
		return nil, pollRefused // a client that upgrades waits for its poll first
	case s.ended && s.reason != ReasonClientClosed && len(s.outbox.queue) > 0:
		// Without the close packet: socket.io-client 4 hands events on only after
		// it has acted on that, which loses them.
		return s.takeAll(), pollAnswered
	case s.ended:
		return []wire.Outgoing{s.lastPacket()}, pollLast
	case s.polling.answering > 0:
		return nil, pollWaiting
	case len(s.outbox.queue) > 0:
		s.tracking.polled()
		return s.takeAll(), pollAnswered
	case s.polling.answerNow:
		s.polling.answerNow = false
		return []wire.Outgoing{wire.NewText(wire.Noop)}, pollAnswered
	case s.polling.probed:
		return nil, pollUpgrading
	}
	return nil, pollWaiting
}

// lastPacket is called with the lock held.
func (s *Session) lastPacket() wire.Outgoing {
	if s.reason == ReasonClientClosed {
		return wire.NewText(wire.Noop)
	}
	return wire.NewText(wire.Close)
}
