// Package tcpproxy is a TCP proxy for tests. It can be a slow line, or a network that
// fails without telling the server.
package tcpproxy

import (
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy forwards connections to a server.
type Proxy struct {
	listener  net.Listener
	delay     Delay
	running   sync.WaitGroup
	failed    atomic.Bool
	abandoned sync.Map     // connections that nothing is forwarded to
	writing   sync.RWMutex // held for reading during each write

	mu      sync.Mutex // guards the fields below
	target  string
	closed  bool
	clients []net.Conn
	servers []net.Conn // connections to the server
}

// Delay returns how long a segment takes.
type Delay func() time.Duration

// Constant is the same Delay for all segments.
func Constant(d time.Duration) Delay { return func() time.Duration { return d } }

// UpTo is a random Delay.
func UpTo(most time.Duration) Delay { return func() time.Duration { return rand.N(most) } }

// Start starts a proxy for the server at an address, until the test ends. Segments keep
// their order, and several of them can be in flight.
func Start(t testing.TB, target string, delay Delay) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, target: target, delay: delay}
	p.running.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

// Address returns where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.currentTarget())
		if err != nil {
			_ = client.Close()
			continue
		}
		p.add(client, server)
		p.running.Go(func() { p.forward(client, server) })
		p.running.Go(func() { p.forward(server, client) })
	}
}

func (p *Proxy) currentTarget() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// add remembers a connection. If the proxy has ended in the meantime, it closes it.
func (p *Proxy) add(client, server net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients, p.servers = append(p.clients, client), append(p.servers, server)
	if p.closed || p.failed.Load() {
		_ = client.Close()
	}
	if p.closed {
		_ = server.Close()
	}
}

// segment is data in flight.
type segment struct {
	data []byte
	due  time.Time
}

func (p *Proxy) forward(from, to net.Conn) {
	inFlight := make(chan segment, 1024)
	p.running.Go(func() { p.deliver(inFlight, to) })
	defer close(inFlight)
	for {
		buf := make([]byte, 8<<10)
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		inFlight <- segment{buf[:n], time.Now().Add(p.delay())}
	}
}

func (p *Proxy) deliver(inFlight <-chan segment, to net.Conn) {
	for s := range inFlight {
		time.Sleep(time.Until(s.due))
		p.writing.RLock()
		if _, abandoned := p.abandoned.Load(to); !abandoned && !p.failed.Load() {
			_, _ = to.Write(s.data)
		}
		p.writing.RUnlock()
	}
	if !p.failed.Load() {
		_ = to.Close()
	}
}

// Fail loses all connections, as a network without a signal does: the server is told
// nothing, and receives nothing once Fail has returned. The clients see their connections
// close and cannot connect again.
func (p *Proxy) Fail() {
	_ = p.listener.Close()
	p.failed.Store(true)
	p.mu.Lock()
	for _, conn := range p.clients {
		_ = conn.Close()
	}
	for _, conn := range p.servers {
		_ = conn.SetWriteDeadline(time.Now())
	}
	p.mu.Unlock()
	p.writing.Lock() // waits for writes that have begun
	defer p.writing.Unlock()
}

// Reset resets all connections. New ones are forwarded.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range slices.Concat(p.clients, p.servers) {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	p.clients, p.servers = nil, nil
}

// Retarget has new connections go to another server, and resets the others.
func (p *Proxy) Retarget(target string) {
	p.mu.Lock()
	p.target = target
	p.mu.Unlock()
	p.Reset()
}

// Abandon leaves all connections open and forwards nothing more on them, as a router
// does that has forgotten them. New ones are forwarded.
func (p *Proxy) Abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range slices.Concat(p.clients, p.servers) {
		p.abandoned.Store(conn, true)
	}
}

// Stall keeps back everything, as a phone without a signal does, until resume is called.
func (p *Proxy) Stall() (resume func()) {
	p.writing.Lock()
	return p.writing.Unlock
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for _, conn := range slices.Concat(p.clients, p.servers) {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}
