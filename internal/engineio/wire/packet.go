package wire

import (
	"errors"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/buffer"
)

// Type is the type of an Engine.IO packet, by the number it has on the wire.
type Type byte

// The types of packets.
const (
	Open Type = iota
	Close
	Ping
	Pong
	Message
	Upgrade
	Noop
)

// digit is how a text packet begins.
func (t Type) digit() byte { return '0' + byte(t) }

// Packet is one Engine.IO packet that a client sent.
type Packet struct {
	Type   Type
	Binary bool   // only messages can be binary
	Data   []byte // without the type; borrowed from the buffer it was read into
}

var (
	errEmptyPacket   = errors.New("empty packet")
	errUnknownPacket = errors.New("unknown packet type")
)

// ParseText reads a packet in its text form: one digit for the type, then the
// data.
func ParseText(b []byte) (Packet, error) {
	if len(b) == 0 {
		return Packet{}, errEmptyPacket
	}
	t := Type(b[0] - '0')
	if t > Noop {
		return Packet{}, errUnknownPacket
	}
	return Packet{Type: t, Data: b[1:]}, nil
}

// Outgoing is a packet that is ready to be sent. It is encoded once, never
// changes afterwards, and can be sent to any number of sessions of both
// versions, by WebSocket or by polling. One that a Draft was encoded as is sent
// once, to one session.
type Outgoing struct {
	frame  []byte // as a WebSocket frame
	header int8   // of the frame, in bytes
	binary bool
	memory *buffer.Buffer // of the frame, if it is used again
}

// Free lets the memory of a packet that was sent be used again, if it can be.
func (o Outgoing) Free() { o.memory.Free() }

// Memory is what Free frees; nil if that is nothing.
func (o Outgoing) Memory() *buffer.Buffer { return o.memory }

// Draft is a text message that is not encoded yet: head, body and tail, one after
// the other. They are borrowed.
type Draft struct {
	Head       string
	Body, Tail []byte
}

// Encode encodes the message into memory that is used again. Whoever sends the
// packet frees it.
func (d Draft) Encode() Outgoing {
	n := 1 + len(d.Head) + len(d.Body) + len(d.Tail)
	memory := buffer.New(maxFrameHeader + n)
	var start [maxFrameHeader + 1]byte
	header := appendFrameHeader(start[:0], ws.OpText, n)
	memory = memory.Append(append(header, Message.digit()))
	memory = memory.AppendString(d.Head).Append(d.Body).Append(d.Tail)
	return Outgoing{frame: memory.Bytes(), header: int8(len(header)), memory: memory}
}

// maxFrameHeader is the size of the longest header of a frame from a server.
const maxFrameHeader = 10

// Frame is the packet as a WebSocket frame. It must not be changed.
func (o Outgoing) Frame() []byte { return o.frame }

// Len is the size of the frame in bytes.
func (o Outgoing) Len() int { return len(o.frame) }

// Packet is the packet without its frame. It must not be changed.
func (o Outgoing) Packet() []byte { return o.frame[o.header:] }

// NewMessage encodes a text message. Its data are the parts, one after the
// other; they are copied.
func NewMessage(parts ...string) Outgoing { return NewText(Message, parts...) }

// NewText encodes a packet of any type in its text form.
func NewText(t Type, parts ...string) Outgoing {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	frame := appendFrameHeader(make([]byte, 0, frameHeaderSize(n)+n), ws.OpText, n)
	header := int8(len(frame))
	frame = append(frame, t.digit())
	for _, p := range parts {
		frame = append(frame, p...)
	}
	return Outgoing{frame: frame, header: header}
}

// newBinary encodes a binary message. Data is everything that belongs in the
// frame, which depends on the version of the protocol.
func newBinary(data []byte) Outgoing {
	frame := appendFrameHeader(make([]byte, 0, frameHeaderSize(len(data))+len(data)), ws.OpBinary, len(data))
	header := int8(len(frame))
	return Outgoing{frame: append(frame, data...), header: header, binary: true}
}

// NewControl encodes a WebSocket control frame, which polling cannot carry.
func NewControl(op ws.OpCode, data []byte) Outgoing {
	frame := appendFrameHeader(make([]byte, 0, frameHeaderSize(len(data))+len(data)), op, len(data))
	return Outgoing{frame: append(frame, data...)}
}

// NewClose encodes the close frame that ends a WebSocket.
func NewClose(code ws.StatusCode, text string) Outgoing {
	return NewControl(ws.OpClose, ws.NewCloseFrameBody(code, text))
}

// frameHeaderSize is the length of the header of a frame from a server, which
// is never masked.
func frameHeaderSize(n int) int {
	return ws.HeaderSize(ws.Header{Length: int64(n)})
}

// appendFrameHeader writes the header of an unfragmented frame with n bytes of
// payload. It is written out here because ws.WriteHeader allocates, once for
// every packet relayed.
func appendFrameHeader(dst []byte, op ws.OpCode, n int) []byte {
	dst = append(dst, 0x80|byte(op))
	switch {
	case n < 126:
		return append(dst, byte(n))
	case n <= 0xffff:
		return append(dst, 126, byte(n>>8), byte(n))
	}
	dst = append(dst, 127)
	for shift := 56; shift >= 0; shift -= 8 {
		dst = append(dst, byte(uint64(n)>>shift))
	}
	return dst
}
