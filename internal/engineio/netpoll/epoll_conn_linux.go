package netpoll

import (
	"io"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// epollConn is a socket that a Poller reads. It is known to the poller's epoll
// alone: Go's own poller would be woken by it as well.
type epollConn struct {
	poller *Poller
	key    uint64

	mu      sync.RWMutex // held while fd is used: once closed, its number is another's
	fd      int          // -1 when closed
	handler Handler      // nil before Start
	paused  bool         // the handler wants no more
	resumed bool         // before it was paused
	stopped bool         // by StopReading
	ended   bool         // nothing more will be read
	pending []byte       // of a queued write
	events  uint32       // that epoll waits for; 0 if it does not know the socket
	release func()       // see keeper; nil for most
}

// keeper is a connection that is counted. What Keep returns is called when its
// descriptor is closed.
type keeper interface{ Keep() (release func()) }

// adoptDescriptor takes the socket beneath a TCP connection away from Go's
// poller. It fails for a connection that has none of its own.
func (p *Poller) adoptDescriptor(conn net.Conn) (Conn, bool) {
	source, ok := conn.(syscall.Conn)
	if !ok {
		return nil, false
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return nil, false
	}
	c := &epollConn{poller: p, fd: -1}
	err = raw.Control(func(fd uintptr) { c.fd, _ = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil || c.fd < 0 {
		return nil, false
	}
	if err := p.add(c); err != nil {
		_ = unix.Close(c.fd)
		return nil, false
	}
	if counted, ok := conn.(keeper); ok {
		c.release = counted.Keep()
	}
	_ = conn.Close()
	return c, true
}

func (c *epollConn) Start(h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handler = h
	c.arm()
}

// arm tells epoll what to wait for. It is called with the lock held. Epoll
// forgets a socket that waits for nothing, since it would tell of its errors all
// the same.
func (c *epollConn) arm() {
	want := uint32(0)
	if c.handler != nil && !c.paused && !c.ended {
		want |= unix.EPOLLIN
	}
	if c.pending != nil {
		want |= unix.EPOLLOUT
	}
	if c.fd < 0 || want == c.events {
		return
	}
	op := unix.EPOLL_CTL_MOD
	switch {
	case c.events == 0:
		op = unix.EPOLL_CTL_ADD
	case want == 0:
		op = unix.EPOLL_CTL_DEL
	}
	if c.poller.watch(op, c, want) {
		c.events = want
	}
}

// ready is called by the loop for what epoll tells. buf is what reads go into.
func (c *epollConn) ready(events uint32, buf []byte) {
	if events&unix.EPOLLOUT != 0 {
		c.writePending()
	}
	if events&^uint32(unix.EPOLLOUT) != 0 {
		c.read(buf)
	}
}

// read reads once. After StopReading, the loop comes back until there is no
// more.
func (c *epollConn) read(buf []byte) {
	c.mu.RLock()
	h, stopped := c.handler, c.stopped
	if c.fd < 0 || c.paused || c.ended {
		c.mu.RUnlock()
		return
	}
	// Errors of system calls are compared as they are: errors.Is costs a tenth of a
	// read.
	n, err := syscall.Read(c.fd, buf)
	c.mu.RUnlock()
	switch {
	case err == syscall.EAGAIN && stopped:
		c.stopReading(h)
	case err == syscall.EAGAIN, err == syscall.EINTR: // epoll tells again
	case err != nil:
		c.endReading(h, err)
	case n == 0:
		c.endReading(h, io.EOF)
	case !h.OnRead(buf[:n]):
		c.pause()
	case stopped:
		c.poller.visit(c)
	}
}

// stopReading ends what StopReading began.
func (c *epollConn) stopReading(h Handler) {
	c.mu.Lock()
	c.stopped = false
	c.mu.Unlock()
	h.OnReadError(ErrStopped)
	c.pause()
}

func (c *epollConn) endReading(h Handler, err error) {
	c.mu.Lock()
	c.ended = true
	c.arm()
	c.mu.Unlock()
	h.OnReadError(err)
}

func (c *epollConn) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = !c.resumed
	c.resumed = false
	c.arm()
	if c.stopped && !c.paused {
		c.poller.visit(c)
	}
}

func (c *epollConn) ResumeReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resumed = !c.paused
	c.paused = false
	c.arm()
	if c.stopped {
		c.poller.visit(c)
	}
}

func (c *epollConn) StopReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.handler != nil {
		c.poller.visit(c)
	}
}

func (c *epollConn) TryWrite(b []byte) (int, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.fd < 0 {
		return 0, net.ErrClosed
	}
	n, err := syscall.Write(c.fd, b)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return 0, nil
	}
	return max(n, 0), err
}

func (c *epollConn) QueueWrite(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = b
	c.arm()
}

// writePending goes on with a queued write.
func (c *epollConn) writePending() {
	c.mu.RLock()
	b, h := c.pending, c.handler
	c.mu.RUnlock()
	if b == nil {
		return
	}
	n, err := c.TryWrite(b)
	done := err != nil || n == len(b)
	c.mu.Lock()
	if c.pending = b[n:]; done {
		c.pending = nil
		c.arm()
	}
	c.mu.Unlock()
	if done {
		h.OnWritten(err)
	}
}

func (c *epollConn) CloseWrite() {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.fd >= 0 {
		_ = unix.Shutdown(c.fd, unix.SHUT_WR) // the other end may be gone already
	}
}

func (c *epollConn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		return
	}
	c.poller.remove(c)
	_ = unix.Close(c.fd) // which makes epoll forget it
	c.fd, c.pending = -1, nil
	if c.release != nil {
		c.release()
	}
}
