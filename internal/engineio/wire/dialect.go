package wire

import "time"

// Dialect is what differs between Engine.IO 3 and 4.
type Dialect interface {
	// Version is the EIO parameter of the dialect.
	Version() int
	// ServerPings reports who pings: the server in Engine.IO 4, the client in 3.
	ServerPings() bool
	// PingTimeout is how long the answer to a ping may take by default.
	PingTimeout() time.Duration

	// DecodePayload splits the body of a POST. Its packets share the memory of
	// body. octets says that the body came as application/octet-stream.
	DecodePayload(body []byte, octets bool) ([]Packet, error)
	// AppendPayload encodes packets for a poll, and names the content type.
	AppendPayload(dst []byte, packets []Outgoing, f Framing) (body []byte, contentType string)

	// ParseText reads a text WebSocket frame, or a packet of a text payload: both
	// carry binary data in base64 if the client was told to.
	ParseText(b []byte) (Packet, error)
	// ParseBinary reads a binary WebSocket frame.
	ParseBinary(b []byte) (Packet, error)
	// BinaryMessage encodes a binary message.
	BinaryMessage(data []byte) Outgoing
}

// DialectOf finds the dialect by the EIO parameter of a request. Older Swift
// clients send none and speak version 3, and so does whoever Node's 2.x served.
func DialectOf(eio string) (d Dialect, ok bool) {
	switch eio {
	case "3", "":
		return EngineIO3{}, true
	case "4":
		return EngineIO4{}, true
	}
	return nil, false
}

// The content types of payloads.
const (
	TextPlain   = "text/plain; charset=UTF-8"
	OctetStream = "application/octet-stream"
)

// Framing is what an Engine.IO 3 client can read in the answer to a poll.
type Framing struct {
	Base64 bool // it asked for b64=1: no binary framing
	JSON   bool // messages are JSON, in which characters can be escaped

	octets   bool // it posts text in binary framing: socket.io-client 1.x
	doubling doubling
}

// Learn notes what a posted payload shows of the client. It takes a second
// encoding off the packets.
func (f *Framing) Learn(packets []Packet, octets bool) {
	switch {
	case octets && !hasBinary(packets):
		f.octets = true
	case f.Base64:
		f.learnDoubling(packets)
	}
}

func hasBinary(packets []Packet) bool {
	for _, p := range packets {
		if p.Binary {
			return true
		}
	}
	return false
}

// EngineIO3 is the protocol of socket.io-client 1.x and 2.x.
type EngineIO3 struct{}

func (EngineIO3) Version() int               { return 3 }
func (EngineIO3) ServerPings() bool          { return false }
func (EngineIO3) PingTimeout() time.Duration { return 5 * time.Second }

func (EngineIO3) DecodePayload(body []byte, octets bool) ([]Packet, error) {
	return decodePayload3(body, octets)
}

// AppendPayload uses binary framing where a packet is binary, as Node does, and
// where text framing would be misread: socket.io-client 1.x decodes the text of
// a text payload as UTF-8 once more, which breaks whatever is not ASCII.
func (EngineIO3) AppendPayload(dst []byte, packets []Outgoing, f Framing) ([]byte, string) {
	if f.Base64 || !needsOctets(packets, f) {
		return appendPayload3(dst, packets, f), TextPlain
	}
	return appendOctets3(dst, packets), OctetStream
}

func needsOctets(packets []Outgoing, f Framing) bool {
	for _, o := range packets {
		if o.binary || f.octets && !isASCII(o.Packet()) {
			return true
		}
	}
	return false
}

func (EngineIO3) ParseText(b []byte) (Packet, error) { return parseText3(b) }

func (EngineIO3) ParseBinary(b []byte) (Packet, error) { return parseBinary3(b) }

func (EngineIO3) BinaryMessage(data []byte) Outgoing {
	return newBinary(append([]byte{byte(Message)}, data...))
}

// EngineIO4 is the protocol of socket.io-client 3.x and 4.x.
type EngineIO4 struct{}

func (EngineIO4) Version() int               { return 4 }
func (EngineIO4) ServerPings() bool          { return true }
func (EngineIO4) PingTimeout() time.Duration { return 20 * time.Second }

func (EngineIO4) DecodePayload(body []byte, octets bool) ([]Packet, error) {
	return decodePayload4(body, octets)
}

func (EngineIO4) AppendPayload(dst []byte, packets []Outgoing, _ Framing) ([]byte, string) {
	return appendPayload4(dst, packets), TextPlain
}

func (EngineIO4) ParseText(b []byte) (Packet, error) { return parseText4(b) }

func (EngineIO4) ParseBinary(b []byte) (Packet, error) { return binaryMessage(b), nil }

func (EngineIO4) BinaryMessage(data []byte) Outgoing { return newBinary(data) }

func binaryMessage(data []byte) Packet {
	return Packet{Type: Message, Binary: true, Data: data}
}
