package connections

import (
	"container/list"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// idleTime is how long a counted connection may wait for the next request. It is
// short, since whoever opens a page comes back on a new one. Connections of proxies
// are not counted, and are kept for longer.
const idleTime = 15 * time.Second

// Conn is a connection that counts for its client.
type Conn struct {
	*net.TCPConn
	client    netip.Prefix
	release   func()
	keptAlive atomic.Bool   // it waits for a request that is not the first
	kept      atomic.Bool   // see Keep
	idle      *list.Element // guarded by the lock of Limits; nil while it is used
}

// SetReadDeadline shortens the deadline of the HTTP server, which has one for all
// connections, if the connection waits for a request.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.TCPConn.SetReadDeadline(c.deadline(t)) }

func (c *Conn) deadline(t time.Time) time.Time {
	if limit := time.Now().Add(idleTime); c.keptAlive.Load() && t.After(limit) {
		return limit
	}
	return t
}

// Close closes the connection. It no longer counts, unless Keep was called.
func (c *Conn) Close() error {
	err := c.TCPConn.Close()
	if !c.kept.Load() {
		c.release()
	}
	return err
}

// Keep is for who takes the descriptor over: the connection counts on after Close,
// until release is called.
func (c *Conn) Keep() (release func()) {
	c.kept.Store(true)
	return c.release
}
