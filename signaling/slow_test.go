package signaling

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// readers are clients that take less than they are sent.
var readers = map[string]func(w *rawConn){
	"reads nothing": func(*rawConn) {},
	"reads 100 bytes a second": func(w *rawConn) {
		for buf := make([]byte, 1); ; time.Sleep(10 * time.Millisecond) {
			if _, err := w.Conn.Read(buf); err != nil {
				return
			}
		}
	},
}

// A client that does not read is cut when its outbox is full, by number or by
// size; who sends to it is told that it is gone, and nobody else notices.
func TestSlowReader(t *testing.T) {
	limits := map[string]engineio.Config{
		"packets": {OutboxPackets: 20, OutboxBytes: 64 << 20},
		"bytes":   {OutboxPackets: 1 << 20, OutboxBytes: 100_000},
	}
	for limit, cfg := range limits {
		for reads, read := range readers {
			t.Run(limit+", "+reads, func(t *testing.T) {
				h := start(t, cfg)
				a, slow := h.dial(4, dialer.WebSocket), h.small()
				slow.put(frameOf(`42["create or join","x"]`))
				_, _ = slow.frame()
				a.join("x")
				_ = slow.SetDeadline(time.Time{})
				ended := make(chan struct{})
				go func() { defer close(ended); read(slow) }()
				calm := h.measure()
				flood(t, h, a)
				if worst := calm(); worst > hardlyDelayed() {
					t.Errorf("a pair beside it waited %v for a message", worst)
				}
				if n := h.sockets.Ended(engineio.ReasonSlowReader); n != 1 {
					t.Errorf("%d were cut", n)
				}
				a.expectPrefix(a.next(), `2["bye","x"`)
				_ = slow.Close()
				<-ended
			})
		}
	}
}

// hardlyDelayed is what the scheduler alone may add to a message's time. A
// server that waits for the slow reader adds seconds.
func hardlyDelayed() time.Duration {
	if raceEnabled {
		return 2 * time.Second
	}
	return 500 * time.Millisecond
}

// small is a connected WebSocket that buffers little at the client's end.
func (h *harness) small() *rawConn {
	h.t.Helper()
	w := h.connected(3)
	if err := w.tcp().SetReadBuffer(4 << 10); err != nil {
		h.t.Fatalf("cannot make the buffer small: %v", err)
	}
	return w
}

// flood sends until the other is cut.
func flood(t *testing.T, h *harness, a *peer) {
	t.Helper()
	details := `2["message","` + strings.Repeat("x", 10_000) + `"]`
	deadline := time.Now().Add(4 * patience)
	for h.sockets.Ended(engineio.ReasonSlowReader) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("it was not cut")
		}
		a.send(details)
	}
}

// measure has a pair talk, until the function it returns is called: that tells
// the longest time a message took.
func (h *harness) measure() (worst func() time.Duration) {
	b, c := h.pair("calm")
	stop, result := make(chan struct{}), make(chan []time.Duration)
	go func() {
		var took []time.Duration
		defer func() { result <- took }()
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			began := time.Now()
			if b.Send(`2["message",1]`) != nil {
				return
			}
			if _, err := c.Receive(timed(h.t)); err != nil {
				return
			}
			took = append(took, time.Since(began))
		}
	}()
	return func() time.Duration {
		time.Sleep(50 * time.Millisecond)
		close(stop)
		took := <-result
		if len(took) == 0 {
			h.t.Error("the pair exchanged nothing")
			return 0
		}
		return slices.Max(took)
	}
}

// A client that polls no more is cut likewise, and holds no more than that.
func TestPollerThatStops(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		room := fmt.Sprint("room ", version)
		a := h.dial(3, dialer.WebSocket)
		a.join(room)
		sid := h.handshake(version)
		body := `29:42["create or join","room 3"]`
		if version == 4 {
			body = "40\x1e" + `42["create or join","room 4"]`
		}
		if status, answer := h.post(version, sid, "text/plain", strings.NewReader(body)); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		session, _ := h.sockets.Socket(sid)
		a.expectPrefix(a.next(), `2["join","`+room+`"`)
		send := func(n int) {
			for range n {
				a.send(`2["message",{}]`)
			}
		}
		send(250) // a few others wait already
		a.quiet()
		if why := session.Reason(); why != "" {
			t.Fatalf("cut too early: %s", why)
		}
		send(10)
		a.expectPrefix(a.next(), `2["bye","`+room+`"`)
		if why := session.Reason(); why != engineio.ReasonSlowReader {
			t.Errorf("the reason is %q", why)
		}
	}
}
