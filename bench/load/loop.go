//go:build linux

package load

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"syscall"
	"time"
)

// Loop serves many clients on one thread. Its methods are not safe for concurrent
// use.
type Loop struct {
	poller  poller
	clients []*Client
	began   time.Time
	read    [64 << 10]byte
	serving *Client // its frames are being handled; nil between clients
	batch   []byte  // frames of the serving client, sent in one write
}

// NewLoop returns a loop without clients. The caller has to close it.
func NewLoop() (*Loop, error) {
	l := &Loop{began: time.Now()}
	return l, l.poller.init()
}

// Close resets the connections of all clients.
func (l *Loop) Close() {
	l.Reset(0)
	_ = syscall.Close(l.poller.fd)
}

// Reset resets the connections of all clients except the first keep.
func (l *Loop) Reset(keep int) {
	for _, c := range l.clients[keep:] {
		_ = syscall.Close(c.fd) // closed even if the server has reset it
	}
	clear(l.clients[keep:])
	l.clients = l.clients[:keep]
}

// Clients returns the number of clients.
func (l *Loop) Clients() int { return len(l.clients) }

func (l *Loop) add(clients []*Client) error {
	for _, c := range clients {
		c.sentAt = int64(l.now())
		if err := l.poller.watch(syscall.EPOLL_CTL_ADD, c.fd, len(l.clients), false); err != nil {
			return err
		}
		l.clients = append(l.clients, c)
	}
	return nil
}

func (l *Loop) now() time.Duration { return time.Since(l.began) }

// traffic decides what the clients of a loop send.
type traffic interface {
	// sendDue sends the messages that are due. It returns the time until the next
	// one, and whether the traffic is done, which ends the run.
	sendDue(now time.Duration) (wait time.Duration, done bool, err error)
	// received handles a relayed message, which should have been sent at intended.
	received(c *Client, now, intended time.Duration) error
}

// heartbeat is how long a client is silent before it pings. It is well below the
// 25 s of real clients, after which servers wait another 5 s.
const heartbeat = 15 * time.Second

// run serves the clients until the traffic is done.
func (l *Loop) run(t traffic) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	setExactTimers()
	nextPings := l.now()
	for {
		now := l.now()
		if now >= nextPings {
			if err := l.sendPings(now); err != nil {
				return err
			}
			nextPings = now + time.Second
		}
		wait, done, err := t.sendDue(now)
		if done || err != nil {
			return err
		}
		events, err := l.poller.wait(min(wait, nextPings-now))
		if err != nil {
			return err
		}
		for i := range events {
			if err := l.serve(&events[i], t); err != nil {
				return err
			}
		}
	}
}

// sendPings pings for the Engine.IO 3 clients that have been silent for long.
func (l *Loop) sendPings(now time.Duration) error {
	for _, c := range l.clients {
		if c.eio == EIO3 && now-time.Duration(c.sentAt) > heartbeat {
			if err := l.write(c, pingFrame, now); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	pingFrame = appendFrame(nil, "2")
	pongFrame = appendFrame(nil, "3")
)

var errClosed = errors.New("the server closed a connection")

func (l *Loop) serve(event *syscall.EpollEvent, t traffic) error {
	c := l.clients[event.Fd]
	if event.Events&syscall.EPOLLOUT != 0 {
		if err := l.writeRest(c, int(event.Fd)); err != nil {
			return err
		}
	}
	if event.Events&^syscall.EPOLLOUT == 0 {
		return nil
	}
	n, err := syscall.Read(c.fd, l.read[len(c.partial):])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil
	case errors.Is(err, syscall.ECONNRESET), err == nil && n == 0:
		return errClosed
	case err != nil:
		return err
	}
	copy(l.read[:], c.partial)
	return l.consume(c, l.read[:len(c.partial)+n], t)
}

// consume handles the complete frames in buf and keeps the rest.
func (l *Loop) consume(c *Client, buf []byte, t traffic) error {
	now := l.now()
	l.serving = c
	for {
		first, payload, size := nextFrame(buf)
		if size == 0 {
			break
		}
		buf = buf[size:]
		if err := l.handle(c, first, payload, now, t); err != nil {
			return err
		}
	}
	l.serving = nil
	if len(l.batch) > 0 {
		batch := l.batch
		l.batch = l.batch[:0]
		if err := l.write(c, batch, now); err != nil {
			return err
		}
	}
	if len(buf) == len(l.read) {
		return io.ErrShortBuffer
	}
	c.partial = append(c.partial[:0], buf...)
	return nil
}

func (l *Loop) handle(c *Client, first byte, payload []byte, now time.Duration, t traffic) error {
	if intended, ok := intendedAt(payload); ok {
		return t.received(c, now, intended)
	}
	switch {
	case first == finalClose:
		return errClosed
	case first == finalPing:
		return l.write(c, pongTo(payload), now)
	case c.eio == EIO4 && bytes.Equal(payload, []byte("2")):
		return l.write(c, pongFrame, now)
	}
	return nil
}

// write sends a frame, and keeps what the socket does not accept for later. Frames
// of the serving client are batched.
func (l *Loop) write(c *Client, frame []byte, now time.Duration) error {
	c.sentAt = int64(now)
	if l.serving == c {
		l.batch = append(l.batch, frame...)
		return nil
	}
	if len(c.pending) > 0 {
		c.pending = append(c.pending, frame...)
		return nil
	}
	n, err := syscall.Write(c.fd, frame)
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
		return err
	}
	if n = max(n, 0); n == len(frame) {
		return nil
	}
	c.pending = append(c.pending, frame[n:]...)
	return l.poller.watch(syscall.EPOLL_CTL_MOD, c.fd, l.index(c), true)
}

func (l *Loop) writeRest(c *Client, index int) error {
	n, err := syscall.Write(c.fd, c.pending)
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
		return err
	}
	c.pending = append(c.pending[:0], c.pending[max(n, 0):]...)
	return l.poller.watch(syscall.EPOLL_CTL_MOD, c.fd, index, len(c.pending) > 0)
}

// index returns the index of a client. It is needed only when the server is so slow
// that a socket buffer is full.
func (l *Loop) index(c *Client) int {
	for i, other := range l.clients {
		if other == c {
			return i
		}
	}
	return -1
}
