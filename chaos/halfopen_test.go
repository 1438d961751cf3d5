package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// halfOpenClients is how many clients disappear at once.
const halfOpenClients = 1000

// A thousand clients disappear without closing their connections, others start something
// and never finish it, one reads nothing and one reads a byte per second. The server has to
// detect all of them by itself. The calls beside them notice nothing.
func TestHalfOpenConnections(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	before := s.metrics()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	clients := s.connectThroughProxy(ctx)
	calls := s.startCalls("half-open")
	s.startUnfinished(ctx)
	disconnected := s.startSlowReaders(ctx)
	clients.swallow()
	began := time.Now()
	s.await(detectionTimeout, "only the sessions of the calls", func(m metrics) bool { return m.sessions == 2*callCount })
	t.Logf("the server detected all of them after %.1f s", time.Since(began).Seconds())
	s.await(timeout, "only the seats of the calls", func(m metrics) bool { return m.seats == 2*callCount && m.rooms == callCount })
	calls.end(t)
	if !disconnected() {
		t.Error("the slow readers were not disconnected")
	}
	cancel()
	clients.close()
	s.awaitInitialState(before)
}

// connectThroughProxy connects the clients that will disappear, two per room.
func (s *server) connectThroughProxy(ctx context.Context) *proxy {
	s.t.Helper()
	p := newProxy(s.t, s.address)
	for i := range halfOpenClients {
		version, room := 3+i/2%2, fmt.Sprint("half-open ", i/2)
		conn, err := dialRaw(ctx, p.Addr().String())
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(timeout))
			err = [](func(int, string) error){conn.joinByWebSocket, conn.joinByPolling}[i/4%2](version, room)
		}
		if err != nil {
			s.t.Fatalf("client %d: %v", i, err)
		}
	}
	s.await(timeout, "all seats taken", func(m metrics) bool { return m.seats >= halfOpenClients })
	return p
}

// await waits until the server's metrics meet a condition.
func (s *server) await(limit time.Duration, condition string, met func(metrics) bool) {
	s.t.Helper()
	for began := time.Now(); !met(s.metrics()); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > limit {
			s.t.Fatalf("after %v: %v, want %s", limit, s.metrics(), condition)
		}
	}
}

// joinPackets returns the packets with which a client joins a room.
func joinPackets(version int, room string) []string {
	packets := []string{"40", "4" + event("create or join", room)}
	return packets[4-version:]
}

func (c *rawConn) joinByWebSocket(version int, room string) error {
	if err := c.upgrade(version, ""); err != nil {
		return err
	}
	for _, packet := range joinPackets(version, room) {
		c.send(text(packet))
	}
	return nil
}

// joinByPolling leaves a poll pending.
func (c *rawConn) joinByPolling(version int, room string) error {
	sid, err := c.handshake(version)
	if err != nil {
		return err
	}
	q := query(version, "polling", sid)
	for _, packet := range joinPackets(version, room) {
		c.post(q, payload(version, packet))
		if _, err := c.response(); err != nil {
			return err
		}
	}
	c.request(http.MethodGet, q)
	return nil
}

// startUnfinished starts clients that begin something and never finish it.
func (s *server) startUnfinished(ctx context.Context) {
	s.t.Helper()
	for i := range 20 {
		version := 3 + i%2
		for name, start := range map[string]func(conn *rawConn, sid string){
			"handshake": func(*rawConn, string) {},
			"poll":      func(conn *rawConn, sid string) { conn.request(http.MethodGet, query(version, "polling", sid)) },
			"body": func(conn *rawConn, sid string) {
				conn.request(http.MethodPost, query(version, "polling", sid), "Content-Length: 100")
				conn.send("4")
			},
			"upgrade": func(conn *rawConn, sid string) {
				if conn.upgrade(version, sid) == nil {
					conn.send(text("2probe"))
				}
			},
			"headers": func(conn *rawConn, _ string) { conn.send("GET /socket.io/?") },
		} {
			conn, err := dialRaw(ctx, s.address)
			if err != nil {
				s.t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(timeout))
			sid, err := conn.handshake(version)
			if err != nil {
				s.t.Fatalf("%s: %v", name, err)
			}
			start(conn, sid)
		}
	}
}

// startSlowReaders starts a client that reads nothing, one that reads a byte per second, and
// clients that send to them. The function it returns reports whether the server has
// disconnected both.
func (s *server) startSlowReaders(ctx context.Context) (disconnected func() bool) {
	s.t.Helper()
	before := s.metrics().slowReaders
	for i, read := range []func(*rawConn){func(*rawConn) {}, readBytePerSecond} {
		room := fmt.Sprint("slow ", i)
		slow, err := dialRaw(ctx, s.address)
		if err == nil {
			err = slow.joinByWebSocket(3, room)
		}
		sender, err2 := dialRaw(ctx, s.address)
		if err2 == nil {
			err2 = sender.joinByWebSocket(4, room)
		}
		if err != nil || err2 != nil {
			s.t.Fatal(err, err2)
		}
		_ = slow.SetReadBuffer(4 << 10)
		go read(slow)
		go sender.drain(2 * detectionTimeout)
		go sender.flood(ctx)
	}
	return func() bool { return s.metrics().slowReaders >= before+2 }
}

func readBytePerSecond(conn *rawConn) {
	for b := make([]byte, 1); ; time.Sleep(time.Second) {
		if _, err := conn.TCPConn.Read(b); err != nil {
			return
		}
	}
}

// flood sends about as much per second as a session may, for some seconds.
func (c *rawConn) flood(ctx context.Context) {
	packet := text(`42["message","` + strings.Repeat("x", 10_000) + `"]`)
	tick := time.NewTicker(12 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.send(packet)
		}
	}
	_ = c.Close()
}
