package engine

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// frames reads the frames of one WebSocket and writes to it. One goroutine
// reads, one at a time writes; they need not be the same.
//
// An idle connection holds no buffer: one is borrowed when the socket has
// something to read, and given back when all of it is consumed.
type frames struct {
	conn  net.Conn
	raw   rawIO
	limit int // of a message, in bytes

	frozen  atomic.Bool // stop reading when the socket has no more
	state   ws.State
	head    [ws.MaxHeaderSize - 2]byte // what ws.ReadHeaderBuffer asks for
	buf     *readBuffer
	r, w    int    // buf[r:w] was read and not consumed yet
	large   []byte // a message that does not fit in buf
	partial []byte // the fragments of a message so far
	opcode  ws.OpCode
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
	errTooLarge    = &closeError{ws.StatusMessageTooBig, "message too large"}
	errFrameUTF8   = &closeError{ws.StatusInvalidFramePayloadData, "invalid UTF-8"}
	errFramePacket = &closeError{ws.StatusPolicyViolation, "malformed packet"}
)

func newFrames(conn net.Conn, limit int) *frames {
	f := &frames{conn: conn, limit: limit, state: ws.StateServerSide}
	f.raw.init(f)
	return f
}

// next reads one message or control frame. Its bytes are valid until the next
// call. Text is valid UTF-8.
func (f *frames) next() (ws.OpCode, []byte, error) {
	for {
		f.large = nil
		h, err := f.header()
		if err != nil {
			return 0, nil, err
		}
		if h.OpCode.IsControl() {
			payload, err := f.payload(h)
			return h.OpCode, payload, err
		}
		if h.Length > int64(f.limit-len(f.partial)) {
			return 0, nil, errTooLarge
		}
		op, payload, err := f.fragment(h)
		if err != nil {
			return 0, nil, err
		}
		if !h.Fin {
			continue
		}
		if op == ws.OpText && !utf8.Valid(payload) {
			return 0, nil, errFrameUTF8
		}
		return op, payload, nil
	}
}

func (f *frames) header() (ws.Header, error) {
	h, err := ws.ReadHeaderBuffer(f, f.head[:])
	switch {
	case errors.Is(err, ws.ErrHeaderLengthMSB), errors.Is(err, ws.ErrHeaderLengthUnexpected):
		return h, &closeError{ws.StatusProtocolError, err.Error()}
	case err != nil:
		return h, err
	}
	if err := ws.CheckHeader(h, f.state); err != nil {
		return h, &closeError{ws.StatusProtocolError, err.Error()}
	}
	return h, nil
}

// fragment reads the payload of a data frame and joins it to those before it.
func (f *frames) fragment(h ws.Header) (ws.OpCode, []byte, error) {
	payload, err := f.payload(h)
	if err != nil {
		return 0, nil, err
	}
	first := h.OpCode != ws.OpContinuation
	if first && h.Fin {
		return h.OpCode, payload, nil
	}
	if first {
		f.opcode, f.state = h.OpCode, f.state.Set(ws.StateFragmented)
	}
	f.partial = append(f.partial, payload...)
	if h.Fin {
		whole := f.partial
		f.partial, f.state = nil, f.state.Clear(ws.StateFragmented)
		return f.opcode, whole, nil
	}
	return f.opcode, nil, nil
}

// payload reads and unmasks h.Length bytes.
func (f *frames) payload(h ws.Header) ([]byte, error) {
	n := int(h.Length)
	var b []byte
	switch {
	case n == 0:
		return nil, nil
	case n > len(readBuffer{}):
		if err := f.readLarge(n); err != nil {
			return nil, err
		}
		b = f.large
	default:
		for f.w-f.r < n {
			if err := f.fill(); err != nil {
				return nil, err
			}
		}
		b = f.buf[f.r : f.r+n]
		f.r += n
	}
	ws.Cipher(b, h.Mask, 0)
	return b, nil
}

// readLarge reads n bytes into a buffer of their own, which grows as they
// arrive: a length that is only announced costs nothing.
func (f *frames) readLarge(n int) error {
	f.large = make([]byte, 0, len(readBuffer{}))
	for len(f.large) < n {
		if f.r == f.w {
			if err := f.fill(); err != nil {
				return err
			}
		}
		take := min(f.w-f.r, n-len(f.large))
		f.large = append(f.large, f.buf[f.r:f.r+take]...)
		f.r += take
	}
	return nil
}

// Read gives what is buffered, or waits for more. It is what
// ws.ReadHeaderBuffer reads from.
func (f *frames) Read(p []byte) (int, error) {
	if f.r == f.w {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.buf[f.r:f.w])
	f.r += n
	return n, nil
}

// fill waits for more bytes behind those that are buffered.
func (f *frames) fill() error {
	switch {
	case f.r == f.w:
		f.r, f.w = 0, 0
	case f.r > 0:
		f.w = copy(f.buf[:], f.buf[f.r:f.w])
		f.r = 0
	}
	n, err := f.raw.read(f)
	if err == nil && n == 0 {
		err = io.EOF
	}
	f.w += n
	return err
}

// free gives the read buffer back. The reader calls it when it is done.
func (f *frames) free() {
	if f.buf != nil {
		readBuffers.Put(f.buf)
		f.buf = nil
	}
}

// write sends b whole, waiting for a slow reader until the timeout.
func (f *frames) write(b []byte, timeout time.Duration) error {
	if err := f.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err := f.conn.Write(b)
	if err == nil { // a deadline that passes later would fail writes that never wait
		err = f.conn.SetWriteDeadline(time.Time{})
	}
	return err
}
