package chaos

import (
	"net"
	"sync"
	"testing"
)

// proxy is a TCP proxy that can become a black hole: it forwards nothing, does not read
// what the server sends, and does not tell the server that a client has closed.
type proxy struct {
	net.Listener
	target    string
	running   sync.WaitGroup
	mu        sync.Mutex // guards the fields below
	blackHole bool
	clients   []net.Conn
	servers   []net.Conn // connections to the server
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener, target: target}
	p.running.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.clients, p.servers = append(p.clients, client), append(p.servers, server)
		p.mu.Unlock()
		p.running.Go(func() { p.forward(server, client) })
		p.running.Go(func() { p.forward(client, server) })
	}
}

// forward copies what arrives until the proxy becomes a black hole or the connection
// ends.
func (p *proxy) forward(to, from net.Conn) {
	buf := make([]byte, 2<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		blackHole := p.blackHole
		p.mu.Unlock()
		switch {
		case blackHole:
			return
		case err != nil:
			_ = to.Close()
			return
		}
		_, _ = to.Write(buf[:n])
	}
}

// swallow makes the proxy a black hole. It disconnects the clients and accepts no more.
func (p *proxy) swallow() {
	_ = p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blackHole = true
	for _, conn := range p.clients {
		_ = conn.Close()
	}
}

func (p *proxy) close() {
	p.swallow()
	p.mu.Lock()
	for _, conn := range p.servers {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func TestProxySwallows(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := newProxy(t, listener.Addr().String())
	client, err := dialRaw(t.Context(), p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client.send("passes")
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 6)
	if n, err := conn.Read(got); err != nil || string(got[:n]) != "passes" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	p.swallow()
	if _, err := client.Read(got); err == nil {
		t.Error("the client is still connected")
	}
	for range 2 {
		if _, err := conn.Write([]byte("swallowed")); err != nil {
			t.Errorf("the server notices: %v", err)
		}
	}
}
