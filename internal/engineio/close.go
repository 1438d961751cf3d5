package engineio

import (
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
)

// Reason says why a session ended, as a code for logs and metrics. There are few
// of them, and none is made of what a client sent.
type Reason string

// text is the reason for people, in a close frame.
func (r Reason) text() string { return strings.ReplaceAll(string(r), "_", " ") }

// The reasons for the end of a session.
const (
	ReasonClientClosed Reason = "closed_by_client"
	// ReasonSocketClosed is that a WebSocket was closed in order, by the client or
	// by a proxy between, without a goodbye of the client's own.
	ReasonSocketClosed   Reason = "websocket_closed"
	ReasonClientFailed   Reason = "client_failed"
	ReasonConnectionLost Reason = "connection_lost"
	ReasonPingTimeout    Reason = "ping_timeout"
	ReasonSlowReader     Reason = "slow_reader"
	ReasonOverlap        Reason = "overlapping_requests"
	ReasonMalformed      Reason = "malformed_packet"
	ReasonTooLarge       Reason = "packet_too_large"
	ReasonNotConnected   Reason = "namespace_not_connected"
	ReasonServerClosed   Reason = "closed_by_server"
	ReasonShutdown       Reason = "server_shutdown"
	ReasonPanic          Reason = "internal_error"
	ReasonTooManyPackets Reason = "too_many_packets"
	ReasonTooManyBytes   Reason = "too_many_bytes"
	// These two are that all sessions of the address together sent too much.
	ReasonAddressPackets Reason = "too_many_packets_of_address"
	ReasonAddressBytes   Reason = "too_many_bytes_of_address"
	// ReasonMemory is that too much was held in memory, of which this session had
	// more than others.
	ReasonMemory Reason = "too_much_held"
	ReasonSilent Reason = "no_sign_of_life"
	ReasonMoved  Reason = "seat_moved"
)

// Goodbye reports whether the client meant to go, or the layer above ended the
// session for good. Otherwise the client may come back.
func (r Reason) Goodbye() bool {
	switch r {
	case ReasonClientClosed, ReasonServerClosed, ReasonMoved:
		return true
	}
	return false
}

// lingerTime is how long a WebSocket may take to be written for the last time,
// and then to be closed by the client.
const lingerTime = time.Second

// closeCode is the WebSocket close code for a reason. Where nobody is expected
// to read it there is none, and the connection is cut.
func (r Reason) closeCode() (ws.StatusCode, bool) {
	switch r {
	case ReasonConnectionLost, ReasonPingTimeout, ReasonSlowReader, ReasonSilent, ReasonMemory:
		return 0, false
	case ReasonMalformed, ReasonNotConnected, ReasonOverlap, ReasonTooManyPackets, ReasonTooManyBytes,
		ReasonAddressPackets, ReasonAddressBytes:
		return ws.StatusPolicyViolation, true
	case ReasonTooLarge:
		return ws.StatusMessageTooBig, true
	case ReasonPanic:
		return ws.StatusInternalServerError, true
	case ReasonShutdown:
		return 1012, true // "service restart", in IANA's registry
	}
	return ws.StatusNormalClosure, true
}

// End ends the session, once; the first reason counts.
func (s *Session) End(why Reason) {
	code, tell := why.closeCode()
	s.endWith(why, wire.NewClose(code, why.text()), tell)
}

// endWith ends the session. The goodbye is the last that a WebSocket is sent, if
// tell says so; otherwise it is cut.
func (s *Session) endWith(why Reason, goodbye wire.Outgoing, tell bool) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended, s.reason = true, why
	s.over.Store(true)
	w, candidate := s.socket, s.candidate
	var c chunk
	if w != nil {
		c = s.queueGoodbye(goodbye, tell)
	}
	s.wakeWorker()
	grace, body := s.endPolling()
	if w != nil && tell {
		grace = lingerTime
	}
	peak := s.outbox.peak
	s.mu.Unlock()

	s.report(why, peak)
	s.scheduleRemoval(grace, w != nil)
	if candidate != nil {
		candidate.abandon()
	}
	if body != nil {
		_ = body.SetReadDeadline(time.Unix(1, 0)) // nobody waits for the rest
	}
	if why == ReasonMemory {
		s.cutAnswer()
	}
	switch {
	case w == nil:
	case tell:
		w.conn.ResumeReading() // what comes now is dropped
		w.flush(c)
	default:
		w.close()
	}
}

// report counts and logs the end of the session.
func (s *Session) report(why Reason, peak int) {
	lasted := s.server.now() - s.born
	s.server.Metrics.sessionEnded(why, lasted, peak)
	s.Log().Info().Str("reason", string(why)).Dur("duration_ms", lasted).Msg("session ended")
}

// scheduleRemoval lets the timer do the rest after a time; see tick. A session
// that polls can be found until then.
func (s *Session) scheduleRemoval(grace time.Duration, hasSocket bool) {
	s.timer.Stop()
	if grace > 0 {
		s.timer.Reset(grace)
	}
	if grace == 0 || hasSocket {
		s.server.forget(s)
	}
}

// endPolling wakes everybody who waits. It returns how long the session should
// still be found by a last poll, and the request whose body is being read. It is
// called with the lock held.
func (s *Session) endPolling() (grace time.Duration, body *http.ResponseController) {
	p := s.polling
	if p == nil {
		return 0, nil
	}
	wake(p.polled)
	wake(s.inbox.emptied)
	if s.socket == nil && !(p.getting && len(s.outbox.queue) == 0) {
		grace = s.reason.farewellTime()
	}
	return grace, p.body
}

// queueGoodbye puts the close frame behind what is still to be sent, and returns
// what the caller has to write, if nobody else is writing. It is called with the
// lock held.
func (s *Session) queueGoodbye(goodbye wire.Outgoing, tell bool) chunk {
	if !tell {
		s.outbox.takeAll()
		return chunk{}
	}
	s.enqueue(goodbye)
	return s.beginFlush()
}

// removeEnded is for the time after the end of the session.
func (s *Session) removeEnded() {
	s.mu.Lock()
	w := s.socket
	s.mu.Unlock()
	if w != nil {
		w.close()
	}
	s.server.forget(s)
}

// finish is called once everything that the client sent was handled that will
// be.
func (s *Session) finish() {
	s.mu.Lock()
	first := !s.finished
	s.finished = true
	s.mu.Unlock()
	if !first {
		return
	}
	s.tellClosed()
	s.release()
}

func (s *Session) tellClosed() {
	defer s.recoverPanic()
	s.server.cfg.Handler.OnClose(s)
}
