package signaling

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// line is a TCP proxy that delays what passes, as a real line does: bytes keep
// their order, and the next ones may leave before the first have arrived.
type line struct {
	net.Listener
	to     string
	delay  func() time.Duration // each way
	conns  sync.WaitGroup
	mu     sync.Mutex // guards what follows
	open   []net.Conn
	hungUp bool
}

// behind puts a line in front of the server and returns the URL to use.
func (h *harness) behind(delay func() time.Duration) string {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	l := &line{Listener: listener, to: h.address(), delay: delay}
	go l.serve()
	h.t.Cleanup(l.hangUp)
	return h.scheme() + listener.Addr().String() + "/socket.io/"
}

func (l *line) serve() {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.to)
		if err != nil || !l.keep(client, server) {
			_ = client.Close()
			continue
		}
		l.conns.Go(func() { l.carry(client, server) })
		l.conns.Go(func() { l.carry(server, client) })
	}
}

func (l *line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, conns...)
	return !l.hungUp
}

func (l *line) hangUp() {
	_ = l.Close()
	l.mu.Lock()
	l.hungUp = true
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.conns.Wait()
}

// piece is some bytes under way.
type piece struct {
	bytes []byte
	due   time.Time
}

func (l *line) carry(from, to net.Conn) {
	under := make(chan piece, 1024)
	l.conns.Go(func() { deliver(to, under) })
	defer close(under)
	for {
		buf := make([]byte, 8<<10)
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		under <- piece{buf[:n], time.Now().Add(l.delay())}
	}
}

func deliver(to net.Conn, under <-chan piece) {
	for p := range under {
		time.Sleep(time.Until(p.due))
		_, _ = to.Write(p.bytes)
	}
	_ = to.Close()
}

func steady(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func jitter(most time.Duration) func() time.Duration {
	return func() time.Duration { return rand.N(most) }
}

func TestLineKeepsOrder(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(conn, conn)
			_ = conn.Close()
		}
	}()
	h := &harness{t: t, url: "http://" + listener.Addr().String() + "/socket.io/"}
	began := time.Now()
	conn, err := net.Dial("tcp", (&harness{url: h.behind(steady(20 * time.Millisecond))}).address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 100 {
		_, _ = conn.Write([]byte{byte(i)})
	}
	got := make([]byte, 100)
	if _, err := io.ReadFull(conn, got); err != nil || time.Since(began) < 40*time.Millisecond {
		t.Fatalf("%v after %v", err, time.Since(began))
	}
	for i, b := range got {
		if b != byte(i) {
			t.Fatalf("out of order: %v", got)
		}
	}
}
