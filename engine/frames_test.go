package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// byteConn is a connection that has these bytes to read, in pieces.
type byteConn struct {
	net.Conn
	in    io.Reader
	piece int
}

func (c *byteConn) Read(p []byte) (int, error) { return c.in.Read(p[:min(len(p), c.piece)]) }

func framesOf(b []byte, piece, limit int) *frames {
	return newFrames(&byteConn{in: bytes.NewReader(b), piece: piece}, limit)
}

// clientFrame is a masked frame.
func clientFrame(op ws.OpCode, fin bool, payload string) []byte {
	f := ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload)))
	return ws.MustCompileFrame(f)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// header is the header of a masked frame that has more in it than it should.
func header(h ws.Header) []byte {
	h.Masked, h.Mask = true, [4]byte{1, 2, 3, 4}
	var b bytes.Buffer
	if err := ws.WriteHeader(&b, h); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestFrames(t *testing.T) {
	const limit = 10_000
	long, most := strings.Repeat("é", 3000), strings.Repeat("x", limit)
	tests := []struct {
		name string
		in   []byte
		want []string // operation and payload
		code ws.StatusCode
	}{
		{"text and binary", join(clientFrame(ws.OpText, true, "4a"), clientFrame(ws.OpBinary, true, "\xff")), []string{"1 4a", "2 \xff"}, 0},
		{"empty", clientFrame(ws.OpText, true, ""), []string{"1 "}, 0},
		{"longer than the buffer", clientFrame(ws.OpText, true, long), []string{"1 " + long}, 0},
		{"the longest", clientFrame(ws.OpText, true, most), []string{"1 " + most}, 0},
		{"fragments", join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpContinuation, false, ""),
			clientFrame(ws.OpContinuation, false, "é"[:1]), clientFrame(ws.OpContinuation, true, "é"[1:])), []string{"1 4é"}, 0},
		{"control frames amid fragments", join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpPing, true, "p"),
			clientFrame(ws.OpContinuation, false, "a"), clientFrame(ws.OpPong, true, ""), clientFrame(ws.OpContinuation, true, "b")),
			[]string{"9 p", "10 ", "1 4ab"}, 0},
		{"a message after fragments", join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpContinuation, true, "a"),
			clientFrame(ws.OpText, true, "4b")), []string{"1 4a", "1 4b"}, 0},
		{"fragments up to the limit", join(clientFrame(ws.OpText, false, most[1:]), clientFrame(ws.OpContinuation, true, "x")),
			[]string{"1 " + most}, 0},
		{"close", clientFrame(ws.OpClose, true, "\x03\xe8bye"), []string{"8 \x03\xe8bye"}, 0},

		{"too long", clientFrame(ws.OpText, true, most+"x"), nil, ws.StatusMessageTooBig},
		{"fragments too long", join(clientFrame(ws.OpText, false, most), clientFrame(ws.OpContinuation, false, "x")), nil, ws.StatusMessageTooBig},
		{"announced 2^62", header(ws.Header{Fin: true, OpCode: ws.OpText, Length: 1 << 62}), nil, ws.StatusMessageTooBig},
		{"announced with the sign bit", []byte("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"), nil, ws.StatusProtocolError},
		{"not masked", ws.MustCompileFrame(ws.NewTextFrame([]byte("4a"))), nil, ws.StatusProtocolError},
		{"reserved operation 3", clientFrame(3, true, ""), nil, ws.StatusProtocolError},
		{"reserved operation 11", clientFrame(11, true, ""), nil, ws.StatusProtocolError},
		{"reserved bits", header(ws.Header{Fin: true, OpCode: ws.OpText, Rsv: 4}), nil, ws.StatusProtocolError},
		{"continuation of nothing", clientFrame(ws.OpContinuation, true, "a"), nil, ws.StatusProtocolError},
		{"a new message amid fragments", join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpText, true, "4")), nil, ws.StatusProtocolError},
		{"a control frame in fragments", clientFrame(ws.OpPing, false, ""), nil, ws.StatusProtocolError},
		{"a long control frame", clientFrame(ws.OpPing, true, most[:126]), nil, ws.StatusProtocolError},
		{"invalid UTF-8", clientFrame(ws.OpText, true, "4\xff"), nil, ws.StatusInvalidFramePayloadData},
		{"invalid UTF-8 in fragments", join(clientFrame(ws.OpText, false, "4\xc3"), clientFrame(ws.OpContinuation, true, "4")), nil, ws.StatusInvalidFramePayloadData},
		{"a surrogate", clientFrame(ws.OpText, true, "4\xed\xa0\x80"), nil, ws.StatusInvalidFramePayloadData},
	}
	for _, test := range tests {
		for _, piece := range []int{1, 7, 1 << 20} {
			t.Run(test.name, func(t *testing.T) {
				got, err := readAll(framesOf(test.in, piece, limit))
				if strings.Join(got, "|") != strings.Join(test.want, "|") {
					t.Errorf("pieces of %d: got %.60q, want %.60q", piece, got, test.want)
				}
				var violation *closeError
				switch {
				case test.code == 0 && !errors.Is(err, io.EOF):
					t.Errorf("pieces of %d: %v", piece, err)
				case test.code != 0 && (!errors.As(err, &violation) || violation.code != test.code):
					t.Errorf("pieces of %d: %v, want code %d", piece, err, test.code)
				}
			})
		}
	}
}

func readAll(f *frames) (got []string, err error) {
	defer f.free()
	for {
		op, payload, err := f.next()
		if err != nil {
			return got, err
		}
		got = append(got, describe(op, payload))
	}
}

func describe(op ws.OpCode, payload []byte) string { return fmt.Sprintf("%d %s", op, payload) }

// reference reads frames the slow way, with the library's own functions.
func reference(b []byte, limit int) (got []string) {
	r := bytes.NewReader(b)
	state := ws.StateServerSide
	var whole []byte
	var op ws.OpCode
	for {
		h, err := ws.ReadHeader(r)
		if err != nil || ws.CheckHeader(h, state) != nil {
			return got
		}
		if !h.OpCode.IsControl() && h.Length > int64(limit-len(whole)) || h.Length > int64(r.Len()) {
			return got
		}
		payload := make([]byte, h.Length)
		_, _ = io.ReadFull(r, payload)
		ws.Cipher(payload, h.Mask, 0)
		if h.OpCode.IsControl() {
			got = append(got, describe(h.OpCode, payload))
			continue
		}
		if h.OpCode != ws.OpContinuation {
			op = h.OpCode
		}
		whole = append(whole, payload...)
		state = state.Set(ws.StateFragmented)
		if !h.Fin {
			continue
		}
		if op == ws.OpText && !utf8.Valid(whole) {
			return got
		}
		got = append(got, describe(op, whole))
		whole, state = nil, state.Clear(ws.StateFragmented)
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range [][]byte{
		join(clientFrame(ws.OpText, true, "4a"), clientFrame(ws.OpBinary, true, "\xff")),
		clientFrame(ws.OpText, true, strings.Repeat("é", 2100)),
		join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpPing, true, "p"), clientFrame(ws.OpContinuation, true, "b")),
		header(ws.Header{Fin: true, OpCode: ws.OpText, Length: 1 << 62}),
		header(ws.Header{Fin: true, OpCode: ws.OpText, Rsv: 4}),
		clientFrame(ws.OpClose, true, "\x03\xe8bye"),
		clientFrame(ws.OpContinuation, true, "a"),
		[]byte("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"),
		{0x81},
	} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		const limit = 1000
		got, err := readAll(framesOf(b, max(piece, 1), limit))
		if want := reference(b, limit); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("got %q, want %q", got, want)
		}
		if err == nil {
			t.Fatal("no end")
		}
	})
}

// A real socket goes other ways than one without a descriptor. Everything
// arrives, in pieces of any size, and an idle connection holds no buffer.
func TestFramesFromSocket(t *testing.T) {
	client, server := socketPair(t)
	f := newFrames(server, 100_000)
	var sent []string
	var stream []byte
	for range 100 {
		text := strings.Repeat("é", rand.IntN(1+rand.IntN(20_000)))
		sent, stream = append(sent, text), append(stream, clientFrame(ws.OpText, true, text)...)
	}
	go func() {
		for len(stream) > 0 {
			n := min(1+rand.IntN(9000), len(stream))
			_, _ = client.Write(stream[:n])
			stream = stream[n:]
			runtime.Gosched()
		}
	}()
	for i, want := range sent {
		if _, got, err := f.next(); err != nil || string(got) != want {
			t.Fatalf("message %d: %d bytes, %v; want %d", i, len(got), err, len(want))
		}
	}
	_ = server.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, _, err := f.next(); err == nil {
		t.Fatal("more than was sent")
	}
	if f.buf != nil || len(f.in) > 0 {
		t.Error("an idle connection holds a buffer")
	}
	f.free()
}

func socketPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := l.Accept()
		accepted <- conn
	}()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

// A length that is only announced is not allocated.
func TestAnnouncedLengthCostsNothing(t *testing.T) {
	const limit = 64 << 20
	in := join(header(ws.Header{Fin: true, OpCode: ws.OpText, Length: limit}), make([]byte, 100))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readAll(framesOf(in, 50, limit)); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v", err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes allocated", grown)
	}
}

// Headers that we write are those that the library reads, for lengths around
// each change of form.
func TestFrameHeader(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 1 << 20} {
		m := newBinary(make([]byte, n))
		h, err := ws.ReadHeader(bytes.NewReader(m.frame))
		want := ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(n)}
		if err != nil || h != want || m.Size() != n || len(m.frame) != n+ws.HeaderSize(want) {
			t.Errorf("%d bytes: %+v, %v", n, h, err)
		}
	}
}
