package engine

import (
	"errors"
	"strings"
	"unsafe"

	"github.com/gobwas/ws"
	"github.com/googollee/go-socket.io/engineio/packet"
)

// Packet is one Engine.IO packet as a client sent it.
type Packet struct {
	Type   packet.Type
	Binary bool   // only messages can be binary
	Data   []byte // without the type; valid until the next packet is read
}

var (
	errEmptyPacket   = errors.New("empty packet")
	errUnknownPacket = errors.New("unknown packet type")
)

// parseText reads a packet in its text form: one digit for the type, then the
// data.
func parseText(b []byte) (Packet, error) {
	if len(b) == 0 {
		return Packet{}, errEmptyPacket
	}
	t := packet.ByteToPacketType(b[0], 0)
	if t > packet.NOOP {
		return Packet{}, errUnknownPacket
	}
	return Packet{Type: t, Data: b[1:]}, nil
}

// Message is a packet made ready to be sent. It is encoded once, never changes
// afterwards, and can be sent to any number of sessions of both dialects.
type Message struct {
	frame  []byte // as a WebSocket frame
	header int8   // of it, in bytes
	binary bool
}

// packet is the message as one packet of a polling payload.
func (m Message) packet() []byte { return m.frame[m.header:] }

// size is what a message weighs in an outbox, in bytes.
func (m Message) size() int { return len(m.frame) }

// NewMessage makes a text message of the parts put behind each other. The
// parts are copied.
func NewMessage(parts ...string) Message {
	return newText(packet.MESSAGE, parts...)
}

// newText encodes a packet of any type in its text form. There is room for
// the WebSocket header before the packet, so that one buffer serves both
// transports.
func newText(t packet.Type, parts ...string) Message {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	var scratch [ws.MaxHeaderSize]byte
	header := scratch[:frameHeaderSize(n)]
	putFrameHeader(header, ws.OpText, n)
	var b strings.Builder // unlike make, it does not clear what is overwritten anyway
	b.Grow(len(header) + n)
	b.Write(header)
	b.WriteByte(t.StringByte())
	for _, p := range parts {
		b.WriteString(p)
	}
	frame := b.String()
	return Message{frame: unsafe.Slice(unsafe.StringData(frame), len(frame)), header: int8(len(header))}
}

// Extend is the message with its last cut bytes replaced. It is for text.
func (m Message) Extend(cut int, tail string) Message {
	kept := m.packet()[1 : m.Size()-cut]
	return newText(packet.MESSAGE, unsafe.String(unsafe.SliceData(kept), len(kept)), tail)
}

// Size is the length of the message as a packet, in bytes.
func (m Message) Size() int { return len(m.frame) - int(m.header) }

// newBinary encodes a binary message, whose form depends on the dialect: data
// comes with everything that belongs in its frame.
func newBinary(data []byte) Message {
	head := frameHeaderSize(len(data))
	buf := make([]byte, head, head+len(data))
	putFrameHeader(buf, ws.OpBinary, len(data))
	buf = append(buf, data...)
	return Message{frame: buf, header: int8(head), binary: true}
}

// newControl encodes a WebSocket control frame, which has no place in a
// polling payload.
func newControl(op ws.OpCode, data []byte) Message {
	buf := make([]byte, frameHeaderSize(len(data)), ws.MaxHeaderSize+len(data))
	putFrameHeader(buf, op, len(data))
	return Message{frame: append(buf, data...)}
}

// frameHeaderSize is the length of the header of a frame from a server, which
// is never masked.
func frameHeaderSize(n int) int {
	return ws.HeaderSize(ws.Header{Length: int64(n)})
}

// putFrameHeader writes the header of an unfragmented frame with n bytes of
// payload into buf, which has just the length for it. It is written out here
// because ws.WriteHeader allocates, once for every packet relayed.
func putFrameHeader(buf []byte, op ws.OpCode, n int) {
	buf[0] = 0x80 | byte(op)
	switch len(buf) {
	case 2:
		buf[1] = byte(n)
	case 4:
		buf[1], buf[2], buf[3] = 126, byte(n>>8), byte(n)
	default:
		buf[1] = 127
		for i := 9; i >= 2; i-- {
			buf[i] = byte(n)
			n >>= 8
		}
	}
}
