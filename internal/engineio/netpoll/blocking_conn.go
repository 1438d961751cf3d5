package netpoll

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// blockingConn is a connection without a descriptor. One goroutine reads it for
// as long as it is open, and one writes it while there is something to write: a
// write of a TLS connection may block, and must not be abandoned halfway.
type blockingConn struct {
	poller *Poller
	conn   net.Conn

	mu      sync.Mutex // guards what follows
	changed sync.Cond  // of what follows
	handler Handler    // nil before Start
	paused  bool       // the handler wants no more
	resumed bool       // before it was paused
	stopped bool       // by StopReading
	writer  bool       // there is a goroutine that writes, or nothing more to write
	queued  []byte     // to be written; nil if there is nothing
	half    bool       // CloseWrite was called
	closed  bool
}

const (
	// stopTime is how long reading goes on after StopReading, or after a pause
	// that StopReading found. What had arrived by then is read in less.
	stopTime = 50 * time.Millisecond
	// idleReadBytes is the buffer of a connection that waits. A ping or a candidate
	// fits. busyReadBytes is that of one which had more to read than that: the rest
	// of a session description of usual size fits.
	idleReadBytes = 512
	busyReadBytes = 4 << 10
)

// busyBuffers are buffers of busyReadBytes that nobody uses.
var busyBuffers = sync.Pool{New: func() any { return new([busyReadBytes]byte) }}

func newBlockingConn(p *Poller, conn net.Conn) *blockingConn {
	c := &blockingConn{poller: p, conn: conn}
	c.changed.L = &c.mu
	return c
}

func (c *blockingConn) Start(h Handler) {
	c.mu.Lock()
	c.handler = h
	c.mu.Unlock()
	c.run(func() { c.read(h) })
}

// run starts a goroutine that the poller waits for.
func (c *blockingConn) run(f func()) {
	if !c.poller.blocking.run(c, f) {
		c.Close()
	}
}

// read is the goroutine that reads.
func (c *blockingConn) read(h Handler) {
	idle := make([]byte, idleReadBytes)
	var busy *[busyReadBytes]byte // nil if the last read was a short one
	defer func() {
		if busy != nil {
			busyBuffers.Put(busy)
		}
	}()
	for {
		buf := idle
		if busy != nil {
			buf = busy[:]
		}
		n, err := c.conn.Read(buf)
		if n > 0 && !h.OnRead(buf[:n]) && !c.awaitResume() {
			return
		}
		if err != nil && !c.handleReadError(h, err) {
			return
		}
		switch filled := n == len(buf); {
		case filled && busy == nil:
			busy = busyBuffers.Get().(*[busyReadBytes]byte)
		case !filled && busy != nil:
			busyBuffers.Put(busy)
			busy = nil
		}
	}
}

// awaitResume waits until reading may go on, and reports whether the connection
// is still open.
func (c *blockingConn) awaitResume() (open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = !c.resumed
	c.resumed = false
	for c.paused && !c.closed {
		c.changed.Wait()
	}
	if c.stopped { // the first deadline may have passed in the meantime
		_ = c.conn.SetReadDeadline(time.Now().Add(stopTime))
	}
	return !c.closed
}

// handleReadError tells the handler, and reports whether to go on reading.
func (c *blockingConn) handleReadError(h Handler, err error) (more bool) {
	c.mu.Lock()
	stopped := c.stopped && errors.Is(err, os.ErrDeadlineExceeded)
	if stopped {
		c.stopped = false
		_ = c.conn.SetReadDeadline(time.Time{})
	}
	c.mu.Unlock()
	if !stopped {
		h.OnReadError(err)
		return false
	}
	h.OnReadError(ErrStopped)
	return c.awaitResume()
}

func (c *blockingConn) ResumeReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resumed = !c.paused
	c.paused = false
	c.changed.Broadcast()
}

func (c *blockingConn) StopReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	_ = c.conn.SetReadDeadline(time.Now().Add(stopTime))
}

// TryWrite writes nothing, since any write may block.
func (c *blockingConn) TryWrite([]byte) (int, error) { return 0, nil }

func (c *blockingConn) QueueWrite(b []byte) {
	c.mu.Lock()
	c.queued = b
	c.mu.Unlock()
	c.wakeWriter()
}

func (c *blockingConn) CloseWrite() {
	c.mu.Lock()
	c.half = true
	c.mu.Unlock()
	c.wakeWriter()
}

// wakeWriter starts the goroutine that writes, unless there is one, which looks
// for more before it ends.
func (c *blockingConn) wakeWriter() {
	c.mu.Lock()
	running := c.writer
	c.writer = true
	h := c.handler
	c.mu.Unlock()
	if !running {
		c.run(func() { c.write(h) })
	}
}

// write is the goroutine that writes.
func (c *blockingConn) write(h Handler) {
	for {
		b, more := c.takeQueued()
		switch {
		case !more:
			return
		case b == nil:
			if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite() // the other end may be gone already
			}
			return
		}
		_, err := c.conn.Write(b)
		h.OnWritten(err)
	}
}

// takeQueued returns what is to be written, or nil if that was the last. It reports
// false if there is nothing now: an idle connection has one goroutine.
func (c *blockingConn) takeQueued() (b []byte, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, false
	case c.queued == nil && !c.half:
		c.writer = false
		return nil, false
	}
	b = c.queued
	c.queued = nil
	return b, true
}

// Close closes what lies beneath a TLS connection: closing that itself would
// write, and might block. Who wants to say goodbye calls CloseWrite before.
func (c *blockingConn) Close() {
	c.poller.blocking.remove(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.changed.Broadcast()
	if over, ok := c.conn.(interface{ NetConn() net.Conn }); ok {
		_ = over.NetConn().Close()
		return
	}
	_ = c.conn.Close()
}
