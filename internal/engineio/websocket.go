package engineio

import (
	"errors"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/buffer"
	"vidchat/internal/engineio/netpoll"
	"vidchat/internal/engineio/wire"
)

const websocketName = "websocket"

// webSocket is one WebSocket of a session.
type webSocket struct {
	session *Session
	conn    netpoll.Conn

	// These are used by who reads.
	frames  wire.FrameReader
	drained int // bytes read since the session ended
	noted   int // bytes of what was read in part
	stage   stage

	// The session's lock guards what follows.
	readOver bool // nothing more can be read
	closed   bool
	buffered int      // as noted, as far as it counts
	queued   chunk    // of a queued write
	upgrade  *upgrade // while it is a candidate
}

// newWebSocket makes a WebSocket that is open until close.
func (s *Session) newWebSocket(conn netpoll.Conn, st stage) *webSocket {
	s.server.sockets.Add(1)
	return &webSocket{session: s, conn: conn, frames: wire.NewFrameReader(s.server.cfg.MaxPacket), stage: st}
}

// close closes the socket, once.
func (w *webSocket) close() {
	w.session.mu.Lock()
	first := !w.closed
	w.closed = true
	carried := w.session.socket == w
	w.session.memory.reading -= w.buffered
	w.buffered = 0
	w.session.account()
	w.session.mu.Unlock()
	if carried {
		w.session.dropMemory()
	}
	if first {
		w.conn.Close()
		w.session.server.sockets.Done()
	}
}

// OnRead handles what arrived. If that is more than one frame, what is sent for
// them leaves together.
func (w *webSocket) OnRead(b []byte) (more bool) {
	s := w.session
	defer s.recoverPanic()
	defer buffer.Poison(b) // it is about to hold what another client sends
	if w.discards(len(b)) {
		return true
	}
	defer w.noteBuffered()
	f, b, ok, err := w.frames.Next(b)
	if len(b) > 0 && s.server.cork.Put() {
		defer s.server.cork.Pull()
	}
	for ok && w.mayGoOn() && w.receive(f) {
		f, b, ok, err = w.frames.Next(b)
	}
	if !w.mayGoOn() {
		return s.readsOn()
	}
	if err != nil {
		w.fail(err)
	}
	return s.readsOn()
}

// mayGoOn charges for what was read and completed nothing. It reports whether the
// session may go on.
func (w *webSocket) mayGoOn() bool {
	n := w.frames.TakeBarren()
	return n == 0 || w.session.admitBarren(n)
}

// noteBuffered counts the memory of what was read in part.
func (w *webSocket) noteBuffered() {
	n := w.frames.Buffered()
	if n == w.noted {
		return
	}
	w.noted = n
	s := w.session
	s.mu.Lock()
	if w.closed {
		s.mu.Unlock()
		return
	}
	s.memory.reading += n - w.buffered
	w.buffered = n
	over := s.account()
	s.mu.Unlock()
	s.server.relieve(over)
}

// fail notes what went wrong in reading. It ends an upgrade at once, and a
// session once everything before it was handled.
func (w *webSocket) fail(err error) {
	if w.stage == carrying {
		w.session.endReading(err)
		return
	}
	w.abandon()
}

var errBadPacket = &wire.Violation{Code: ws.StatusPolicyViolation, Text: "malformed packet"}

// receive handles a frame, and reports whether to go on.
func (w *webSocket) receive(f wire.Frame) (more bool) {
	s := w.session
	if f.Op == ws.OpPong && s.takeAnswer(len(f.Payload)) {
		s.acknowledge(f.Payload)
		return true
	}
	idle, ok := s.admit(len(f.Payload))
	if !ok {
		return false
	}
	var p wire.Packet
	var err error
	switch f.Op {
	case ws.OpText:
		p, err = s.dialect.ParseText(f.Payload)
	case ws.OpBinary:
		p, err = s.dialect.ParseBinary(f.Payload)
	case ws.OpPing:
		w.reply(wire.NewControl(ws.OpPong, f.Payload))
		return true
	case ws.OpPong:
		s.acknowledge(f.Payload)
		return true
	case ws.OpClose:
		w.fail(closeError(f.Payload))
		return false
	}
	switch {
	case err != nil:
		w.fail(errBadPacket)
		return false
	case w.stage != carrying:
		return w.negotiate(p)
	}
	s.receive(p, idle)
	return !s.hasEnded()
}

// maxReplies is how many replies wait for a candidate. It is sent one pong, and one more
// for each ping of a client that has no reason to send any.
const maxReplies = 16

// reply sends what concerns this WebSocket, which need not be the session's.
func (w *webSocket) reply(o wire.Outgoing) {
	s := w.session
	s.mu.Lock()
	if s.candidate != w {
		s.mu.Unlock()
		s.Send(o)
		return
	}
	replies := &w.upgrade.replies
	if len(replies.queue) >= maxReplies {
		s.mu.Unlock()
		w.abandon()
		return
	}
	replies.queue = append(replies.queue, o)
	var c chunk
	if !replies.flushing {
		replies.flushing = true
		c = replies.nextChunk()
	}
	s.mu.Unlock()
	w.flush(c)
}

// maxDrained is how much is read of a client after the session's end, so that it
// can read the close frame: closing a socket that has unread input resets it.
const maxDrained = 1 << 20

// discards reports whether what is read does not count: the session has ended.
func (w *webSocket) discards(n int) bool {
	if !w.session.hasEnded() {
		return false
	}
	if w.drained += n; w.drained > maxDrained {
		w.close()
	}
	return true
}

// OnReadError is called when nothing more can be read.
func (w *webSocket) OnReadError(err error) {
	s := w.session
	defer s.recoverPanic()
	s.mu.Lock()
	w.readOver = !errors.Is(err, netpoll.ErrStopped)
	over := w.readOver && s.ended
	s.mu.Unlock()
	if over {
		w.close() // the client has answered the close frame, or is gone
		return
	}
	w.fail(err)
}

// linger closes the socket once the client has read the close frame, which is
// all written now, or has had the time for it.
func (w *webSocket) linger() {
	w.conn.CloseWrite()
	w.session.timer.Reset(lingerTime) // see tick
	w.session.mu.Lock()
	over := w.readOver
	w.session.mu.Unlock()
	if over {
		w.close()
	}
}

// lost ends the session whose WebSocket failed, or the upgrade.
func (w *webSocket) lost() {
	w.abandon()
	w.session.mu.Lock()
	carries := w.session.socket == w
	w.session.mu.Unlock()
	if carries {
		w.close()
		w.session.End(ReasonConnectionLost)
	}
}

// clientClosed is the error of a WebSocket that the client closed, with the code
// of its close frame.
type clientClosed ws.StatusCode

func (clientClosed) Error() string { return "closed by client" }

// closeError makes an error of a close frame: a violation, if it is malformed.
func closeError(payload []byte) error {
	if len(payload) == 0 {
		return clientClosed(ws.StatusNoStatusRcvd)
	}
	code, text := ws.ParseCloseFrameData(payload)
	if err := ws.CheckCloseFrameData(code, text); err != nil || code.Empty() {
		return &wire.Violation{Code: ws.StatusProtocolError, Text: "invalid close frame"}
	}
	return clientClosed(code)
}

// handleReadError ends the session for what ended its reading. In a shutdown,
// the server ends it later, unless the client itself said goodbye.
func (s *Session) handleReadError() {
	s.mu.Lock()
	err, draining := s.inbox.err, s.draining
	s.mu.Unlock()
	var violation *wire.Violation
	var closed clientClosed
	switch {
	case err == nil:
	case errors.As(err, &closed):
		s.answerClose(ws.StatusCode(closed))
	case draining:
	case errors.Is(err, wire.ErrTooLarge):
		s.End(ReasonTooLarge)
	case errors.As(err, &violation):
		s.endWith(ReasonMalformed, wire.NewClose(violation.Code, violation.Text), true)
	default:
		s.End(ReasonConnectionLost)
	}
}

// answerClose answers a close frame with the code it came with (RFC 6455,
// section 5.5.1), and ends the session. That is no goodbye by itself, since a
// proxy that reloads closes with 1001, as a browser does whose page is closed.
// Without a code, socket.io-client closes after its goodbye, or without one when
// the browser tells it that the network is gone.
func (s *Session) answerClose(code ws.StatusCode) {
	why := ReasonClientFailed
	switch {
	case s.saidGoodbye.Load():
		why = ReasonClientClosed
	case code == ws.StatusNormalClosure, code == ws.StatusGoingAway:
		why = ReasonSocketClosed
	}
	if code == ws.StatusNoStatusRcvd {
		code = ws.StatusNormalClosure
	}
	s.endWith(why, wire.NewClose(code, ""), true)
}
