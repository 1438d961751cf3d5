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

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/limit"
)

// addressFromHeader reads the address of a client from a header.
func addressFromHeader(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddr(r.Header.Get("Test-Address"))
	if err != nil {
		return netip.MustParseAddr("198.51.100.1")
	}
	return addr
}

// dialFrom opens a session from an address.
func (h *harness) dialFrom(address, transport string) (*dialer.Conn, error) {
	options := h.options(4, transport)
	options.Header = http.Header{"Test-Address": {address}}
	c, err := dialer.Dial(wait.Context(h.t), options)
	if err == nil {
		h.t.Cleanup(c.Abort)
	}
	return c, err
}

// expectTooMany checks that handshakes are refused with a Retry-After.
func (h *harness) expectTooMany(address string) {
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
		resp, err := h.http.Do(req)
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

func TestLimitsPerAddress(t *testing.T) {
	tests := map[string]engineio.Limits{
		"new sessions":  {NewSessions: limit.Rate{PerSecond: 0.1, Burst: 3}},
		"open sessions": {SessionsPerAddress: 3},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			h := start(t, engineio.Config{Limits: limits, ClientAddr: addressFromHeader})
			for i := range 3 {
				if _, err := h.dialFrom(fmt.Sprintf("2001:db8:1:2::%d", i), dialer.Transports[i]); err != nil {
					t.Fatalf("%d of 3: %v", i, err)
				}
			}
			h.expectTooMany("2001:db8:1:2::ffff")
			if _, err := h.dialFrom("2001:db8:1:3::1", dialer.WebSocket); err != nil {
				t.Errorf("another network: %v", err)
			}
			for range 10 {
				if _, err := h.dialFrom("127.0.0.1", dialer.WebSocket); err != nil {
					t.Errorf("loopback: %v", err)
				}
			}
		})
	}
}

// A session that ends makes room for another of the same address.
func TestEndedSessionsDoNotCount(t *testing.T) {
	h := start(t, engineio.Config{Limits: engineio.Limits{SessionsPerAddress: 1}, ClientAddr: addressFromHeader})
	for _, transport := range dialer.Transports {
		var c *dialer.Conn
		wait.Until(t, "a session may be opened", func() (free bool) {
			var err error
			c, err = h.dialFrom("192.0.2.1", transport)
			return err == nil
		})
		h.expectTooMany("192.0.2.1")
		c.Close()
	}
}

func TestLimitOfSessions(t *testing.T) {
	h := start(t, engineio.Config{Limits: engineio.Limits{Sessions: 2}, ClientAddr: addressFromHeader})
	for i := range 2 {
		if _, err := h.dialFrom(fmt.Sprintf("192.0.2.%d", i), dialer.WebSocket); err != nil {
			t.Fatal(err)
		}
	}
	h.expectTooMany("192.0.2.7")
}

func TestLimitOfRooms(t *testing.T) {
	h := startServer(t, Config{MaxRooms: 1})
	a, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.Join("x")
	if got := b.Join("y"); got != `2["busy","y"]` {
		t.Errorf("got %s", got)
	}
	b.expectError("busy", "enter", "y", map[string]any{})
	b.expectJoin("x", `2["joined"`)
}

// A session that exceeds its limits ends with a reason. Only the members of its room notice.
func TestLimitsPerSession(t *testing.T) {
	tests := map[engineio.Reason]struct {
		limits engineio.Limits
		packet string
	}{
		engineio.ReasonTooManyPackets: {engineio.Limits{Packets: limit.Rate{PerSecond: 10, Burst: 150}}, event("message", 1)},
		engineio.ReasonTooManyBytes: {
			engineio.Limits{Bytes: limit.Rate{PerSecond: 1000, Burst: 100_000}},
			event("message", strings.Repeat("a", 2000)),
		},
	}
	for reason, test := range tests {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("%s/%s", reason, transport), func(t *testing.T) {
				h := start(t, engineio.Config{Limits: test.limits})
				flooding, other := h.dial(4, transport), h.dial(3, dialer.WebSocket)
				flooding.Join("x")
				other.Join("x")
				flooding.Next()
				if transport != dialer.Polling && reason == engineio.ReasonTooManyPackets {
					expectCallSetupPasses(flooding, other)
				}
				for range 200 {
					if err := flooding.Send(test.packet); err != nil {
						break
					}
				}
				wait.Until(t, "the session has ended", func() bool { return h.sockets.Ended(reason) == 1 })
				for bye := false; !bye; {
					bye = strings.HasPrefix(other.Next(), `2["bye"`)
				}
				flooding.expectEnd(transport)
				h.expectAlive()
			})
		}
	}
}

// expectCallSetupPasses sends as many messages as the setup of a call.
func expectCallSetupPasses(from, to *client) {
	for range 100 {
		from.MustSend(event("message", 1))
		to.Next()
	}
}

// expectEnd checks that the server has closed the session, a WebSocket with code 1008.
func (p *client) expectEnd(transport string) {
	p.t.Helper()
	select {
	case <-p.Done():
	case <-time.After(wait.Timeout):
		p.t.Error("the client is still connected")
	}
	if transport != dialer.Polling {
		if code := closeCode(p); code != 1008 {
			p.t.Errorf("the WebSocket was closed with %d", code)
		}
	}
}

// closeCode returns the code with which the server closed a WebSocket.
func closeCode(p *client) int {
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
