package signaling

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidchat/engine"
	"vidchat/engine/dialer"
	"vidchat/internal/limit"
)

// byHeader lets a test choose the address of a client.
func byHeader(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddr(r.Header.Get("Test-Address"))
	if err != nil {
		return netip.MustParseAddr("198.51.100.1")
	}
	return addr
}

// from opens a session as a client of an address would.
func (h *harness) from(address, transport string) (*dialer.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := dialer.Dial(ctx, dialer.Options{
		URL: h.url, Version: 4, Transport: transport, Header: http.Header{"Test-Address": {address}},
	})
	if err == nil {
		h.t.Cleanup(c.Abort)
	}
	return c, err
}

// tooMany checks that a handshake is refused, and when it may be tried again.
func (h *harness) tooMany(address string) {
	h.t.Helper()
	for _, transport := range []string{dialer.Polling, dialer.WebSocket} {
		req, err := http.NewRequest(http.MethodGet, h.url+"?EIO=4&transport="+transport, nil)
		if err != nil {
			h.t.Fatal(err)
		}
		req.Header = http.Header{
			"Test-Address": {address}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {strings.Repeat("A", 22) + "=="},
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		_ = resp.Body.Close()
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if resp.StatusCode != http.StatusTooManyRequests || err != nil || after < 1 || after > 60 {
			h.t.Errorf("%s: status %d, Retry-After %q", transport, resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
}

func TestLimitsOfAnAddress(t *testing.T) {
	tests := map[string]engine.Limits{
		"new sessions":  {NewSessions: limit.Rate{PerSecond: 0.1, Burst: 3}},
		"open sessions": {SessionsPerAddress: 3},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			h := start(t, engine.Config{Limits: limits, ClientAddr: byHeader})
			for i := range 3 {
				if _, err := h.from(fmt.Sprintf("2001:db8:1:2::%d", i), dialer.Transports[i]); err != nil {
					t.Fatalf("%d of 3: %v", i, err)
				}
			}
			h.tooMany("2001:db8:1:2::ffff")
			if _, err := h.from("2001:db8:1:3::1", dialer.WebSocket); err != nil {
				t.Errorf("another network: %v", err)
			}
			for range 10 {
				if _, err := h.from("127.0.0.1", dialer.WebSocket); err != nil {
					t.Errorf("loopback: %v", err)
				}
			}
		})
	}
}

// Who leaves makes room for the next of the same address.
func TestOpenSessionsAreGivenBack(t *testing.T) {
	h := start(t, engine.Config{Limits: engine.Limits{SessionsPerAddress: 1}, ClientAddr: byHeader})
	for _, transport := range dialer.Transports {
		var c *dialer.Conn
		eventually(t, "there is room", func() (free bool) {
			var err error
			c, err = h.from("192.0.2.1", transport)
			return err == nil
		})
		h.tooMany("192.0.2.1")
		c.Close()
	}
}

func TestLimitOfAllSessions(t *testing.T) {
	h := start(t, engine.Config{Limits: engine.Limits{Sessions: 2}, ClientAddr: byHeader})
	for i := range 2 {
		if _, err := h.from(fmt.Sprintf("192.0.2.%d", i), dialer.WebSocket); err != nil {
			t.Fatal(err)
		}
	}
	h.tooMany("192.0.2.7")
}

func TestLimitOfRooms(t *testing.T) {
	h := startServer(t, Config{MaxRooms: 1})
	a, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.join("x")
	if got := b.join("y"); got != `2["busy","y"]` {
		t.Errorf("got %s", got)
	}
	b.refusedBy("busy", "enter", "y", map[string]any{})
	b.expectPrefix(b.join("x"), `2["joined"`)
}

// A session that sends too much ends, with a reason; its call notices, nobody
// else does.
func TestLimitsOfASession(t *testing.T) {
	tests := map[engine.Reason]struct {
		limits engine.Limits
		packet string
	}{
		engine.ReasonTooManyPackets: {engine.Limits{Packets: limit.Rate{PerSecond: 10, Burst: 150}}, `2["message",1]`},
		engine.ReasonTooManyBytes: {engine.Limits{Bytes: limit.Rate{PerSecond: 1000, Burst: 100_000}},
			`2["message","` + strings.Repeat("a", 2000) + `"]`},
	}
	for reason, test := range tests {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("%s/%s", reason, transport), func(t *testing.T) {
				h := start(t, engine.Config{Limits: test.limits})
				flood, other := h.dial(4, transport), h.dial(3, dialer.WebSocket)
				flood.join("x")
				other.join("x")
				flood.next()
				for range 100 { // what sets a call up passes
					if transport != dialer.Polling && len(test.packet) < 100 {
						flood.send(test.packet)
						other.next()
					}
				}
				for range 200 {
					if err := flood.Send(test.packet); err != nil {
						break
					}
				}
				eventually(t, "it ends", func() bool { return h.engine.Stats.Ended(reason) == 1 })
				for bye := false; !bye; {
					bye = strings.HasPrefix(other.next(), `2["bye"`)
				}
				select {
				case <-flood.Done():
				case <-time.After(patience):
					t.Error("the client was not told")
				}
				if transport != dialer.Polling {
					if code := closeCode(flood); code != 1008 {
						t.Errorf("the socket was closed with %d", code)
					}
				}
				h.alive()
			})
		}
	}
}

// closeCode is the code with which the server closed a WebSocket.
func closeCode(p *peer) int {
	for {
		_, err := p.Receive(context.Background())
		var closed *dialer.CloseError
		switch {
		case errors.As(err, &closed):
			return closed.Code
		case err != nil:
			return 0
		}
	}
}
