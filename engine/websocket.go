package engine

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

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

// hijack takes the connection of a WebSocket handshake from net/http, whose
// goroutine and buffers have nothing to do with it afterwards. It is answered by
// whoever writes first; see switchingProtocols.
func hijack(w http.ResponseWriter) (net.Conn, error) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	if rw.Reader.Buffered() > 0 {
		_ = conn.Close()
		return nil, errEarlyFrames
	}
	return conn, conn.SetDeadline(time.Time{}) // net/http may have set one
}

var errEarlyFrames = errors.New("client sent frames before the WebSocket handshake was done")

// acceptSuffix is what RFC 6455, section 1.3 adds to a key.
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// switchingProtocols answers a WebSocket handshake. It is a Message, so that the
// first packets can leave in the same write.
func switchingProtocols(r *http.Request) Message {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + acceptSuffix))
	b := append(make([]byte, 0, 160), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = base64.StdEncoding.AppendEncode(b, sum[:])
	return Message{frame: append(b, "\r\n\r\n"...)}
}

// read begins to read from a WebSocket.
func (s *Session) read(f *frames) {
	if s.listen(f) {
		return
	}
	s.mu.Lock()
	s.inbox.pulling = true
	if s.inbox.taken == nil {
		s.inbox.taken = make(chan struct{}, 1)
	}
	s.mu.Unlock()
	go s.pull(f)
}

// pull reads from a WebSocket that the reactor cannot read, one packet at a
// time.
func (s *Session) pull(f *frames) {
	defer s.survive()
	for {
		p, err := s.readPacket(f)
		if err == nil {
			s.leave(p)
			if s.awaitTaken() {
				continue
			}
		}
		s.hearNoMore(err)
		return
	}
}

// awaitTaken waits until the inbox is empty, and tells whether to go on.
func (s *Session) awaitTaken() bool {
	for !s.over.Load() {
		if s.idle() {
			return true
		}
		<-s.inbox.taken
	}
	return false
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

// endRead ends the session for what went wrong in reading, if anything did.
// Where it was only to be heard out, the engine ends it later, unless the client
// itself said goodbye.
func (s *Session) endRead() {
	s.mu.Lock()
	err, frozen := s.inbox.err, s.frozen
	s.mu.Unlock()
	var violation *closeError
	var closed closedByClient
	switch {
	case err == nil:
	case errors.As(err, &closed):
		s.answerClose(ws.StatusCode(closed))
	case frozen:
	case errors.Is(err, errTooLarge):
		s.end(ReasonTooLarge)
	case errors.As(err, &violation):
		s.endWith(ReasonMalformed, closeFrame(violation.code, violation.text), true)
	default:
		s.end(ReasonConnectionLost)
	}
}
