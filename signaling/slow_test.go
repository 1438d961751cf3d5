package signaling

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// slowReaders read less than they are sent, until they fail or are told to end. A read of
// a closed connection goes on as long as a TLS record is left, which would be minutes.
var slowReaders = map[string]func(w *rawConn, end <-chan struct{}){
	"reads nothing": func(*rawConn, <-chan struct{}) {},
	"reads 100 bytes a second": func(w *rawConn, end <-chan struct{}) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for buf := make([]byte, 1); ; {
			if _, err := w.Read(buf); err != nil {
				return
			}
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	},
}

// A client that does not read is disconnected when its outbox is full, by count or by
// size. The sender is told that it left, and other clients do not wait for it.
func TestSlowReader(t *testing.T) {
	limits := map[string]engineio.Config{
		"packets": {OutboxPackets: 20, OutboxBytes: 64 << 20},
		"bytes":   {OutboxPackets: 1 << 20, OutboxBytes: 100_000},
	}
	for limit, cfg := range limits {
		for reads, read := range slowReaders {
			t.Run(limit+", "+reads, func(t *testing.T) {
				h := start(t, cfg)
				a, slow := h.dial(4, dialer.WebSocket), h.smallBufferWebSocket()
				slow.join("x")
				a.Join("x")
				_ = slow.SetDeadline(time.Time{})
				end, ended := make(chan struct{}), make(chan struct{})
				go func() { defer close(ended); read(slow, end) }()
				slowestMessage := h.exchangeMessages()
				h.floodUntilSlowReaderEnds(a)
				slowestMessage().expectNotLate(t, "a message between other clients")
				if n := h.sockets.Ended(engineio.ReasonSlowReader); n != 1 {
					t.Errorf("%d were disconnected", n)
				}
				a.ExpectPrefix(`2["bye","x"`)
				close(end)
				_ = slow.Close()
				<-ended
			})
		}
	}
}

// smallBufferWebSocket opens a connected WebSocket whose client buffers little.
func (h *harness) smallBufferWebSocket() *rawConn {
	h.t.Helper()
	w := h.connectedWebSocket(3)
	if err := w.tcp().SetReadBuffer(4 << 10); err != nil {
		h.t.Fatalf("cannot make the buffer small: %v", err)
	}
	return w
}

// floodUntilSlowReaderEnds sends messages until the server disconnects a slow reader.
func (h *harness) floodUntilSlowReaderEnds(from *client) {
	h.t.Helper()
	message := event("message", strings.Repeat("x", 10_000))
	deadline := time.Now().Add(2 * wait.Timeout)
	for h.sockets.Ended(engineio.ReasonSlowReader) == 0 {
		if time.Now().After(deadline) {
			h.t.Fatal("the slow reader was not disconnected")
		}
		from.MustSend(message)
	}
}

// A client that stops polling is disconnected in the same way.
func TestPollingStops(t *testing.T) {
	for _, version := range []int{3, 4} {
		t.Run(fmt.Sprint("EIO", version), func(t *testing.T) {
			h := start(t, engineio.Config{})
			a := h.dial(3, dialer.WebSocket)
			a.Join("x")
			sid := h.handshake(version)
			body := `24:42["create or join","x"]`
			if version == 4 {
				body = "40\x1e" + `42["create or join","x"]`
			}
			if status, answer := h.post(version, sid, "text/plain", strings.NewReader(body)); status != http.StatusOK {
				t.Fatalf("%d %s", status, answer)
			}
			session, _ := h.sockets.Socket(sid)
			a.ExpectPrefix(`2["join","x"`)
			send := func(n int) {
				for range n {
					a.MustSend(`2["message",{}]`)
				}
			}
			send(250) // some packets are queued already
			a.ExpectNothing()
			if reason := session.Reason(); reason != "" {
				t.Fatalf("disconnected too early: %s", reason)
			}
			send(10)
			a.ExpectPrefix(`2["bye","x"`)
			if reason := session.Reason(); reason != engineio.ReasonSlowReader {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}
