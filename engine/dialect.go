package engine

import (
	"time"
	"unicode/utf8"

	"github.com/googollee/go-socket.io/engineio/packet"
)

// dialect is what differs between Engine.IO 3 and 4. Everything else in this
// package, and go-socket.io above it, sees one protocol.
type dialect interface {
	// version is the EIO parameter of the dialect.
	version() int
	// serverPings tells who pings: the server in Engine.IO 4, the client in 3.
	serverPings() bool
	// pingTimeout is how long an answer to a ping may take, if not configured.
	pingTimeout() time.Duration
	// clientConnects tells that the client asks for the root namespace with a
	// CONNECT packet of its own; in Engine.IO 3 it is connected unasked.
	clientConnects() bool

	decodePayload(body []byte, octets bool) ([]Packet, error)
	// appendPayload encodes messages for a poll and names the content type.
	appendPayload(dst []byte, messages []Message, f framing) ([]byte, string)

	// parseBinary reads a binary WebSocket frame.
	parseBinary(b []byte) (Packet, error)
	// binaryMessage encodes a binary message.
	binaryMessage(data []byte) Message

	// connectAnswer is the Socket.IO packet that confirms the root namespace.
	connectAnswer(socketID string) string
	// connectRefusal is the Socket.IO packet that refuses a namespace, whose
	// name is part of a JSON string already.
	connectRefusal(namespace string) string
}

// framing is what an Engine.IO 3 client can take in the answer to a poll.
type framing struct {
	base64   bool // asked for by b64=1: no binary framing
	octets   bool // the client frames its own text as binary: socket.io-client 1.x
	json     bool // messages are Socket.IO packets
	doubling doubling
}

// dialectOf finds the dialect by the EIO parameter of a request.
func dialectOf(eio string) (dialect, bool) {
	switch eio {
	case "3":
		return engineIO3{}, true
	case "4":
		return engineIO4{}, true
	}
	return nil, false
}

const (
	textPlain   = "text/plain; charset=UTF-8"
	octetStream = "application/octet-stream"
)

type engineIO3 struct{}

func (engineIO3) version() int               { return 3 }
func (engineIO3) serverPings() bool          { return false }
func (engineIO3) pingTimeout() time.Duration { return 5 * time.Second }
func (engineIO3) clientConnects() bool       { return false }

func (engineIO3) decodePayload(body []byte, octets bool) ([]Packet, error) {
	return decodePayload3(body, octets)
}

// appendPayload uses binary framing where a packet is binary, as Node does,
// and where it would be misread otherwise: socket.io-client 1.x decodes the
// text of a text payload as UTF-8 once more, which breaks whatever is not
// ASCII.
func (engineIO3) appendPayload(dst []byte, messages []Message, f framing) ([]byte, string) {
	if f.base64 || !needsOctets(messages, f) {
		return appendPayload3(dst, messages, f), textPlain
	}
	return appendOctets3(dst, messages), octetStream
}

func needsOctets(messages []Message, f framing) bool {
	for _, m := range messages {
		if m.binary || f.octets && !isASCII(m.packet()) {
			return true
		}
	}
	return false
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (engineIO3) parseBinary(b []byte) (Packet, error) { return parseBinary3(b) }

func (engineIO3) binaryMessage(data []byte) Message {
	return newBinary(append([]byte{packet.MESSAGE.BinaryByte()}, data...))
}

func (engineIO3) connectAnswer(string) string { return "0" }

func (engineIO3) connectRefusal(namespace string) string {
	return "4" + namespace + `,"Invalid namespace"`
}

type engineIO4 struct{}

func (engineIO4) version() int               { return 4 }
func (engineIO4) serverPings() bool          { return true }
func (engineIO4) pingTimeout() time.Duration { return 20 * time.Second }
func (engineIO4) clientConnects() bool       { return true }

func (engineIO4) decodePayload(body []byte, octets bool) ([]Packet, error) {
	return decodePayload4(body, octets)
}

func (engineIO4) appendPayload(dst []byte, messages []Message, _ framing) ([]byte, string) {
	return appendPayload4(dst, messages), textPlain
}

func (engineIO4) parseBinary(b []byte) (Packet, error) { return binaryMessage(b), nil }

func (engineIO4) binaryMessage(data []byte) Message { return newBinary(data) }

func (engineIO4) connectAnswer(socketID string) string {
	return `0{"sid":"` + socketID + `"}`
}

func (engineIO4) connectRefusal(namespace string) string {
	return "4" + namespace + `,{"message":"Invalid namespace"}`
}

func binaryMessage(data []byte) Packet {
	return Packet{Type: packet.MESSAGE, Binary: true, Data: data}
}
