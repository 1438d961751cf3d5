package signaling

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// noClose means that a frame does not end the session.
const noClose = 0

var (
	hugeFrameHeader = ws.MustCompileFrame(ws.Frame{Header: ws.Header{Fin: true, OpCode: ws.OpText, Length: 64 << 20, Masked: true}})
	fragment        = clientFrame(ws.OpContinuation, false, strings.Repeat("x", 4096))
)

// hostileFrames are sent in a valid session.
var hostileFrames = []struct {
	name string
	data []byte
	code int // with which the server closes the WebSocket
}{
	{"invalid UTF-8", textFrame("42[\"message\",\"\xff\"]"), 1007},
	{"a surrogate in UTF-8", textFrame("42[\"message\",\"\xed\xa0\x80\"]"), 1007},
	{"not masked", ws.MustCompileFrame(ws.NewTextFrame([]byte("3"))), 1002},
	{"reserved opcode", clientFrame(3, true, ""), 1002},
	{"reserved control opcode", clientFrame(11, true, ""), 1002},
	{"continuation without a message", clientFrame(ws.OpContinuation, true, "x"), 1002},
	{"message within a message", append(clientFrame(ws.OpText, false, "3"), textFrame("3")...), 1002},
	{"fragmented ping", clientFrame(ws.OpPing, false, ""), 1002},
	{"long ping", clientFrame(ws.OpPing, true, strings.Repeat("p", 126)), 1002},
	{"64 MiB announced", hugeFrameHeader, 1009},
	{"64 MiB sent", append(slices.Clip(hugeFrameHeader), make([]byte, 1<<20)...), 1009},
	{"64 MiB in fragments", append(clientFrame(ws.OpText, false, "4"), []byte(strings.Repeat(string(fragment), 20))...), 1009},
	{"2^63 announced", []byte("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"), 1002},
	{"unknown packet", textFrame("7"), 1008},
	{"empty frame", textFrame(""), 1008},

	{"close", clientFrame(ws.OpClose, true, "\x03\xe8bye"), 1000},
	{"close, going away", clientFrame(ws.OpClose, true, "\x03\xe9"), 1001},
	{"close with a code of its own", clientFrame(ws.OpClose, true, "\x0f\xa1"), 4001},
	{"close with a reserved code", clientFrame(ws.OpClose, true, "\x03\xed"), 1002},
	{"close without code", clientFrame(ws.OpClose, true, ""), 1000},
	{"close with half a code", clientFrame(ws.OpClose, true, "\x03"), 1002},

	{"binary message", clientFrame(ws.OpBinary, true, "\x042[\"message\",{}]"), noClose},
	{"pong", clientFrame(ws.OpPong, true, "x"), noClose},
	{"an unfinished message with a ping in between", append(clientFrame(ws.OpText, false, "4"),
		append(clientFrame(ws.OpPing, true, ""), clientFrame(ws.OpContinuation, true, "9")...)...), noClose},
}

// A hostile frame ends at most its own session, with the right close code.
func TestHostileFrames(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		a, b := h.pair("call")
		for _, test := range hostileFrames {
			t.Run(fmt.Sprintf("EIO%d/%s", version, test.name), func(t *testing.T) {
				w := h.forTest(t).connectedWebSocket(version)
				_, _ = w.Write(test.data) // the server may close before it has read everything
				if test.code != noClose {
					w.expectClose(test.code)
					return
				}
				w.send(textFrame("40/ping,"))
				for op, got := w.readFrame(); !strings.HasPrefix(got, "44/ping,"); op, got = w.readFrame() {
					if op != ws.OpPong {
						t.Fatalf("got %d %q", op, got)
					}
				}
			})
		}
		h.expectAlive()
		a.ExpectNothing()
		b.ExpectNothing()
	}
}

// A fragmented message arrives whole, even with control frames in between.
func TestFragmentedMessage(t *testing.T) {
	h := start(t, engineio.Config{})
	a := h.dial(4, dialer.Polling)
	a.Join("x")
	w := h.connectedWebSocket(3)
	w.join("x")
	a.Expect(`2["join","x"]`)
	w.send(clientFrame(ws.OpText, false, `42["mess`), clientFrame(ws.OpPing, true, "ping"), clientFrame(ws.OpContinuation, false, ""),
		clientFrame(ws.OpContinuation, false, "age\",\"\xe6\xbc"), clientFrame(ws.OpContinuation, true, "\xa2\"]"))
	senderOf(t, a.Next(), `"漢"`)
	if op, got := w.readFrame(); op != ws.OpPong || got != "ping" {
		t.Errorf("the ping was answered with %d %q", op, got)
	}
}

// The largest frame is accepted, and one byte more is not.
func TestLargestFrame(t *testing.T) {
	const limit = 64 << 10
	h := start(t, engineio.Config{})
	a, w := h.dial(4, dialer.WebSocket), h.connectedWebSocket(3)
	w.join("x")
	a.Join("x")
	fill := func(n int) string { return `42["message","` + strings.Repeat("x", n-len(`42["message",""]`)) + `"]` }
	w.send(textFrame(fill(limit)))
	if got := a.Next(); len(got) < limit {
		t.Errorf("only %d bytes arrived", len(got))
	}
	w.send(textFrame(fill(limit + 1)))
	w.expectClose(1009)
	a.ExpectPrefix(`2["bye"`)
}

// A half-closed connection counts as closed: the seat is free at once.
func TestHalfClosedConnection(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.connectedWebSocket(3)
	if half, ok := w.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		t.Fatal("cannot half-close the connection")
	}
	h.awaitEmpty()
	poller := h.openRaw()
	sid := h.handshake(4)
	poller.request(http.MethodGet, h.query(4, sid))
	time.Sleep(20 * time.Millisecond)
	_ = poller.Close()
	h.awaitSessionEnd(sid)
	h.expectAlive()
}
