package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// frames takes the frames of one WebSocket out of what was read from it, and
// writes to it. One goroutine reads, one at a time writes; they need not be
// the same.
//
// Who reads is either the reactor, which calls feed (reactor_linux.go), or a
// goroutine that waits in next. An idle connection holds no buffer in either
// way.
type frames struct {
	conn  socket
	limit int // of a message, in bytes

	frozen  atomic.Bool // stop reading when the socket has no more
	in      []byte      // read and not consumed yet
	buf     *readBuffer // of next; if there is one, in lies there
	state   ws.State
	partial []byte // the fragments of a message so far
	opcode  ws.OpCode
}

// socket is a connection beneath frames, pulled or watched.
type socket interface {
	// try writes what the socket takes at once, and tells how much that was.
	try(b []byte) (int, error)
	// patient is the connection for what may wait.
	patient() (net.Conn, error)
	// hearOut lets the reader come to an end with what the socket has now.
	hearOut()
	// hasten bounds how long writes may still wait.
	hasten(time.Duration)
	// Close wakes whoever waits for the socket.
	Close() error
}

// readBuffer takes a packet of usual size, an offer of 2 to 3 kB, in one read.
type readBuffer [4096]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// closeError is a violation by the client, with the WebSocket close code that
// names it.
type closeError struct {
	code ws.StatusCode
	text string
}

func (e *closeError) Error() string { return e.text }

var (
	errFrozen      = errors.New("no more is read")
	errTooLarge    = &closeError{ws.StatusMessageTooBig, "message too large"}
	errFrameUTF8   = &closeError{ws.StatusInvalidFramePayloadData, "invalid UTF-8"}
	errFrameLength = &closeError{ws.StatusProtocolError, "length with its highest bit set"}
	errFramePacket = &closeError{ws.StatusPolicyViolation, "malformed packet"}
)

// newFrames reads from conn by next.
func newFrames(conn net.Conn, limit int) *frames {
	return &frames{conn: newPulled(conn), limit: limit, state: ws.StateServerSide}
}

// next waits for one message or control frame. Its bytes are valid until the
// next call. Text is valid UTF-8.
func (f *frames) next() (ws.OpCode, []byte, error) {
	for {
		op, payload, ok, err := f.take()
		if ok || err != nil {
			return op, payload, err
		}
		if err := f.fill(); err != nil {
			return 0, nil, err
		}
	}
}

// take takes a message or control frame out of what was read, if it is there
// as a whole.
func (f *frames) take() (op ws.OpCode, payload []byte, ok bool, err error) {
	for {
		h, size, err := parseHeader(f.in)
		if err != nil || size == 0 {
			return 0, nil, false, err
		}
		if err := ws.CheckHeader(h, f.state); err != nil {
			return 0, nil, false, &closeError{ws.StatusProtocolError, err.Error()}
		}
		if !h.OpCode.IsControl() && h.Length > int64(f.limit-len(f.partial)) {
			return 0, nil, false, errTooLarge
		}
		if int64(len(f.in)-size) < h.Length {
			return 0, nil, false, nil
		}
		end := size + int(h.Length)
		payload, f.in = f.in[size:end], f.in[end:]
		ws.Cipher(payload, h.Mask, 0)
		if h.OpCode.IsControl() {
			return h.OpCode, payload, true, nil
		}
		if op, payload, ok = f.join(h, payload); !ok {
			continue
		}
		if op == ws.OpText && !utf8.Valid(payload) {
			return 0, nil, false, errFrameUTF8
		}
		return op, payload, true, nil
	}
}

// join joins the payload of a data frame to those before it. It tells whether
// the message is whole.
func (f *frames) join(h ws.Header, payload []byte) (ws.OpCode, []byte, bool) {
	first := h.OpCode != ws.OpContinuation
	if first && h.Fin {
		return h.OpCode, payload, true
	}
	if first {
		f.opcode, f.state = h.OpCode, f.state.Set(ws.StateFragmented)
	}
	f.partial = append(f.partial, payload...)
	if !h.Fin {
		return f.opcode, nil, false
	}
	whole := f.partial
	f.partial, f.state = nil, f.state.Clear(ws.StateFragmented)
	return f.opcode, whole, true
}

// parseHeader reads the header of a frame as RFC 6455, section 5.2 has it. Its
// size is 0 if it is not there as a whole. The library reads headers from
// streams only.
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

// feed takes what the reactor has read, whose memory is its own, and calls
// each for every frame until that returns false. What is not whole yet is
// kept.
func (f *frames) feed(b []byte, each func(ws.OpCode, []byte) bool) error {
	held := len(f.in) // in memory of its own
	if held > 0 {
		b = append(f.in, b...)
	}
	f.in = b
	for {
		op, payload, ok, err := f.take()
		if err != nil {
			return err
		}
		if !ok || !each(op, payload) {
			break
		}
	}
	switch {
	case len(f.in) == 0:
		f.in = nil
	case held == 0 || len(f.in) < len(b):
		f.in = bytes.Clone(f.in)
	}
	return nil
}

// takeHeld moves what is held of a frame to a place that the rest of it is
// going to be read behind, if there is room for it.
func (f *frames) takeHeld(place []byte) (held int) {
	if len(f.in) > len(place) {
		return 0
	}
	held = copy(place, f.in)
	f.in = nil
	return held
}

// fill waits for more bytes, and puts them behind those that are there. A
// length that is only announced costs nothing: memory grows as bytes arrive.
func (f *frames) fill() error {
	held := f.in
	if len(held) > 0 && f.buf != nil { // the next read takes its place
		held = bytes.Clone(held)
	}
	b, err := f.conn.(*pulled).read(f)
	if err == nil && len(b) == 0 {
		err = io.EOF
	}
	if len(held) > 0 {
		b = append(held, b...)
		f.free()
	}
	f.in = b
	return err
}

// borrow gets a buffer to read into.
func (f *frames) borrow() {
	if f.buf == nil {
		f.buf = readBuffers.Get().(*readBuffer)
	}
}

// free gives the buffer back. The reader calls it when there is nothing in it
// any more.
func (f *frames) free() {
	if f.buf != nil {
		readBuffers.Put(f.buf)
		f.buf = nil
	}
}

// write sends b whole, waiting for a slow reader until the timeout.
func (f *frames) write(b []byte, timeout time.Duration) error {
	conn, err := f.conn.patient()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err = conn.Write(b)
	if err == nil { // a deadline that passes later would fail writes that never wait
		err = conn.SetWriteDeadline(time.Time{})
	}
	return err
}
