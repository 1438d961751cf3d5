package signaling

import (
	"io"
	"net"
	"sync"
	"testing"
)

// cutter is a TCP proxy that can lose its connections as a dead radio does:
// nothing passes any more, and the server hears of no end.
type cutter struct {
	listener net.Listener
	to       string
	conns    sync.WaitGroup
	mu       sync.Mutex // guards what follows
	pairs    []*pair
}

// pair is one connection through the proxy.
type pair struct {
	client, server net.Conn
	mu             sync.Mutex // guards cut
	cut            bool
}

// cuttable puts a cutter in front of the server and returns the URL to use.
func (h *harness) cuttable() (c *cutter, url string) {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	c = &cutter{listener: listener, to: h.address()}
	c.conns.Go(c.serve)
	h.t.Cleanup(c.close)
	return c, h.scheme() + listener.Addr().String() + "/socket.io/"
}

func (c *cutter) serve() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		p := &pair{client: client, server: server}
		c.mu.Lock()
		c.pairs = append(c.pairs, p)
		c.mu.Unlock()
		c.conns.Go(func() { p.carry(server, client) })
		c.conns.Go(func() { p.carry(client, server) })
	}
}

// carry passes on what comes, until the pair is cut.
func (p *pair) carry(from, to net.Conn) {
	buf := make([]byte, 8<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			break
		}
		p.mu.Lock()
		if !p.cut {
			_, _ = to.Write(buf[:n])
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		_ = to.Close()
	}
}

// cut lets nothing pass any more, and nobody in. The clients see their
// connections closed; the server sees nothing.
func (c *cutter) cut() {
	_ = c.listener.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pairs {
		p.mu.Lock()
		p.cut = true
		_ = p.client.Close()
		p.mu.Unlock()
	}
}

func (c *cutter) close() {
	_ = c.listener.Close()
	c.mu.Lock()
	for _, p := range c.pairs {
		_ = p.client.Close()
		_ = p.server.Close()
	}
	c.mu.Unlock()
	c.conns.Wait()
}

func TestCutterHidesTheEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	h := &harness{t: t, url: "http://" + listener.Addr().String() + "/socket.io/"}
	c, url := h.cuttable()
	client, err := net.Dial("tcp", (&harness{url: url}).address())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, _ = client.Write([]byte("passes"))
	got := make([]byte, 6)
	if _, err := io.ReadFull(server, got); err != nil || string(got) != "passes" {
		t.Fatalf("%q, %v", got, err)
	}
	c.cut()
	if _, err := client.Read(got); err == nil {
		t.Error("the client does not see the end")
	}
	if _, err := server.Write([]byte("into the void")); err != nil {
		t.Errorf("the server sees it: %v", err)
	}
}
