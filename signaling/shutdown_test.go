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
)

// Every client hears that the server restarts before it is closed, whatever
// it came over, and a WebSocket is closed with the code for it.
func TestShutdownTellsEverybody(t *testing.T) {
	everyway(t, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.dial(version, transport), h.dial(version, transport)
		a.join("x")
		b.join("x")
		a.expect(`2["join","x"]`)
		if err := h.Shutdown(timed(t)); err != nil {
			t.Fatalf("Shutdown: %v", err)
		}
		for _, p := range []*peer{a, b} {
			p.expectPrefix(p.next(), `2["restarting",`)
			if got, err := p.Receive(timed(t)); err == nil {
				t.Errorf("then %s", got)
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

// A client that was between two polls still learns what waited for it.
func TestShutdownBetweenPolls(t *testing.T) {
	h := start(t, engineio.Config{})
	sid := h.handshake(3)
	if err := h.Shutdown(timed(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	w := h.raw()
	for _, want := range []string{`42["restarting",`, "1:1"} { // each in an answer of its own
		w.request(http.MethodGet, h.query(3, sid))
		if _, body := w.response(); !strings.Contains(body, want) {
			t.Errorf("polled %q", body)
		}
	}
}

// While it shuts down and afterwards, the server takes no new session.
func TestShutdownRefusesHandshakes(t *testing.T) {
	h := start(t, engineio.Config{})
	if h.Draining() {
		t.Error("draining from the beginning")
	}
	if err := h.Shutdown(timed(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	for _, request := range []struct {
		query   string
		headers []string
	}{
		{"EIO=3&transport=polling", nil}, {"EIO=4&transport=polling", nil},
		{"EIO=3&transport=websocket", upgradeHeaders}, {"EIO=4&transport=websocket", upgradeHeaders},
	} {
		w := h.raw()
		w.request(http.MethodGet, request.query, request.headers...)
		resp, body := w.response()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, `"code":6`) {
			t.Errorf("%s: %d %s, Retry-After %q", request.query, resp.StatusCode, body, resp.Header.Get("Retry-After"))
		}
	}
	if !h.Draining() {
		t.Error("not draining")
	}
	if err := h.Shutdown(timed(t)); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// Clients that stall hold up neither the others nor the end.
func TestShutdownWithStalledClients(t *testing.T) {
	h := start(t, engineio.Config{})
	a, slow := h.dial(4, dialer.WebSocket), h.small()
	slow.put(frameOf(`42["create or join","x"]`))
	_, _ = slow.frame()
	a.join("x")
	for range 200 { // more than the kernel takes, less than the outbox
		a.send(`2["message","` + strings.Repeat("x", 20_000) + `"]`)
		a.quiet()
		if h.sockets.Ended(engineio.ReasonSlowReader) > 0 {
			break
		}
	}
	half := h.socket(4, h.handshake(4))
	half.put(frameOf("2probe"))
	half.wantText("3probe")
	body := h.raw()
	body.request(http.MethodPost, h.query(4, h.handshake(4)), "Content-Length: 100")
	body.put([]byte("4"))
	flooding := h.connected(3)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for flood := []byte(strings.Repeat(string(frameOf("6")), 1000)); ; {
			if _, err := flooding.Write(flood); err != nil {
				return
			}
		}
	}()
	began := time.Now()
	if err := h.Shutdown(timed(t)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if took := time.Since(began); took > patience-time.Second {
		t.Errorf("Shutdown took %v", took)
	}
	a.expectPrefix(a.next(), `2["restarting",`)
	<-stop
}

// Whatever was received before the shutdown, or waits in the socket, is still
// relayed.
func TestShutdownLosesNothingReceived(t *testing.T) {
	for _, transport := range dialer.Transports {
		h := start(t, engineio.Config{})
		a, b := h.dial(3, transport), h.dial(4, dialer.WebSocket)
		a.join("x")
		b.join("x")
		packets := make([]string, 50)
		for i := range packets {
			packets[i] = `42["message",` + strings.Repeat("1", i+1) + `]`
		}
		if err := a.SendPayload(packets...); err != nil {
			t.Fatal(err)
		}
		if err := h.Shutdown(timed(t)); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		n := 0
		for got := ""; ; n++ {
			var err error
			if got, err = b.Receive(timed(t)); err != nil {
				break
			}
			if strings.HasPrefix(got, `2["restarting"`) {
				n--
				continue
			}
			sender(t, got, strings.Repeat("1", n+1))
		}
		if n != len(packets) {
			t.Errorf("%s: %d of %d messages came", transport, n, len(packets))
		}
	}
}

// A server whose context ends stops by itself.
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
	case <-time.After(patience):
		t.Error("Run goes on")
	}
}
