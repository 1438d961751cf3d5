package engine

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/gobwas/ws"
)

const websocketName = "websocket"

// isUpgrade tells whether a request asks for a WebSocket in a way that can be
// accepted. It comes before the connection is hijacked, when an answer in
// plain HTTP is still possible.
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoAtLeast(1, 1) &&
		strings.EqualFold(r.Header.Get("Upgrade"), websocketName) &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade") &&
		r.Header.Get("Sec-WebSocket-Version") == "13" &&
		len(r.Header.Get("Sec-WebSocket-Key")) == 24
}

// accept answers the WebSocket handshake. The request's goroutine and buffers
// belong to net/http no longer afterwards.
func (e *Engine) accept(w http.ResponseWriter, r *http.Request) (net.Conn, error) {
	upgrader := ws.HTTPUpgrader{Timeout: bodyTime}
	conn, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return nil, err
	}
	if rw.Reader.Buffered() > 0 {
		_ = conn.Close()
		return nil, errEarlyFrames
	}
	return conn, nil
}

var errEarlyFrames = errors.New("client sent frames before the WebSocket handshake was done")

// receive takes the next packet from whatever carries the session.
func (s *Session) receive() (Packet, packetState) {
	if s.listening {
		p, state, err := s.takeQueued()
		if err != nil {
			s.endRead(err)
		}
		return p, state
	}
	if s.source == nil {
		if s.polling == nil {
			s.source = s.carrier // never changes in a session without polling
		} else if p, ok := s.receivePolled(); ok {
			return p, packetTaken
		}
	}
	if s.source == nil || s.over.Load() {
		return Packet{}, packetsOver
	}
	if s.listening = s.listen(s.source); s.listening {
		return Packet{}, packetNone
	}
	p, err := s.readPacket(s.source)
	if err != nil {
		s.endRead(err)
		return Packet{}, packetsOver
	}
	return p, packetTaken
}

// readPacket reads frames until one holds a packet.
func (s *Session) readPacket(f *frames) (Packet, error) {
	for {
		op, payload, err := f.next()
		if err != nil {
			return Packet{}, err
		}
		if p, ok, err := s.readFrame(op, payload); ok || err != nil {
			return p, err
		}
	}
}

// readFrame deals with a frame, and returns the packet in it if it holds one.
func (s *Session) readFrame(op ws.OpCode, payload []byte) (p Packet, ok bool, err error) {
	if !s.within(len(payload), s.seen()) {
		return p, false, errOverQuota
	}
	switch op {
	case ws.OpText:
		p, err = wellFormed(parseText(payload))
		return p, err == nil, err
	case ws.OpBinary:
		p, err = wellFormed(s.dialect.parseBinary(payload))
		return p, err == nil, err
	case ws.OpPing:
		s.Send(newControl(ws.OpPong, payload))
	case ws.OpPong:
		s.receipt(payload)
	case ws.OpClose:
		return p, false, readClose(payload)
	}
	return p, false, nil
}

var errOverQuota = errors.New("session sent too much")

func wellFormed(p Packet, err error) (Packet, error) {
	if err != nil {
		return p, errFramePacket
	}
	return p, nil
}

// closedByClient is that the client closed the WebSocket, with this code.
type closedByClient ws.StatusCode

func (closedByClient) Error() string { return "closed by client" }

// readClose makes an error of a close frame: a violation, if it is malformed.
func readClose(payload []byte) error {
	if len(payload) == 0 {
		return closedByClient(ws.StatusNoStatusRcvd)
	}
	code, text := ws.ParseCloseFrameData(payload)
	if err := ws.CheckCloseFrameData(code, text); err != nil || code.Empty() {
		return &closeError{ws.StatusProtocolError, "invalid close frame"}
	}
	return closedByClient(code)
}

// answerClose answers a close frame with the code it came with, as RFC 6455
// wants it, and ends the session. Without a code it is no goodbye: socket.io-client
// closes so by itself when the browser tells it that the network is gone.
func (s *Session) answerClose(code ws.StatusCode) {
	why := ReasonClientFailed
	switch code {
	case ws.StatusNormalClosure, ws.StatusGoingAway:
		why = ReasonClientClosed
	case ws.StatusNoStatusRcvd:
		code = ws.StatusNormalClosure
	}
	s.endWith(why, closeFrame(code, ""), true)
}

// endRead ends the session for what went wrong in reading. Where it was only
// to be heard out, the engine ends it later, unless the client itself said
// goodbye.
func (s *Session) endRead(err error) {
	var violation *closeError
	var closed closedByClient
	switch {
	case errors.As(err, &closed):
		s.answerClose(ws.StatusCode(closed))
	case s.source.frozen.Load():
	case errors.Is(err, errTooLarge):
		s.end(ReasonTooLarge)
	case errors.As(err, &violation):
		s.endWith(ReasonMalformed, closeFrame(violation.code, violation.text), true)
	default:
		s.end(ReasonConnectionLost)
	}
}
