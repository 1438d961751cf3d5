package engineio

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

func TestMain(m *testing.M) { socketkind.Main(m) }

// patience bounds every wait of a test.
const patience = 5 * time.Second

// nopHandler is a Handler that does nothing.
type nopHandler struct{}

func (nopHandler) OnOpen(*Session) []wire.Outgoing        { return nil }
func (nopHandler) OnMessage(*Session, wire.Packet) func() { return nil }
func (nopHandler) OnDelivered(*Session, uint64)           {}
func (nopHandler) OnClose(*Session)                       {}

// newTestServer makes a server that logs nothing.
func newTestServer(cfg Config) *Server {
	cfg.Log = zerolog.Nop()
	if cfg.Handler == nil {
		cfg.Handler = nopHandler{}
	}
	return NewServer(cfg)
}

// site is a server that can be reached.
type site struct {
	*Server
	t   *testing.T
	url string
	tls *tls.Config // for clients
}

// serve runs a server until the test ends.
func serve(t *testing.T, cfg Config) *site {
	t.Helper()
	e := newTestServer(cfg)
	web := socketkind.Serve(e)
	t.Cleanup(func() {
		if err := e.Shutdown(timed(t, patience)); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		web.Close()
		eventually(t, "nothing is held", func() bool { return e.usages.Held() == 0 })
	})
	return &site{e, t, web.URL + "/", socketkind.ClientTLS(web)}
}

func (s *site) dial(version int, transport string) *dialer.Conn {
	s.t.Helper()
	c, err := dialer.Dial(timed(s.t, patience), dialer.Options{URL: s.url, TLS: s.tls, Version: version, Transport: transport})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Abort)
	return c
}

// of is the session of a client.
func (s *site) of(c *dialer.Conn) *Session {
	s.t.Helper()
	session, ok := s.Session(c.SID)
	if !ok {
		s.t.Fatal("there is no such session")
	}
	return session
}

var handshakeRequest = httptest.NewRequest(http.MethodGet, "/", nil)

// polledSession is a session over polling without a client: what is sent to it
// stays in its outbox.
func polledSession(t testing.TB, e *Server, d wire.Dialect) *Session {
	t.Helper()
	e.register()
	s := e.newSession(handshakeRequest, d, netip.Addr{}, e.opening.Done, newPolling(wire.Framing{}))
	t.Cleanup(func() { s.timer.Stop() })
	return s
}

// carriedSession is a session over a WebSocket whose handshake is done.
func carriedSession(t testing.TB, e *Server, conn net.Conn) *Session {
	t.Helper()
	e.register()
	s := e.newSession(handshakeRequest, wire.EngineIO3{}, netip.Addr{}, e.opening.Done, nil)
	w := s.newWebSocket(e.poller.Adopt(conn), carrying)
	s.carryBy(w)
	w.conn.Start(w)
	t.Cleanup(func() {
		s.timer.Stop()
		s.End(ReasonSilent)
		e.poller.Stop()
	})
	return s
}

// socketPair is a TCP connection, or one over TLS.
func socketPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := l.Accept()
		accepted <- conn
	}()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	if socketkind.OverTLS() {
		client, server = socketkind.Secure(t, client, server)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}

// timed is a context that ends before the test gives up.
func timed(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
