package signaling

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

const (
	invalidRoom    = `2["invalid","create or join","` + reasonRoomName + `"]`
	invalidDetails = `2["invalid","message","` + reasonDetails + `"]`
)

// Packets that crash, hang or disconnect a server on go-socket.io alone, or
// crash the original. The next call goes on as if nothing had happened, and
// nobody else hears anything.
func TestHostilePackets(t *testing.T) {
	deep := strings.Repeat("[", 30_000)
	tests := []struct {
		name, packet string
		answer       string // the beginning of it; empty for none
	}{
		{"attachments without end", `45999999999999999999-["x"]`, ""},
		{"attachments that never come", `451-["message",{"_placeholder":true,"num":0}]`, ""},
		{"binary ack", `461-1["x"]`, ""},
		{"error", `44`, ""},
		{"error with a reason", `44"x"`, ""},
		{"error for a namespace", `44/admin,"x"`, `4/admin,`},
		{"ack nobody asked for", `431["x"]`, ""},
		{"ack id wanted", `4217["message",{}]`, ""},
		{"ack id of an unheard event", `4217["nothing"]`, ""},
		{"unknown Socket.IO type", `49["x"]`, ""},
		{"no Socket.IO packet", `4`, ""},
		{"event without data", `42`, ""},
		{"event without name", `42[]`, ""},
		{"event named by a number", `42[1,2]`, ""},
		{"event that does not end", `42["message",{"a":`, ""},
		{"something behind an event", `42["message",{}]]`, ""},
		{"comma in the name", `42["mess,age",{}]`, ""},
		{"bracket in the name", `42["mess]age",{}]`, ""},
		{"quote in the name", `42["mess\"age",{}]`, ""},
		{"connect again", `40`, `0`},
		{"unknown namespace", `40/admin,`, `4/admin,`},
		{"event to an unknown namespace", `42/admin,["x"]`, `4/admin,`},
		{"namespace without end", `40/` + strings.Repeat("n", 10_000), ""},
		{"deep arrays", `42["message",` + deep, ""},
		{"deep objects", `42["message",` + strings.Repeat(`{"a":`, 10_000), ""},
		{"deep and complete", `42["message",` + deep + strings.Repeat("]", len(deep)) + `]`, ""},
		{"a number beyond all", `42["message",1e400]`, ""},
		{"half a surrogate pair", `42["message","\ud800"]`, ""},
		{"control character", "42[\"message\",\"\x01\"]", ""},

		{"message without argument", `42["message"]`, invalidDetails},
		{"message of null", `42["message",null]`, ""},
		{"message of a string", `42["message","x"]`, ""},
		{"message to a room by an object", `42["message",{"room":{}}]`, ""},
		{"join of nothing", `42["create or join"]`, invalidRoom},
		{"join of null", `42["create or join",null]`, invalidRoom},
		{"join of a number", `42["create or join",5]`, invalidRoom},
		{"join of true", `42["create or join",true]`, invalidRoom},
		{"join of an array", `42["create or join",["x"]]`, invalidRoom},
		{"join of an object", `42["create or join",{"x":1}]`, invalidRoom},
		{"join of no name", `42["create or join",""]`, invalidRoom},
		{"join of 257 bytes", `42["create or join","` + strings.Repeat("r", 257) + `"]`, invalidRoom},
		{"join of 256 bytes", `42["create or join","` + strings.Repeat("r", 256) + `"]`, `2["created"`},
		{"join of __proto__", `42["create or join","__proto__"]`, `2["created","__proto__"`},
		{"join of constructor", `42["create or join","constructor"]`, `2["created","constructor"`},
		{"join of half a surrogate pair", `42["create or join","\ud800"]`, `2["created","`},
		{"join of markup", `42["create or join","<b>\u0000\n"]`, `2["created","`},

		{"open packet", `0{"sid":"x"}`, ""},
		{"pong nobody asked for", `3probe`, ""},
		{"upgrade out of place", `5`, ""},
		{"noop", `6`, ""},
	}
	inOneServer(t, engineio.Config{}, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.pair("call " + t.Name())
		for _, test := range tests {
			p := h.dial(version, transport)
			if err := p.SendPayload(test.packet); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			if test.answer != "" {
				p.expectPrefix(p.next(), test.answer)
			}
			p.quiet()
			p.Close()
		}
		h.alive()
		a.quiet()
		b.quiet()
	})
}

// Packets that end the session that sent them, and no other.
func TestDeadlyPackets(t *testing.T) {
	tests := []struct{ name, packet string }{
		{"unknown type", "7"}, {"no digit", "x"}, {"empty", ""}, {"goodbye", "1"},
	}
	inOneServer(t, engineio.Config{}, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.pair("call " + t.Name())
		if version == 4 {
			tests = append(tests[:4:4], struct{ name, packet string }{"a ping in the wrong direction", "2"})
		}
		for _, test := range tests {
			p := h.dial(version, transport)
			_ = p.SendPayload(test.packet) // polling is told by its answer
			select {
			case <-p.Done():
			case <-time.After(patience):
				t.Errorf("%s: the session lives", test.name)
			}
			h.gone(p.SID)
		}
		h.alive()
		a.quiet()
		b.quiet()
	})
}

// Frames that are wrong, over a session that is otherwise in order.
func TestHostileFrames(t *testing.T) {
	const lives = 0
	huge := ws.Header{Fin: true, OpCode: ws.OpText, Length: 64 << 20, Masked: true}
	hugeHeader := ws.MustCompileFrame(ws.Frame{Header: huge})
	chunk := masked(ws.OpContinuation, false, strings.Repeat("x", 4096))
	tests := []struct {
		name string
		in   []byte
		code int
	}{
		{"invalid UTF-8", frameOf("42[\"message\",\"\xff\"]"), 1007},
		{"a surrogate in UTF-8", frameOf("42[\"message\",\"\xed\xa0\x80\"]"), 1007},
		{"not masked", ws.MustCompileFrame(ws.NewTextFrame([]byte("3"))), 1002},
		{"reserved operation", masked(3, true, ""), 1002},
		{"reserved control operation", masked(11, true, ""), 1002},
		{"continuation of nothing", masked(ws.OpContinuation, true, "x"), 1002},
		{"message amid a message", append(masked(ws.OpText, false, "3"), frameOf("3")...), 1002},
		{"fragmented ping", masked(ws.OpPing, false, ""), 1002},
		{"long ping", masked(ws.OpPing, true, strings.Repeat("p", 126)), 1002},
		{"64 MiB announced", hugeHeader, 1009},
		{"64 MiB sent", append(hugeHeader[:len(hugeHeader):len(hugeHeader)], make([]byte, 1<<20)...), 1009},
		{"64 MiB in fragments", append(masked(ws.OpText, false, "4"), []byte(strings.Repeat(string(chunk), 20))...), 1009},
		{"2^63 announced", []byte("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"), 1002},
		{"unknown packet", frameOf("7"), 1008},
		{"empty frame", frameOf(""), 1008},

		{"close", masked(ws.OpClose, true, "\x03\xe8bye"), 1000},
		{"close, going away", masked(ws.OpClose, true, "\x03\xe9"), 1001},
		{"close with a code of its own", masked(ws.OpClose, true, "\x0f\xa1"), 4001},
		{"close with a reserved code", masked(ws.OpClose, true, "\x03\xed"), 1002},
		{"close without code", masked(ws.OpClose, true, ""), 1000},
		{"close with half a code", masked(ws.OpClose, true, "\x03"), 1002},

		{"binary message", masked(ws.OpBinary, true, "\x042[\"message\",{}]"), lives},
		{"pong", masked(ws.OpPong, true, "x"), lives},
		{"an unfinished message, and pings", append(masked(ws.OpText, false, "4"),
			append(masked(ws.OpPing, true, ""), masked(ws.OpContinuation, true, "9")...)...), lives},
	}
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		a, b := h.pair("call")
		for _, test := range tests {
			t.Run(fmt.Sprintf("EIO%d/%s", version, test.name), func(t *testing.T) {
				h := h.in(t)
				w := h.connected(version)
				_, _ = w.Write(test.in) // may be refused half way
				if test.code != lives {
					w.wantClose(test.code)
					return
				}
				w.put(frameOf("40/ping,"))
				for op, got := w.frame(); !strings.HasPrefix(got, "44/ping,"); op, got = w.frame() {
					if op != ws.OpPong {
						t.Fatalf("got %d %q", op, got)
					}
				}
			})
		}
		h.alive()
		a.quiet()
		b.quiet()
	}
}

// What is sent in fragments, with control frames between them, arrives whole.
func TestFragmentedMessage(t *testing.T) {
	h := start(t, engineio.Config{})
	a := h.dial(4, dialer.Polling)
	a.join("x")
	w := h.connected(3)
	w.put(frameOf(`42["create or join","x"]`))
	_, _ = w.frame()
	a.expect(`2["join","x"]`)
	w.put(masked(ws.OpText, false, `42["mess`), masked(ws.OpPing, true, "ping"), masked(ws.OpContinuation, false, ""),
		masked(ws.OpContinuation, false, "age\",\"\xe6\xbc"), masked(ws.OpContinuation, true, "\xa2\"]"))
	sender(t, a.next(), `"漢"`)
	if op, got := w.frame(); op != ws.OpPong || got != "ping" {
		t.Errorf("the ping was answered by %d %q", op, got)
	}
}

// Half a connection is none: the seat is free at once.
func TestHalfClosed(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.connected(3)
	if half, ok := w.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		t.Fatal("cannot close half")
	}
	h.empty()
	poller := h.raw()
	sid := h.handshake(4)
	poller.request(http.MethodGet, h.query(4, sid))
	time.Sleep(20 * time.Millisecond)
	_ = poller.Close()
	h.gone(sid)
	h.alive()
}

// Bodies that are wrong end the session with an error, and cost no memory.
func TestHostileBodies(t *testing.T) {
	many := strings.Repeat("x", 64<<10)
	tests := []struct {
		name    string
		version int
		kind    string
		body    string
		status  int
	}{
		{"invalid UTF-8", 3, "text/plain", "3:4\xff\xfe", 400},
		{"invalid UTF-8", 4, "text/plain", "4\xff", 400},
		{"invalid UTF-8 in octets", 3, "application/octet-stream", "\x00\x02\xff4\xff", 400},
		{"octets in version 4", 4, "application/octet-stream", "4x", 400},
		{"wrong length", 3, "text/plain", "99:4", 400},
		{"endless length", 3, "text/plain", strings.Repeat("9", 1000) + ":4", 400},
		{"nothing", 3, "text/plain", "", 400},
		{"nothing", 4, "text/plain", "", 400},
		{"separators only", 4, "text/plain", strings.Repeat("\x1e", 60_000), 400},
		{"a form, as JSONP has it", 3, "application/x-www-form-urlencoded", "d=2%3A40", 400},
		{"unknown packet", 4, "text/plain", "7", 400},
		{"one byte too much", 4, "text/plain", "4" + many, 413},
	}
	h := start(t, engineio.Config{})
	for _, test := range tests {
		t.Run(fmt.Sprintf("EIO%d/%s", test.version, test.name), func(t *testing.T) {
			h := h.in(t)
			sid := h.handshake(test.version)
			if status, answer := h.post(test.version, sid, test.kind, strings.NewReader(test.body)); status != test.status {
				t.Errorf("got %d %s, want %d", status, answer, test.status)
			}
			h.gone(sid)
		})
	}
	h.alive()
}

// 64 MiB are refused before they are read, announced or not.
func TestHugeBodies(t *testing.T) {
	h := start(t, engineio.Config{})
	announced := h.raw()
	within(t, 4<<20, func() {
		sid := h.handshake(4)
		announced.request(http.MethodPost, h.query(4, sid), "Content-Length: 67108864")
		if resp, body := announced.response(); resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("announced: %d %s", resp.StatusCode, body)
		}
		h.gone(sid)
	})
	within(t, 4<<20, func() {
		sid := h.handshake(4)
		status, answer := h.post(4, sid, "text/plain", io.LimitReader(zeros{}, 64<<20))
		// The connection may be cut before the client has read the answer.
		if status != http.StatusRequestEntityTooLarge && status != 0 {
			t.Errorf("chunked: %d %s", status, answer)
		}
		h.gone(sid)
	})
	h.alive()
}

// A frame of the largest size is taken, and one byte more is not.
func TestLargestFrame(t *testing.T) {
	const limit = 64 << 10
	h := start(t, engineio.Config{})
	a, w := h.dial(4, dialer.WebSocket), h.connected(3)
	w.put(frameOf(`42["create or join","x"]`))
	_, _ = w.frame()
	a.join("x")
	fill := func(n int) string { return `42["message","` + strings.Repeat("x", n-len(`42["message",""]`)) + `"]` }
	w.put(frameOf(fill(limit)))
	if got := a.next(); len(got) < limit {
		t.Errorf("only %d bytes came", len(got))
	}
	w.put(frameOf(fill(limit + 1)))
	w.wantClose(1009)
	a.expectPrefix(a.next(), `2["bye"`)
}

// Two polls, or two posts, at once: nobody could tell who gets what.
func TestOverlappingRequests(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		first, second := h.raw(), h.raw()
		sid := h.handshake(version)
		first.request(http.MethodGet, h.query(version, sid))
		session, _ := h.sockets.Socket(sid)
		time.Sleep(20 * time.Millisecond)
		second.request(http.MethodGet, h.query(version, sid))
		if resp, _ := second.response(); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("EIO %d: second poll: %d", version, resp.StatusCode)
		}
		if resp, body := first.response(); resp.StatusCode != http.StatusOK || !strings.Contains(body, "1") {
			t.Errorf("EIO %d: first poll: %d %q", version, resp.StatusCode, body)
		}
		if why := session.Reason(); why != engineio.ReasonOverlap {
			t.Errorf("EIO %d: two polls: %q", version, why)
		}

		sid = h.handshake(version)
		session, _ = h.sockets.Socket(sid)
		first, second = h.raw(), h.raw()
		first.request(http.MethodPost, h.query(version, sid), "Content-Length: 3")
		first.put([]byte("1"))
		time.Sleep(20 * time.Millisecond)
		second.request(http.MethodPost, h.query(version, sid), "Content-Length: 3")
		second.put([]byte("1:6"))
		if resp, _ := second.response(); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("EIO %d: second post: %d", version, resp.StatusCode)
		}
		if why := session.Reason(); why != engineio.ReasonOverlap {
			t.Errorf("EIO %d: two posts: %q", version, why)
		}
		h.gone(sid)
		h.alive()
	}
}

// A session has one WebSocket at most, whichever way it got it.
func TestSecondWebSocket(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		for _, transport := range []string{dialer.WebSocket, dialer.Upgrade} {
			p := h.dial(version, transport)
			h.socket(version, p.SID).wantClose(1008)
			p.quiet()
			p.Close()
		}
		p := h.dial(version, dialer.Polling)
		candidate := h.socket(version, p.SID)
		candidate.put(frameOf("2probe"))
		candidate.wantText("3probe")
		h.socket(version, p.SID).wantClose(1008)
		p.quiet()
		p.Close()
	}
	h.alive()
}

// A WebSocket that is to take over a session which has ended, ends too.
func TestUpgradeOfEndedSession(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		p := h.dial(version, dialer.Polling)
		early := h.socket(version, p.SID)
		early.put(frameOf("2probe"))
		early.wantText("3probe")
		p.Close()
		h.gone(p.SID)
		_, _ = early.Write(frameOf("5"))
		if op, got := early.frame(); op != 0 && op != ws.OpClose {
			t.Errorf("EIO %d: got %d %q", version, op, got)
		}
		late := h.raw()
		late.request(http.MethodGet, fmt.Sprintf("EIO=%d&transport=websocket&sid=%s", version, p.SID), upgradeHeaders...)
		if resp, body := late.response(); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"code":1`) {
			t.Errorf("EIO %d: got %d %s", version, resp.StatusCode, body)
		}
	}
	h.empty()
}

// A WebSocket that says something else than the probe is no upgrade; the
// session stays where it is.
func TestFailedUpgrade(t *testing.T) {
	h := start(t, engineio.Config{})
	tests := []struct {
		name string
		say  []byte
	}{
		{"a message", frameOf(`42["message",{}]`)},
		{"upgrade without probe", frameOf("5")},
		{"another ping", frameOf("2other")},
		{"binary", masked(ws.OpBinary, true, "2probe")},
		{"nonsense", []byte(strings.Repeat("\xff", 20))},
		{"goodbye", masked(ws.OpClose, true, "")},
		{"probe twice", append(frameOf("2probe"), frameOf("2probe")...)},
	}
	for _, version := range []int{3, 4} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("EIO%d/%s", version, test.name), func(t *testing.T) {
				h := h.in(t)
				p := h.dial(version, dialer.Polling)
				w := h.socket(version, p.SID)
				w.put(test.say)
				for op, _ := w.frame(); op != 0; op, _ = w.frame() {
				}
				p.quiet()
				if err := p.Upgrade(context.Background()); err != nil {
					t.Errorf("a later upgrade: %v", err)
				}
				p.quiet()
				p.Close()
			})
		}
	}
}

// Handshakes that are never followed by anything are forgotten.
func TestHandshakesAlone(t *testing.T) {
	h := start(t, engineio.Config{PingInterval: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
	for range 50 {
		h.handshake(3)
		h.handshake(4)
		h.socket(4, "")
	}
	if h.Sessions() == 0 {
		t.Error("none was open")
	}
	h.empty()
}

// A poll of a session that changed over to a WebSocket gets an error, and the
// session lives on.
func TestRequestsAfterUpgrade(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		p := h.dial(version, dialer.Upgrade)
		if status := h.status(http.MethodGet, "?"+h.query(version, p.SID)); status != http.StatusBadRequest {
			t.Errorf("EIO %d: poll: %d", version, status)
		}
		if status, _ := h.post(version, p.SID, "text/plain", strings.NewReader("1:6")); status != http.StatusBadRequest {
			t.Errorf("EIO %d: post: %d", version, status)
		}
		p.quiet()
	}
}
