package signaling

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// heartbeat is short enough for a test and long enough for a busy machine.
var heartbeat = engineio.Config{PingInterval: 500 * time.Millisecond, PingTimeout: 2 * time.Second}

// A client that keeps up the heartbeat stays connected for longer than a silent one would.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	h := start(t, heartbeat)
	var clients []*client
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			clients = append(clients, h.dial(version, transport))
		}
	}
	time.Sleep(4 * heartbeat.PingInterval)
	for _, p := range clients {
		p.ExpectNothing()
	}
}

// A silent client is disconnected in time, and the other member is notified.
func TestPingTimeout(t *testing.T) {
	t.Parallel()
	forEachTransportOnOneServer(t, heartbeat, func(t *testing.T, h *harness, version int, transport string) {
		t.Parallel()
		a := h.dial(4, dialer.WebSocket)
		room := "room of " + a.SID
		a.Join(room)
		began := time.Now()
		options := h.options(version, transport)
		options.Silent = true
		silent, err := tryJoin(t.Context(), options, room)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(silent.Abort)
		session, ok := h.sockets.Socket(silent.SID)
		if !ok {
			t.Fatal("disconnected too early")
		}
		a.ExpectPrefix(`2["join","` + room + `"`)
		a.ExpectPrefix(`2["bye","` + room + `"`)
		if took, least := time.Since(began), heartbeat.PingInterval+heartbeat.PingTimeout; took < least {
			t.Errorf("disconnected after %v, want at least %v", took, least)
		}
		if reason := session.Reason(); reason != engineio.ReasonPingTimeout {
			t.Errorf("the reason is %q", reason)
		}
	})
}

// Any packet shows that a client is alive.
func TestAnyPacketExtends(t *testing.T) {
	t.Parallel()
	h := start(t, heartbeat)
	tests := map[string][]byte{
		"noop": textFrame("6"), "message": textFrame(`42["message",{}]`),
		"pong frame": clientFrame(ws.OpPong, true, ""), "ping frame": clientFrame(ws.OpPing, true, ""),
	}
	for name, frame := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := h.forTest(t).connectedWebSocket(3)
			for range 8 { // longer than the timeout
				time.Sleep(heartbeat.PingInterval)
				w.send(frame)
			}
			w.send(textFrame("2still"))
			for op, got := w.readFrame(); got != "3still"; op, got = w.readFrame() {
				if op == 0 || op == ws.OpClose {
					t.Fatal("the session has ended")
				}
			}
			_ = w.Close()
		})
	}
}

// In version 4, the server pings at its interval, and does not ping again without an answer.
func TestServerPings(t *testing.T) {
	const interval = 200 * time.Millisecond
	h := start(t, engineio.Config{PingInterval: interval, PingTimeout: 2 * time.Second})
	messages := h.startMessageStopwatch()
	w := h.connectedWebSocket(4)
	for range 4 {
		began, due := time.Now(), messages.after(interval*3/2)
		w.expectText("2")
		if took := time.Since(began); took < interval*3/4 {
			t.Errorf("the ping came after %v", took)
		}
		messages.since(<-due).expectNotLate(t, "the ping")
		w.send(textFrame("3"))
	}
	w.expectText("2")
	if op, got := w.readFrame(); op != 0 {
		t.Errorf("without an answer: %d %q, want the end", op, got)
	}
}

// In version 3, the client pings and receives what it sent.
func TestClientPings(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.connectedWebSocket(3)
	for _, body := range []string{"", "probe", "é😀", strings.Repeat("p", 200)} {
		w.send(textFrame("2" + body))
		w.expectText("3" + body)
	}
	sid := h.handshake(3)
	if status, answer := h.post(3, sid, "text/plain", strings.NewReader("4:2é😀")); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	poll := h.openRaw()
	poll.request(http.MethodGet, h.query(3, sid))
	if _, body := poll.response(); body != "4:3é😀" {
		t.Errorf("polled %q", body)
	}
}

// A version 4 client that does not connect the namespace is disconnected, however active it
// is. A version 3 client is connected by the server.
func TestConnectTimeout(t *testing.T) {
	const limit = 3 * time.Second // in which a busy machine opens a session
	for _, transport := range dialer.Transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			h := startServer(t, Config{ConnectTimeout: limit})
			old := h.dial(3, dialer.WebSocket)
			began := time.Now()
			c, err := dialer.Dial(wait.Context(t), h.options(4, transport))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Abort)
			wait.Until(t, "the session has ended for this reason", func() bool {
				_ = c.SendPayload("3")
				return h.sockets.Ended(engineio.ReasonNotConnected) == 1
			})
			if took := time.Since(began); took < limit {
				t.Errorf("ended after %v", took)
			}
			old.ExpectNothing()
		})
	}
}

// An event before the namespace is connected ends a version 4 session.
func TestEventBeforeConnect(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.openWebSocket(4, "")
	w.readFrame()
	w.send(textFrame(`42["create or join","x"]`))
	w.expectClose(1008)
}
