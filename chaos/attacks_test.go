package chaos

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

// attack is something that one address does to use up the server.
type attack struct {
	name string
	do   func(a *attacker)
}

// attacker is the process that attacks, until ctx ends.
type attacker struct {
	ctx     context.Context
	address string
}

var attacks = []attack{
	{"silent connections", func(a *attacker) { a.connections(6000, func(*rawConn) {}) }},
	{"idle connections", func(a *attacker) { a.connections(6000, (*rawConn).getHealth) }},
	{"slow headers", func(a *attacker) { a.connections(3000, a.sendHeaderSlowly) }},
	{"slow bodies", func(a *attacker) { a.connections(1000, a.sendBodySlowly) }},
	{"unread pages", func(a *attacker) { a.connections(1000, a.pipeline) }},
	{"unread polls", (*attacker).pollUnread},
	{"unread WebSockets", func(a *attacker) { a.floodPairs((*attacker).unreadMember) }},
	{"unconfirmed messages", func(a *attacker) { a.floodPairs((*attacker).silentMember) }},
	{"mail of absent members", func(a *attacker) { a.floodPairs((*attacker).absentMember) }},
	{"requests behind a poll", (*attacker).pileUp},
	{"empty fragments", func(a *attacker) {
		a.sockets(200, func(c *rawConn) {
			c.send(frame(ws.OpText, false, "4"))
			a.repeat(c, strings.Repeat(frame(ws.OpContinuation, false, ""), 2000))
		})
	}},
	{"pings", func(a *attacker) {
		a.sockets(200, func(c *rawConn) {
			go c.drain(time.Hour)
			a.repeat(c, strings.Repeat(frame(ws.OpPing, true, ""), withinLimits))
		})
	}},
	{"half messages", func(a *attacker) { a.sockets(200, a.sendHalf) }},
	{"single bytes", func(a *attacker) { a.sockets(200, a.trickle) }},
	{"joins", func(a *attacker) {
		a.sockets(200, func(c *rawConn) {
			go c.drain(time.Hour)
			a.repeat(c, strings.Repeat(text(`42["create or join","a"]`)+text(`42["leave","a"]`), withinLimits/2))
		})
	}},
	{"messages to seven others", (*attacker).talk},
	{"handshakes", func(a *attacker) { a.crowd(50, a.openSession) }},
	{"refused requests", func(a *attacker) { a.crowd(50, a.requestAgain) }},
	{"large posts", func(a *attacker) { a.crowd(150, a.postLarge) }},
}

// dial connects from the attacker's address, with a receive buffer as small as can be: what
// is not read is then in the server's memory.
func (a *attacker) dial() (*rawConn, error) {
	dialer := net.Dialer{
		Timeout:   2 * time.Second,
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)},
		Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) {
				_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
			})
		},
	}
	conn, err := dialer.DialContext(a.ctx, "tcp", a.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(a.ctx, func() { _ = conn.Close() })
	return &rawConn{conn.(*net.TCPConn), bufio.NewReaderSize(conn, 512)}, nil
}

// crowd runs a function over and over in some goroutines.
func (a *attacker) crowd(size int, do func()) {
	var running sync.WaitGroup
	for range size {
		running.Go(func() {
			for a.ctx.Err() == nil {
				do()
			}
		})
	}
	running.Wait()
}

// each opens connections until there are so many, some at a time, and uses each in a
// goroutine of its own.
func (a *attacker) each(count int, open func() (*rawConn, error), use func(*rawConn)) {
	var opening, running sync.WaitGroup
	for range min(50, count) {
		opening.Go(func() {
			for range (count + 49) / 50 {
				c, err := open()
				if a.ctx.Err() != nil {
					return
				}
				if err != nil {
					a.wait(10 * time.Millisecond)
					continue
				}
				running.Go(func() { use(c) })
			}
		})
	}
	opening.Wait()
	running.Wait()
}

func (a *attacker) connections(count int, use func(*rawConn)) { a.each(count, a.dial, use) }

// sockets opens WebSockets with sessions.
func (a *attacker) sockets(count int, use func(*rawConn)) { a.each(count, a.dialSocket, use) }

func (a *attacker) dialSocket() (*rawConn, error) {
	c, err := a.dial()
	if err == nil {
		_ = c.SetReadDeadline(time.Now().Add(timeout))
		if err = c.upgrade(3, ""); err != nil {
			_ = c.Close()
		}
		_ = c.SetReadDeadline(time.Time{})
	}
	return c, err
}

// wait reports whether the attack goes on after a time.
func (a *attacker) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-a.ctx.Done():
		return false
	}
}

// withinLimits is how many packets each of 100 sessions may send in a tenth of a second, so
// that none is disconnected: an attacker who keeps within the limits does more harm.
const withinLimits = 4

// repeat sends something ten times a second, for as long as the server takes it.
func (a *attacker) repeat(c *rawConn, what string) {
	for a.wait(100 * time.Millisecond) {
		if _, err := c.Write([]byte(what)); err != nil {
			return
		}
	}
}

// sendHalf sends most of a message of the largest size, in fragments of which the last is
// not complete.
func (a *attacker) sendHalf(c *rawConn) {
	c.send(frame(ws.OpText, false, "4"+strings.Repeat("x", 30_000)), frame(ws.OpContinuation, false, strings.Repeat("x", 30_000))[:29_000])
	<-a.ctx.Done()
}

// trickle sends a frame in segments of a byte.
func (a *attacker) trickle(c *rawConn) {
	_ = c.SetNoDelay(true)
	one := []byte{0}
	c.send("\x81\xfe\x80\x00\x00\x00\x00\x00")
	for a.ctx.Err() == nil {
		if _, err := c.Write(one); err != nil {
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func (c *rawConn) getHealth() {
	c.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	_, _ = c.response()
}

func (a *attacker) sendHeaderSlowly(c *rawConn) {
	c.send("GET / HTTP/1.1\r\nHost: x\r\nX: ")
	for a.wait(time.Second) {
		c.send("x")
	}
}

// sendBodySlowly opens a session, or asks for a page, and never completes the body.
func (a *attacker) sendBodySlowly(c *rawConn) {
	const announced = 60_000
	sid, err := c.handshake(4)
	if err != nil {
		c.send(fmt.Sprintf("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", announced))
	} else {
		c.request(http.MethodPost, query(4, "polling", sid), fmt.Sprint("Content-Length: ", announced))
	}
	c.send(strings.Repeat("x", announced-1000))
	for a.wait(time.Second) {
		c.send("x")
	}
}

// pipeline sends requests and reads no answer.
func (a *attacker) pipeline(c *rawConn) {
	requests := strings.Repeat("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 500)
	for a.ctx.Err() == nil {
		if _, err := c.Write([]byte(requests)); err != nil {
			return
		}
	}
}

// pileUp sends requests behind a poll that waits.
func (a *attacker) pileUp() {
	a.connections(300, func(c *rawConn) {
		if sid, err := c.handshake(4); err == nil {
			c.request(http.MethodGet, query(4, "polling", sid))
		}
		a.pipeline(c)
	})
}
