package turn

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// unallocatedTime is how long a TCP connection may have no allocation: the time
// for a TLS handshake and four round trips.
const unallocatedTime = 15 * time.Second

// streams is a listener for TCP or TLS that bounds what an address may open.
type streams struct {
	net.Listener
	server *Server
}

// Accept waits for a connection that is within the limits.
func (l *streams) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := addrPortOf(conn.RemoteAddr())
		release, ok := l.server.addresses.Hold(addr.Addr())
		if !ok {
			l.server.metrics.refused(refusedStreams)
			_ = conn.Close()
			continue
		}
		return l.server.newStream(conn, addr, release), nil
	}
}

// stream is a TCP or TLS connection of a client. It ends if it has no allocation
// for too long.
type stream struct {
	net.Conn
	server  *Server
	key     streamKey
	release func()
	closed  sync.Once
	failed  error // of Close
}

func (s *Server) newStream(conn net.Conn, client netip.AddrPort, release func()) *stream {
	key := streamKey{client, addrPortOf(conn.LocalAddr())}
	c := &stream{Conn: conn, server: s, key: key, release: release}
	s.mu.Lock()
	s.clients[key] = c
	s.mu.Unlock()
	c.setAllocated(false)
	return c
}

// setAllocated starts or ends the time in which an allocation has to be made.
func (c *stream) setAllocated(allocated bool) {
	var deadline time.Time
	if !allocated {
		deadline = time.Now().Add(unallocatedTime)
	}
	_ = c.SetReadDeadline(deadline) // it fails if the connection is closed, which ends it too
}

// Write writes a packet, or gives up a client that does not read: what waits for
// it is media of the past.
func (c *stream) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// writeTime is how long a client may not take what is sent to it.
const writeTime = 5 * time.Second

// Close ends the connection.
func (c *stream) Close() error {
	c.closed.Do(func() {
		c.failed = c.Conn.Close()
		c.server.mu.Lock()
		if c.server.clients[c.key] == c {
			delete(c.server.clients, c.key)
		}
		c.server.mu.Unlock()
		c.release()
	})
	return c.failed
}
