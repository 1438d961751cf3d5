package engine

import (
	"io"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// Reason tells why a session ended, for logs and metrics. There are few of
// them, and none is made of what a client sent.
type Reason string

// The reasons for the end of a session.
const (
	ReasonClientClosed   Reason = "closed by client"
	ReasonClientFailed   Reason = "client failed"
	ReasonConnectionLost Reason = "connection lost"
	ReasonPingTimeout    Reason = "ping timeout"
	ReasonSlowReader     Reason = "slow reader"
	ReasonOverlap        Reason = "overlapping requests"
	ReasonMalformed      Reason = "malformed packet"
	ReasonTooLarge       Reason = "packet too large"
	ReasonNotConnected   Reason = "namespace not connected"
	ReasonServerClosed   Reason = "closed by server"
	ReasonShutdown       Reason = "server shutdown"
	ReasonPanic          Reason = "internal error"
	ReasonTooManyPackets Reason = "too many packets"
	ReasonTooManyBytes   Reason = "too many bytes"
	ReasonSilent         Reason = "no sign of life"
	ReasonMoved          Reason = "seat moved"
)

// Goodbye tells whether the client meant to go, or the layer above wanted it.
// Otherwise it may come back.
func (r Reason) Goodbye() bool {
	switch r {
	case ReasonClientClosed, ReasonServerClosed, ReasonMoved:
		return true
	}
	return false
}

// lingerTime is how long a closing WebSocket may take to answer.
const lingerTime = time.Second

// closeCode is the WebSocket close code for a reason. Where nobody is
// expected to read it there is none, and the connection is cut.
func (r Reason) closeCode() (ws.StatusCode, bool) {
	switch r {
	case ReasonConnectionLost, ReasonPingTimeout, ReasonSlowReader, ReasonSilent:
		return 0, false
	case ReasonMalformed, ReasonNotConnected, ReasonOverlap, ReasonTooManyPackets, ReasonTooManyBytes:
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

// End ends the session for a reason of the layer above.
func (s *Session) End(why Reason) { s.end(why) }

// end ends the session, once; the first reason counts.
func (s *Session) end(why Reason) {
	code, tell := why.closeCode()
	s.endWith(why, closeFrame(code, string(why)), tell)
}

// endWith ends the session with a close frame of the caller's choice as the
// last word to a WebSocket, if tell says so.
func (s *Session) endWith(why Reason, goodbye Message, tell bool) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended, s.reason = true, why
	s.over.Store(true)
	f, candidate := s.carrier, s.candidate
	s.candidate = nil
	var c chunk
	if f != nil {
		c = s.queueGoodbye(goodbye, tell)
	}
	s.wake()
	signal(s.inbox.taken)
	grace := s.endPolling()
	peak := s.out.peak
	var body *http.ResponseController
	if s.polling != nil {
		body = s.polling.body
	}
	s.mu.Unlock()

	lasted := s.engine.now() - s.born
	s.engine.Stats.sessionEnded(why, lasted, peak)
	s.Log().Info().Str("reason", string(why)).Dur("duration", lasted).Msg("session ended")
	s.timer.Stop()
	if grace > 0 {
		s.timer.Reset(grace) // see tick
	} else {
		s.engine.forget(s)
	}
	if candidate != nil {
		_ = candidate.conn.Close()
	}
	if body != nil {
		_ = body.SetReadDeadline(time.Unix(1, 0))
	}
	if f == nil {
		return
	}
	if !tell {
		_ = f.conn.Close() // wakes the reader and a writer that waits
		return
	}
	f.conn.hearOut()
	f.conn.hasten(lingerTime)
	s.flush(f, c)
}

// queueGoodbye puts the close frame behind what is still to be sent, and
// returns what the caller has to write, if nobody else is writing. It is
// called with the lock held.
func (s *Session) queueGoodbye(goodbye Message, tell bool) chunk {
	if !tell {
		s.out.takeAll()
		return chunk{}
	}
	s.enqueue(goodbye)
	return s.beginFlush()
}

// finish is called once all that the client sent has been handled that will be.
func (s *Session) finish() {
	s.mu.Lock()
	first := !s.finished
	s.finished = true
	f, l := s.carrier, s.link
	_, tell := s.reason.closeCode()
	s.mu.Unlock()
	if !first {
		return
	}
	s.depart()
	s.release()
	if l != nil {
		l.detach()
	}
	if f != nil {
		f.free()
		if tell {
			s.part(f)
		}
	}
	s.engine.sessions.Done()
}

// depart tells the layer above that the client has left.
func (s *Session) depart() {
	defer s.survive()
	if gate := s.engine.cfg.Gate; gate != nil {
		gate.Departed(s)
	}
}

// part is called by the reader and by the writer of a WebSocket when they
// have stopped. The second of them leaves the socket to linger.
func (s *Session) part(f *frames) {
	s.mu.Lock()
	s.parting++
	both := s.parting == 2
	s.mu.Unlock()
	if both {
		s.spawn(func() { linger(f) })
	}
}

// linger lets the client read the close frame: closing a socket that has
// unread input would reset it, and the frame would be lost.
func linger(f *frames) {
	defer f.conn.Close()
	conn, err := f.conn.patient()
	if err != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, 1<<20))
}
