package engineio

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// slowHijack gives away its connection after a moment, in which others come.
type slowHijack struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (w slowHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	time.Sleep(50 * time.Millisecond)
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// webSocketRequest is a handshake.
func webSocketRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/?EIO=4&transport=websocket", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	return r
}

// Handshakes that come at once get no further than one after the other.
func TestLimitsHoldForHandshakesAtOnce(t *testing.T) {
	const allowed, clients = 5, 30
	for name, limits := range map[string]Limits{
		"in all":        {Sessions: allowed},
		"of an address": {SessionsPerAddress: allowed},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestServer(Config{
				Limits:     limits,
				ClientAddr: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") },
			})
			defer func() { _ = e.Shutdown(timed(t, patience)) }()
			var refused atomic.Int32
			var all sync.WaitGroup
			for range clients {
				_, conn := socketPair(t)
				all.Go(func() {
					w := slowHijack{httptest.NewRecorder(), conn}
					e.ServeHTTP(w, webSocketRequest())
					if w.Code == http.StatusTooManyRequests {
						refused.Add(1)
					}
				})
			}
			all.Wait()
			if n := e.Sessions(); n != allowed || refused.Load() != clients-allowed {
				t.Errorf("%d sessions are open, %d were refused; %d may be", n, refused.Load(), allowed)
			}
		})
	}
}

// What is refused, or has ended, holds nothing.
func TestLimitsAreGivenBack(t *testing.T) {
	e := newTestServer(Config{
		Limits:     Limits{Sessions: 2, SessionsPerAddress: 1},
		ClientAddr: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") },
	})
	defer func() { _ = e.Shutdown(timed(t, patience)) }()
	status := func() int {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?EIO=4&transport=polling", nil))
		return w.Code
	}
	for range 3 {
		if got := []int{status(), status(), status()}; got[0] != 200 || got[1] != 429 || got[2] != 429 {
			t.Fatalf("answered %v", got)
		}
		for _, s := range openSessions(e) {
			s.End(ReasonSilent)
		}
		eventually(t, "everything is given back", func() bool {
			e.mu.RLock()
			defer e.mu.RUnlock()
			return e.held == 0
		})
	}
}

func openSessions(e *Server) (all []*Session) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.bySID {
		all = append(all, s)
	}
	return all
}
