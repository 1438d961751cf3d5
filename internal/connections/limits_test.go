package connections

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/wait"
)

// site is an HTTP server behind a limit.
type site struct {
	t       *testing.T
	limits  *Limits
	address string
}

func serve(t *testing.T, perAddress int, isProxy func(netip.Addr) bool) *site {
	all, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, limits: NewLimits(perAddress, isProxy), address: all.Addr().String()}
	web := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }),
		ConnState: s.limits.Track, ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(s.limits.Listen(all)) }()
	t.Cleanup(func() { web.Close(); <-ended })
	return s
}

func noProxy(netip.Addr) bool { return false }

// dial connects from an address of this machine that limits apply to, or not.
func (s *site) dial(from string) net.Conn {
	s.t.Helper()
	c, err := s.tryDial(from)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *site) tryDial(from string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(wait.Context(s.t), "tcp", s.address)
	if err == nil {
		s.t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

// get sends a request and reports whether it was answered.
func (s *site) get(c net.Conn) bool {
	s.t.Helper()
	if err := c.SetDeadline(time.Now().Add(wait.Timeout)); err != nil {
		s.t.Fatal(err)
	}
	_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err != nil {
		return false
	}
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	return err == nil && strings.HasSuffix(string(buf[:n]), "hello")
}

// awaitIdle waits until so many connections wait for a request that is not the first.
func (s *site) awaitIdle(n int) {
	s.t.Helper()
	wait.Until(s.t, fmt.Sprint(n, " connections are idle"), func() bool {
		s.limits.mu.Lock()
		defer s.limits.mu.Unlock()
		idle := 0
		for _, waiting := range s.limits.idle {
			for e := waiting.Front(); e != nil; e = e.Next() {
				if e.Value.(*Conn).keptAlive.Load() {
					idle++
				}
			}
		}
		return idle == n
	})
}

func (s *site) held(from string) (n int) {
	addr := netip.MustParseAddr(from)
	release, ok := s.limits.addresses.Hold(addr)
	for ; ok; release, ok = s.limits.addresses.Hold(addr) {
		defer release()
		n++
	}
	return n
}

// Who waits for a request makes room, first who has waited longest.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	s := serve(t, 2, noProxy)
	const from = "127.0.0.2"
	first, second := s.dial(from), s.dial(from)
	for i, c := range []net.Conn{first, second} {
		if !s.get(c) {
			t.Fatal("two of two are not served")
		}
		s.awaitIdle(i + 1)
	}
	third := s.dial(from)
	if !s.get(third) {
		t.Error("nobody made room for the third")
	}
	s.awaitIdle(2)
	if s.get(first) {
		t.Error("the first is still served")
	}
	if !s.get(second) {
		t.Error("the second was closed, though the first had waited longer")
	}
	if s.limits.closed.Load() != 1 || s.limits.refused.Load() != 0 {
		t.Errorf("%d closed, %d refused", s.limits.closed.Load(), s.limits.refused.Load())
	}
}

// Connections in use stay. A new one is refused, if it is not of another address.
func TestConnectionsInUseStay(t *testing.T) {
	s := serve(t, 2, noProxy)
	const from = "127.0.0.2"
	kept := []*Conn{}
	for range 2 {
		c := s.dial(from)
		if !s.get(c) {
			t.Fatal("not served")
		}
	}
	s.awaitIdle(2)
	s.limits.mu.Lock()
	for _, waiting := range s.limits.idle {
		for e := waiting.Front(); e != nil; e = e.Next() {
			kept = append(kept, e.Value.(*Conn))
		}
	}
	s.limits.mu.Unlock()
	for _, c := range kept {
		s.limits.Track(c, http.StateActive)
	}
	if c, err := s.tryDial(from); err == nil && s.get(c) { // the reset may come this early
		t.Error("a third of two was served")
	}
	if s.limits.refused.Load() != 1 {
		t.Errorf("%d were refused", s.limits.refused.Load())
	}
	for _, other := range []string{"127.0.0.3", "127.0.0.1"} {
		if !s.get(s.dial(other)) {
			t.Errorf("%s was refused", other)
		}
	}
}

// Neither this machine nor a proxy is limited.
func TestProxiesAreNotLimited(t *testing.T) {
	s := serve(t, 1, func(addr netip.Addr) bool { return addr == netip.MustParseAddr("127.0.0.9") })
	for _, from := range []string{"127.0.0.1", "127.0.0.9"} {
		var all []net.Conn
		for range 5 {
			all = append(all, s.dial(from))
		}
		for _, c := range all {
			if !s.get(c) {
				t.Errorf("a connection from %s was closed", from)
			}
		}
	}
}

// A connection that ended counts no longer; one that was taken over counts until its
// descriptor is closed.
func TestConnectionsAreGivenBack(t *testing.T) {
	s := serve(t, 5, noProxy)
	const from = "127.0.0.2"
	c := s.dial(from)
	if !s.get(c) || s.held(from) != 4 {
		t.Fatalf("%d are left of 5 with one in use", s.held(from))
	}
	_ = c.Close()
	wait.Until(t, "it is given back", func() bool { return s.held(from) == 5 })
	released := 0
	taken := &Conn{TCPConn: c.(*net.TCPConn), release: func() { released++ }}
	release := taken.Keep()
	_ = taken.Close()
	if released != 0 {
		t.Error("what was taken over was given back")
	}
	if release(); released != 1 {
		t.Error("it was not given back")
	}
}

// Only who waits between two requests has the short time.
func TestIdleTime(t *testing.T) {
	s := serve(t, 5, noProxy)
	for name, test := range map[string]struct {
		state http.ConnState
		short bool
	}{"new": {http.StateNew, false}, "active": {http.StateActive, false}, "idle": {http.StateIdle, true}} {
		conn := &Conn{}
		s.limits.Track(conn, test.state)
		far := time.Now().Add(time.Hour)
		if got := conn.deadline(far); got.Before(far) != test.short {
			t.Errorf("%s: the deadline is in %v", name, time.Until(got))
		}
		if got := conn.deadline(time.Time{}); !got.IsZero() {
			t.Errorf("%s: no deadline becomes one", name)
		}
		s.limits.Track(conn, http.StateClosed)
	}
}

// over is what TLS is to the HTTP server: a connection over another.
type over struct {
	net.Conn
	beneath net.Conn
}

func (c over) NetConn() net.Conn { return c.beneath }

func TestCountedBeneathTLS(t *testing.T) {
	c := new(Conn)
	for _, conn := range []net.Conn{c, over{beneath: c}, over{beneath: over{beneath: c}}} {
		if counted(conn) != c {
			t.Errorf("%T is not counted", conn)
		}
	}
	if counted(new(net.TCPConn)) != nil {
		t.Error("a connection without a limit is counted")
	}
}

// New connections are limited too, also where those before have ended.
func TestNewConnectionsAreLimited(t *testing.T) {
	s := serve(t, 5, noProxy)
	addr, now := netip.MustParseAddr("127.0.0.2"), time.Now()
	for taken := true; taken; {
		_, taken = s.limits.addresses.Take(addr, now.Add(time.Hour)) // so that none comes back meanwhile
	}
	if c, err := s.tryDial("127.0.0.2"); err == nil && s.get(c) {
		t.Error("a connection past the burst was served")
	}
	if !s.get(s.dial("127.0.0.3")) {
		t.Error("another address was refused")
	}
	off := NewLimits(0, noProxy)
	for range 2 * newConnections.Burst {
		if _, ok := off.addresses.Take(addr, now); !ok {
			t.Fatal("without a limit, a connection was refused")
		}
	}
}
