package connections

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vidchat/internal/limit"
)

// Limits bounds how many connections a client address may have, as limit.Addresses
// counts. Connections that wait for a request give way to new ones of their
// address. Where there is none, the new one is reset.
type Limits struct {
	addresses *limit.Addresses
	isProxy   func(netip.Addr) bool

	refused, closed atomic.Int64

	mu   sync.Mutex                  // guards idle
	idle map[netip.Prefix]*list.List // of *Conn: those that wait for a request, longest first
}

// newConnections is how fast an address may open connections, if their number is
// limited. The handshake of TLS takes more time than any request. A page opens up to
// six, and the burst is for an office that comes back after an outage.
var newConnections = limit.Rate{PerSecond: 100, Burst: 1000}

// NewLimits makes Limits; 0 is no limit. Addresses of which isProxy is true are not
// limited, since all clients behind a proxy share its address.
func NewLimits(perAddress int, isProxy func(netip.Addr) bool) *Limits {
	return &Limits{
		addresses: limit.NewAddresses(newConnections.Times(min(perAddress, 1)), perAddress), isProxy: isProxy,
		idle: make(map[netip.Prefix]*list.List),
	}
}

// Listen returns a listener that accepts what is within the limits.
func (l *Limits) Listen(all net.Listener) net.Listener { return &listener{all, l} }

type listener struct {
	net.Listener
	limits *Limits
}

// Accept returns the next connection that is within the limits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			return conn, nil
		}
		addr := tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		if limit.Exempt(addr) || l.limits.isProxy(addr) {
			return conn, nil
		}
		if c := l.limits.admit(tcp, addr); c != nil {
			return c, nil
		}
	}
}

// admit counts a connection, or resets it and returns nil. There is no FIN, after
// which the kernel would remember each for a minute.
func (l *Limits) admit(tcp *net.TCPConn, addr netip.Addr) *Conn {
	client := limit.Client(addr)
	if _, ok := l.addresses.Take(addr, time.Now()); !ok {
		return l.refuse(tcp)
	}
	release, ok := l.addresses.Hold(addr)
	for !ok {
		waiting := l.longestIdle(client)
		if waiting == nil {
			return l.refuse(tcp)
		}
		l.closed.Add(1)
		_ = waiting.SetLinger(0)
		_ = waiting.Close()
		release, ok = l.addresses.Hold(addr)
	}
	_ = tcp.SetReadBuffer(bufferBytes) // it fails only if the connection has ended
	_ = tcp.SetWriteBuffer(bufferBytes)
	return &Conn{TCPConn: tcp, client: client, release: release}
}

// refuse resets a connection, and returns nil.
func (l *Limits) refuse(tcp *net.TCPConn) *Conn {
	l.refused.Add(1)
	_ = tcp.SetLinger(0)
	_ = tcp.Close()
	return nil
}

// bufferBytes is the size of each of the two buffers that the kernel has for a
// connection; with its own overhead, it takes up to twice as much. By default the
// buffers grow to megabytes, which anybody can fill who does not read, or sends what is
// not read. With less than 32 KiB, packets of 50 kB wait for TCP's delayed
// acknowledgments, 40 ms each. Proxies read, so their buffers may grow.
const bufferBytes = 32 << 10

// longestIdle takes the connection of a client that has waited longest for a request,
// or returns nil.
func (l *Limits) longestIdle(client netip.Prefix) *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.idle[client]
	if waiting == nil {
		return nil
	}
	c := waiting.Front().Value.(*Conn)
	l.removeIdle(c)
	return c
}

// Track is for http.Server.ConnState.
func (l *Limits) Track(conn net.Conn, state http.ConnState) {
	c := counted(conn)
	if c == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removeIdle(c)
	c.keptAlive.Store(state == http.StateIdle)
	if state == http.StateNew || state == http.StateIdle {
		l.addIdle(c)
	}
}

// counted is the connection that counts, which may be beneath TLS, or nil.
func counted(conn net.Conn) *Conn {
	for {
		switch c := conn.(type) {
		case *Conn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// addIdle is called with the lock held.
func (l *Limits) addIdle(c *Conn) {
	waiting := l.idle[c.client]
	if waiting == nil {
		waiting = list.New()
		l.idle[c.client] = waiting
	}
	c.idle = waiting.PushBack(c)
}

// removeIdle is called with the lock held.
func (l *Limits) removeIdle(c *Conn) {
	if c.idle == nil {
		return
	}
	waiting := l.idle[c.client]
	waiting.Remove(c.idle)
	c.idle = nil
	if waiting.Len() == 0 {
		delete(l.idle, c.client)
	}
}

// Collectors are what a Prometheus registry wants.
func (l *Limits) Collectors() []prometheus.Collector {
	count := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	return []prometheus.Collector{
		count("vidchat_connections_refused_total", "Connections reset at once, since their address had too many.", &l.refused),
		count("vidchat_connections_closed_idle_total", "Connections without a request, closed for new ones of their address.", &l.closed),
	}
}
