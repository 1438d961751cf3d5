package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

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
				got, err := readAll(test.in, piece, limit)
				if strings.Join(got, "|") != strings.Join(test.want, "|") {
					t.Errorf("pieces of %d: got %.60q, want %.60q", piece, got, test.want)
				}
				var violation *Violation
				switch {
				case test.code == 0 && err != nil:
					t.Errorf("pieces of %d: %v", piece, err)
				case test.code != 0 && (!errors.As(err, &violation) || violation.Code != test.code):
					t.Errorf("pieces of %d: %v, want code %d", piece, err, test.code)
				}
			})
		}
	}
}

// readAll reads frames from b, which arrives in pieces of one size.
func readAll(b []byte, piece, limit int) (got []string, err error) {
	r := NewFrameReader(limit)
	for part := range slices.Chunk(bytes.Clone(b), piece) {
		for {
			f, rest, ok, err := r.Next(part)
			if err != nil {
				return got, err
			}
			if !ok {
				break
			}
			got, part = append(got, describe(f.Op, f.Payload)), rest
		}
	}
	return got, nil
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
		got, _ := readAll(b, max(piece, 1), limit)
		if want := reference(b, limit); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// A length that is only announced is not allocated.
func TestAnnouncedLengthCostsNothing(t *testing.T) {
	const limit = 64 << 20
	in := join(header(ws.Header{Fin: true, OpCode: ws.OpText, Length: limit}), make([]byte, 100))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readAll(in, 50, limit); err != nil {
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
		h, err := ws.ReadHeader(bytes.NewReader(m.Frame()))
		want := ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(n)}
		if err != nil || h != want || len(m.Packet()) != n || m.Len() != n+ws.HeaderSize(want) {
			t.Errorf("%d bytes: %+v, %v", n, h, err)
		}
	}
}

// A frame that trickles in is kept once, however small the segments are, and an
// idle reader keeps nothing.
func TestFrameReaderKeepsWhatItMust(t *testing.T) {
	r := NewFrameReader(64 << 10)
	in := clientFrame(ws.OpText, true, strings.Repeat("x", 60<<10))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range in {
		_, rest, ok, err := r.Next(in[i : i+1])
		if whole := i == len(in)-1; err != nil || ok != whole || len(rest) > 0 {
			t.Fatalf("byte %d: %v, %v", i, ok, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes allocated for one frame", grown)
	}
	if _, _, ok, err := r.Next(nil); ok || err != nil || r.held != nil || r.lent != nil || r.partial != nil {
		t.Error("an idle reader keeps memory")
	}
}

func BenchmarkFrameReader(b *testing.B) {
	in := clientFrame(ws.OpText, true, strings.Repeat("x", 2500))
	r, buf := NewFrameReader(64<<10), make([]byte, len(in))
	b.ReportAllocs()
	for b.Loop() {
		copy(buf, in)
		if _, _, ok, err := r.Next(buf); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// What completes nothing counts: each fragment but the last, and each read that ends
// within a frame. What is kept of it counts too.
func TestBarren(t *testing.T) {
	frame := func(op ws.OpCode, fin bool, payload string) string {
		return string(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, fin, []byte(payload)))))
	}
	whole := frame(ws.OpText, true, "4hello")
	for name, test := range map[string]struct {
		reads    []string
		barren   int
		messages int
		keeps    bool
	}{
		"a message":                {[]string{whole}, 0, 1, false},
		"three messages":           {[]string{whole + whole + whole}, 0, 3, false},
		"a message in two reads":   {[]string{whole[:5], whole[5:]}, 1, 1, false},
		"a message byte by byte":   {bytewise(whole), len(whole) - 1, 1, false},
		"half a message":           {[]string{whole[:8]}, 1, 0, true},
		"empty fragments":          {[]string{frame(ws.OpText, false, "4") + strings.Repeat(frame(ws.OpContinuation, false, ""), 9)}, 11, 0, true},
		"fragments and their last": {[]string{frame(ws.OpText, false, "4") + frame(ws.OpContinuation, true, "x")}, 1, 1, false},
		"a ping between fragments": {[]string{frame(ws.OpText, false, "4") + frame(ws.OpPing, true, "")}, 1, 1, true},
	} {
		r, messages := NewFrameReader(1000), 0
		for _, read := range test.reads {
			for b, ok := []byte(read), true; ok; {
				var err error
				if _, b, ok, err = r.Next(b); err != nil {
					t.Fatal(name, err)
				}
				if ok {
					messages++
				}
			}
		}
		if n := r.TakeBarren(); n != test.barren || messages != test.messages {
			t.Errorf("%s: %d barren and %d messages, want %d and %d", name, n, messages, test.barren, test.messages)
		}
		if r.TakeBarren() != 0 || r.Buffered() > 0 != test.keeps {
			t.Errorf("%s: %d bytes are kept", name, r.Buffered())
		}
	}
}

// bytewise splits a text into its bytes.
func bytewise(text string) (all []string) {
	for i := range len(text) {
		all = append(all, text[i:i+1])
	}
	return all
}

// A draft is encoded as the message that its parts make, whatever size the header has.
func TestDraft(t *testing.T) {
	for _, n := range []int{0, 1, 120, 126, 65530, 65536, 1 << 20} {
		body := bytes.Repeat([]byte{'x'}, n)
		want := NewMessage("[", string(body), "]")
		got := Draft{Head: "[", Body: body, Tail: []byte("]")}.Encode()
		if !bytes.Equal(got.Frame(), want.Frame()) || !bytes.Equal(got.Packet(), want.Packet()) || got.Len() != want.Len() {
			t.Errorf("%d bytes: got %.20q, want %.20q", n, got.Frame(), want.Frame())
		}
		got.Free()
	}
}
