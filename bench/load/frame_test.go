//go:build linux

package load

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

var frameSizes = []int{0, 1, 125, 126, 200, 65535, 65536, 70000}

// readFrame parses a client's frame with gobwas/ws.
func readFrame(t *testing.T, frame []byte) (ws.Header, string) {
	t.Helper()
	r := bytes.NewReader(frame)
	header, err := ws.ReadHeader(r)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := io.ReadAll(r)
	if err != nil || int64(len(payload)) != header.Length || !header.Masked {
		t.Fatalf("%d bytes follow %+v (%v)", len(payload), header, err)
	}
	ws.Cipher(payload, header.Mask, 0)
	return header, string(payload)
}

// gobwas/ws reads these frames, and these functions read frames of gobwas/ws.
func TestFrames(t *testing.T) {
	for _, size := range frameSizes {
		payload := strings.Repeat("x", size)
		if header, got := readFrame(t, appendFrame(nil, payload)); header.OpCode != ws.OpText || got != payload {
			t.Fatalf("%d bytes: read %d with %+v", size, len(got), header)
		}
		var written bytes.Buffer
		if err := ws.WriteFrame(&written, ws.NewTextFrame([]byte(payload))); err != nil {
			t.Fatal(err)
		}
		whole := written.Len()
		first, got, n := nextFrame(append(written.Bytes(), "rest"...))
		if first != finalText || string(got) != payload || n != whole {
			t.Fatalf("%d bytes: got %#x, %d bytes, size %d", size, first, len(got), n)
		}
	}
}

func TestFrameInPieces(t *testing.T) {
	for _, size := range frameSizes {
		var written bytes.Buffer
		if err := ws.WriteFrame(&written, ws.NewTextFrame(make([]byte, size))); err != nil {
			t.Fatal(err)
		}
		for n := range written.Len() {
			if n > 20 && n < written.Len()-20 {
				continue
			}
			if _, _, got := nextFrame(written.Bytes()[:n]); got != 0 {
				t.Fatalf("%d of %d bytes are a frame of %d", n, written.Len(), got)
			}
		}
	}
}

func TestPong(t *testing.T) {
	if header, got := readFrame(t, pongTo([]byte("life"))); header.OpCode != ws.OpPong || got != "life" {
		t.Errorf("read %q with %+v", got, header)
	}
}

func TestMessages(t *testing.T) {
	for _, size := range []int{200, 999, 2500, 10000} {
		m := newMessage(size)
		for _, at := range []time.Duration{0, 1, 123456789, time.Hour} {
			_, packet := readFrame(t, m.stamp(room(42), at))
			if len(packet) != size {
				t.Fatalf("%d bytes: the packet has %d", size, len(packet))
			}
			if !strings.HasSuffix(packet, `,"room":"r0000042"}]`) {
				t.Errorf("it ends with %s", packet[size-30:])
			}
			if got, ok := intendedAt([]byte(packet)); !ok || got != at {
				t.Errorf("%d bytes at %v: got %v, %v", size, at, got, ok)
			}
		}
	}
}

func TestOtherPacketsHaveNoTime(t *testing.T) {
	for _, packet := range []string{"", "2", "40", `42["bye","r"]`, `42["message",{"t":"12"`, `42["message",{"t":"00000000000000zz"}]`, `42["message",{"T":"0000000000000000"}]`} {
		if at, ok := intendedAt([]byte(packet)); ok {
			t.Errorf("%q has the time %v", packet, at)
		}
	}
}

func TestParseHead(t *testing.T) {
	tests := []struct {
		head           string
		status, length int
		fail           bool
	}{
		{head: "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 12\r\nC: d", status: 200, length: 12},
		{head: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket", status: 101},
		{head: "HTTP/1.1 400 Bad Request\r\nContent-Length: many", fail: true},
		{head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", fail: true},
		{head: "ICY 200 OK", fail: true},
	}
	for _, test := range tests {
		status, length, err := parseHead(test.head)
		if (err != nil) != test.fail || err == nil && (status != test.status || length != test.length) {
			t.Errorf("%q: got %d, %d, %v", test.head, status, length, err)
		}
	}
}
