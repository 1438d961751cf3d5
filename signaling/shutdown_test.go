package signaling

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// Every client is told about the restart before it is closed. A WebSocket gets the close
// code for it.
func TestShutdownNotifiesClients(t *testing.T) {
	forEachTransport(t, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.dial(version, transport), h.dial(version, transport)
		a.Join("x")
		b.Join("x")
		a.Expect(`2["join","x"]`)
		if err := h.Shutdown(wait.Context(t)); err != nil {
			t.Fatalf("Shutdown: %v", err)
		}
		for _, p := range []*client{a, b} {
			p.ExpectPrefix(`2["restarting",`)
			if got, err := p.Receive(wait.Context(t)); err == nil {
				t.Errorf("received %s after it", got)
			} else if transport != dialer.Polling {
				var closed *dialer.CloseError
				if !errors.As(err, &closed) || closed.Code != 1012 {
					t.Errorf("closed with %v", err)
				}
			} else if !strings.Contains(err.Error(), "server closed the session") {
				t.Errorf("polling ended with %v", err)
			}
		}
	})
}

// A client between two polls still gets what was queued.
func TestShutdownBetweenPolls(t *testing.T) {
	h := start(t, engineio.Config{})
	sid := h.handshake(3)
	if err := h.Shutdown(wait.Context(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	w := h.openRaw()
	for _, want := range []string{`42["restarting",`, "1:1"} { // each in its own response
		w.request(http.MethodGet, h.query(3, sid))
		if _, body := w.response(); !strings.Contains(body, want) {
			t.Errorf("polled %q", body)
		}
	}
}

// During and after a shutdown, handshakes are refused.
func TestShutdownRefusesHandshakes(t *testing.T) {
	h := start(t, engineio.Config{})
	if h.Draining() {
		t.Error("draining before the shutdown")
	}
	if err := h.Shutdown(wait.Context(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	for _, request := range []struct {
		query   string
		headers []string
	}{
		{"EIO=3&transport=polling", nil}, {"EIO=4&transport=polling", nil},
		{"EIO=3&transport=websocket", upgradeHeaders}, {"EIO=4&transport=websocket", upgradeHeaders},
	} {
		w := h.openRaw()
		w.request(http.MethodGet, request.query, request.headers...)
		resp, body := w.response()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, `"code":6`) {
			t.Errorf("%s: %d %s, Retry-After %q", request.query, resp.StatusCode, body, resp.Header.Get("Retry-After"))
		}
	}
	if !h.Draining() {
		t.Error("not draining")
	}
	if err := h.Shutdown(wait.Context(t)); err != nil {
		t.Errorf("second Shutdown: %v", err)
	}
}

// Clients that stall delay neither the others nor the shutdown.
func TestShutdownWithStalledClients(t *testing.T) {
	h := start(t, engineio.Config{})
	a, slow := h.dial(4, dialer.WebSocket), h.smallBufferWebSocket()
	slow.join("x")
	a.Join("x")
	for range 200 { // more than the kernel buffers, less than the outbox
		a.MustSend(event("message", strings.Repeat("x", 20_000)))
		a.ExpectNothing()
		if h.sockets.Ended(engineio.ReasonSlowReader) > 0 {
			break
		}
	}
	h.openWebSocket(4, h.handshake(4)).probe()
	body := h.openRaw()
	body.request(http.MethodPost, h.query(4, h.handshake(4)), "Content-Length: 100")
	body.send([]byte("4"))
	flooding := h.connectedWebSocket(3)
	disconnected := make(chan struct{})
	go func() {
		defer close(disconnected)
		for flood := []byte(strings.Repeat(string(textFrame("6")), 1000)); ; {
			if _, err := flooding.Write(flood); err != nil {
				return
			}
		}
	}()
	if err := h.Shutdown(wait.Context(t)); err != nil { // some had to be cut
		t.Errorf("Shutdown: %v", err)
	}
	a.ExpectPrefix(`2["restarting",`)
	<-disconnected
}

// What was received before the shutdown, or waits in the socket, is still relayed.
func TestShutdownLosesNothingReceived(t *testing.T) {
	for _, transport := range dialer.Transports {
		h := start(t, engineio.Config{})
		a, b := h.dial(3, transport), h.dial(4, dialer.WebSocket)
		a.Join("x")
		b.Join("x")
		packets := make([]string, 50)
		for i := range packets {
			packets[i] = `42["message",` + strings.Repeat("1", i+1) + `]`
		}
		if err := a.SendPayload(packets...); err != nil {
			t.Fatal(err)
		}
		if err := h.Shutdown(wait.Context(t)); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		n := 0
		for {
			got, err := b.Receive(wait.Context(t))
			if err != nil {
				break // the server has closed the session
			}
			if !strings.HasPrefix(got, `2["restarting"`) {
				n++
				senderOf(t, got, strings.Repeat("1", n))
			}
		}
		if n != len(packets) {
			t.Errorf("%s: %d of %d messages arrived", transport, n, len(packets))
		}
	}
}

// A server stops when its context ends.
func TestRunEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := New(Config{})
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(wait.Timeout):
		t.Error("Run has not returned")
	}
}
