package wire

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/buffer"
)

// Violation is what a client did against RFC 6455, with the close code that
// names it.
type Violation struct {
	Code ws.StatusCode
	Text string
}

func (v *Violation) Error() string { return v.Text }

// The violations that readers of frames tell apart.
var (
	ErrTooLarge    = &Violation{ws.StatusMessageTooBig, "message too large"}
	errFrameUTF8   = &Violation{ws.StatusInvalidFramePayloadData, "invalid UTF-8"}
	errFrameLength = &Violation{ws.StatusProtocolError, "length with its highest bit set"}
)

// Frame is a whole message, or a control frame.
type Frame struct {
	Op      ws.OpCode
	Payload []byte // unmasked; text is valid UTF-8
}

// FrameReader takes messages and control frames out of the bytes that a client
// sent. It keeps memory only while a frame or a message is incomplete, and
// little more than what has arrived of it.
type FrameReader struct {
	limit   int            // of a message, in bytes
	partial []byte         // the fragments so far
	held    *buffer.Buffer // the beginning of a frame; nil if there is none
	lent    *buffer.Buffer // the frame that was returned last; nil if it was not kept
	barren  int32          // see TakeBarren
	state   ws.State
	op      ws.OpCode // of the fragments
}

// NewFrameReader makes a reader for the server's end, that refuses messages of
// more than limit bytes.
func NewFrameReader(limit int) FrameReader {
	return FrameReader{limit: limit, state: ws.StateServerSide}
}

// Next takes the next message or control frame out of b, and returns what is
// left of b. The payload is borrowed: from b, which is unmasked in place, or
// from the reader until the next call. If there is no whole frame, ok is false,
// and the reader keeps what there is. An error ends the connection.
func (r *FrameReader) Next(b []byte) (f Frame, rest []byte, ok bool, err error) {
	if f, rest, ok, err = r.next(b); !ok && len(b) > 0 {
		r.barren++
	}
	return f, rest, ok, err
}

// TakeBarren is how often, since the last call, something was read that completed
// nothing: fragments, and parts of frames. Each costs as much as a packet.
func (r *FrameReader) TakeBarren() (n int) {
	n, r.barren = int(r.barren), 0
	return n
}

// Buffered is how much memory is kept of what is incomplete, in bytes.
func (r *FrameReader) Buffered() int { return r.held.Cap() + cap(r.partial) }

// next is Next.
func (r *FrameReader) next(b []byte) (f Frame, rest []byte, ok bool, err error) {
	r.lent.Free()
	r.lent = nil
	for len(b) > 0 && !ok && err == nil {
		if r.held != nil {
			f, b, ok, err = r.complete(b)
			continue
		}
		h, size, err := r.header(b)
		if err != nil {
			return f, nil, false, err
		}
		end := size + int(h.Length)
		if size == 0 || end > len(b) {
			r.held = buffer.Copy(b)
			return f, nil, false, nil
		}
		if f, ok, err = r.payload(h, b[size:end]); ok || err != nil {
			return f, b[end:], ok, err
		}
		b = b[end:]
	}
	return f, b, ok, err
}

// complete adds to a frame whose beginning was kept as much of b as belongs to
// it, so that a stalled frame is not copied again with each segment.
func (r *FrameReader) complete(b []byte) (f Frame, rest []byte, ok bool, err error) {
	h, size, err := r.header(r.held.Bytes())
	if err != nil {
		return f, nil, false, err
	}
	n := 1
	if size > 0 {
		n = min(size+int(h.Length)-r.held.Len(), len(b))
	}
	r.held = r.held.Append(b[:n])
	return r.completed(b[n:])
}

// completed takes out what is kept, if it is a whole frame now.
func (r *FrameReader) completed(rest []byte) (f Frame, _ []byte, ok bool, err error) {
	h, size, err := r.header(r.held.Bytes())
	if err != nil || size == 0 || r.held.Len() < size+int(h.Length) {
		return f, rest, false, err
	}
	r.held, r.lent = nil, r.held
	f, ok, err = r.payload(h, r.lent.Bytes()[size:])
	return f, rest, ok, err
}

// header reads and checks the header that b begins with. Its size is 0 if it is
// incomplete.
func (r *FrameReader) header(b []byte) (h ws.Header, size int, err error) {
	h, size, err = parseHeader(b)
	if err != nil || size == 0 {
		return h, 0, err
	}
	if err := ws.CheckHeader(h, r.state); err != nil {
		return h, 0, &Violation{ws.StatusProtocolError, err.Error()}
	}
	if !h.OpCode.IsControl() && h.Length > int64(r.limit-len(r.partial)) {
		return h, 0, ErrTooLarge
	}
	return h, size, nil
}

// payload unmasks a payload, and reports whether it completes a message or is a
// control frame.
func (r *FrameReader) payload(h ws.Header, payload []byte) (f Frame, ok bool, err error) {
	ws.Cipher(payload, h.Mask, 0)
	if h.OpCode.IsControl() {
		return Frame{h.OpCode, payload}, true, nil
	}
	op := h.OpCode
	if !h.Fin || op == ws.OpContinuation {
		if op, payload, ok = r.join(h, payload); !ok {
			return f, false, nil
		}
	}
	if op == ws.OpText && !utf8.Valid(payload) {
		return f, false, errFrameUTF8
	}
	return Frame{op, payload}, true, nil
}

// join joins a fragment to those before it, and reports whether the message is
// whole.
func (r *FrameReader) join(h ws.Header, payload []byte) (op ws.OpCode, whole []byte, ok bool) {
	if h.OpCode != ws.OpContinuation {
		r.op, r.state = h.OpCode, r.state.Set(ws.StateFragmented)
	}
	r.partial = append(r.partial, payload...)
	if !h.Fin {
		r.barren++
		return r.op, nil, false
	}
	whole = r.partial
	r.partial, r.state = nil, r.state.Clear(ws.StateFragmented)
	return r.op, whole, true
}

// parseHeader reads the header of a frame (RFC 6455, section 5.2). Its size is 0
// if it is incomplete. The library reads headers from streams only.
func parseHeader(b []byte) (h ws.Header, size int, err error) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h = ws.Header{
		Fin:    b[0]&0x80 != 0,
		Rsv:    b[0] >> 4 & 7,
		OpCode: ws.OpCode(b[0] & 0xf),
		Masked: b[1]&0x80 != 0,
		Length: int64(b[1] & 0x7f),
	}
	size = 2
	switch {
	case h.Length == 126 && len(b) >= 4:
		h.Length, size = int64(binary.BigEndian.Uint16(b[2:])), 4
	case h.Length == 127 && len(b) >= 10:
		h.Length, size = int64(binary.BigEndian.Uint64(b[2:])), 10
		if h.Length < 0 {
			return h, 0, errFrameLength
		}
	case h.Length >= 126:
		return h, 0, nil
	}
	if h.Masked {
		if len(b) < size+len(h.Mask) {
			return h, 0, nil
		}
		size += copy(h.Mask[:], b[size:])
	}
	return h, size, nil
}
