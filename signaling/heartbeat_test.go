package signaling

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// beats is a heartbeat that a test can wait for, and a busy machine can keep.
var beats = engineio.Config{PingInterval: 400 * time.Millisecond, PingTimeout: 600 * time.Millisecond}

// A client that keeps the heartbeat up stays, in both dialects and over all
// transports, far longer than one that does not.
func TestHeartbeat(t *testing.T) {
	h := start(t, beats)
	var peers []*peer
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			peers = append(peers, h.dial(version, transport))
		}
	}
	time.Sleep(4 * beats.PingInterval)
	for _, p := range peers {
		p.quiet()
	}
}

// A client that is silent is given up in time, and its peer hears of it.
func TestPingTimeout(t *testing.T) {
	inOneServer(t, beats, func(t *testing.T, h *harness, version int, transport string) {
		t.Parallel()
		a := h.dial(4, dialer.WebSocket)
		room := "room of " + a.SID
		a.join(room)
		began := time.Now()
		mute, err := dialer.Dial(t.Context(), dialer.Options{URL: h.url, TLS: h.tls, Version: version, Transport: transport, Silent: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(mute.Abort)
		session, _ := h.sockets.Socket(mute.SID)
		packets := []string{"40", `42["create or join","` + room + `"]`}
		if err := mute.SendPayload(packets[4-version:]...); err != nil {
			t.Fatal(err)
		}
		a.expectPrefix(a.next(), `2["join","`+room+`"`)
		a.expectPrefix(a.next(), `2["bye","`+room+`"`)
		if took, least := time.Since(began), beats.PingInterval+beats.PingTimeout; took < least {
			t.Errorf("given up after %v, want at least %v", took, least)
		}
		if why := session.Reason(); why != engineio.ReasonPingTimeout {
			t.Errorf("the reason is %q", why)
		}
	})
}

// Any packet shows that a client is alive, not the heartbeat alone.
func TestAnyPacketExtends(t *testing.T) {
	h := start(t, beats)
	tests := map[string][]byte{
		"noop": frameOf("6"), "message": frameOf(`42["message",{}]`),
		"pong frame": masked(ws.OpPong, true, ""), "ping frame": masked(ws.OpPing, true, ""),
	}
	for name, say := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.in(t).connected(3)
			for range 10 { // longer than a silent client is waited for
				time.Sleep(beats.PingInterval / 3)
				w.put(say)
			}
			w.put(frameOf("2still"))
			for op, got := w.frame(); got != "3still"; op, got = w.frame() {
				if op == 0 || op == ws.OpClose {
					t.Fatalf("the session ended")
				}
			}
			_ = w.Close()
		})
	}
}

// In version 4 the server pings, at its interval and only once.
func TestServerPings(t *testing.T) {
	h := start(t, engineio.Config{PingInterval: 200 * time.Millisecond, PingTimeout: 300 * time.Millisecond})
	w := h.connected(4)
	for range 4 {
		began := time.Now()
		w.wantText("2")
		if took := time.Since(began); took < 150*time.Millisecond || took > time.Second {
			t.Errorf("the ping came after %v", took)
		}
		w.put(frameOf("3"))
	}
	w.wantText("2")
	if op, got := w.frame(); op != 0 {
		t.Errorf("without an answer: %d %q, want the end", op, got)
	}
}

// In version 3 the client pings, and gets back what it sent.
func TestClientPings(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.connected(3)
	for _, body := range []string{"", "probe", "é😀", strings.Repeat("p", 200)} {
		w.put(frameOf("2" + body))
		w.wantText("3" + body)
	}
	sid := h.handshake(3)
	if status, answer := h.post(3, sid, "text/plain", strings.NewReader("4:2é😀")); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	poll := h.raw()
	poll.request(http.MethodGet, h.query(3, sid))
	if _, body := poll.response(); body != "4:3é😀" {
		t.Errorf("polled %q", body)
	}
}

// A client of version 4 that does not connect the namespace is let go, by
// polling and by WebSocket, however lively it is.
func TestConnectTimeout(t *testing.T) {
	const limit = 200 * time.Millisecond
	h := startServer(t, Config{ConnectTimeout: limit})
	for _, transport := range dialer.Transports {
		c, err := dialer.Dial(t.Context(), dialer.Options{URL: h.url, TLS: h.tls, Version: 4, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Abort)
		session, _ := h.sockets.Socket(c.SID)
		for c.SendPayload("3") == nil && session.Reason() == "" {
			time.Sleep(limit / 10)
		}
		if why := session.Reason(); why != engineio.ReasonNotConnected {
			t.Errorf("%s: the reason is %q", transport, why)
		}
		if session.Age() < limit {
			t.Errorf("%s: ended after %v", transport, session.Age())
		}
	}
	three := h.dial(3, dialer.WebSocket) // is connected unasked
	time.Sleep(2 * limit)
	three.quiet()
}

// An event before the namespace is connected ends a session of version 4.
func TestEventBeforeConnect(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.socket(4, "")
	w.frame()
	w.put(frameOf(`42["create or join","x"]`))
	w.wantClose(1008)
}
