// Package dialer is an Engine.IO client of both versions and all transports,
// for tests and load. It shows packets as they are on the wire, so that a test
// sees what socket.io-client would hide.
package dialer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// The ways a connection can be carried.
const (
	Polling   = "polling"
	WebSocket = "websocket"
	Upgrade   = "upgrade" // begins with polling, then changes over
)

// Transports are all of them, for tables.
var Transports = []string{Polling, WebSocket, Upgrade}

// Options choose how to connect.
type Options struct {
	URL       string      // of the server, such as http://127.0.0.1:4000/socket.io/
	TLS       *tls.Config // for https
	Version   int         // 3 or 4
	Transport string
	Header    http.Header
	// Silent connections do not keep the heartbeat up.
	Silent bool
}

// Conn is one open session.
type Conn struct {
	SID          string
	PingInterval time.Duration

	opts     Options
	http     *http.Client
	packets  chan string
	ctx      context.Context
	cancel   context.CancelCauseFunc
	routines sync.WaitGroup
	paused   atomic.Bool   // a WebSocket is about to take over
	polled   chan struct{} // closed with the last poll

	mu     sync.Mutex // guards socket, and orders what is sent
	socket *socket    // nil while polling
}

// ErrClosed is the cause of the end after Close.
var ErrClosed = errors.New("dialer: closed")

// Dial opens a session, and upgrades it if asked to.
func Dial(ctx context.Context, opts Options) (*Conn, error) {
	c := open(opts)
	err := c.handshake(ctx)
	if err == nil && opts.Transport == Upgrade {
		err = c.Upgrade(ctx)
	}
	if err != nil {
		c.Abort()
		return nil, err
	}
	return c, nil
}

func open(opts Options) *Conn {
	c := &Conn{
		opts:    opts,
		http:    &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2, TLSClientConfig: opts.TLS}},
		packets: make(chan string, 1024),
		polled:  make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c
}

func (c *Conn) handshake(ctx context.Context) error {
	var first []string
	var err error
	if c.opts.Transport == WebSocket {
		first, err = c.openSocket(ctx)
	} else {
		first, err = c.poll(ctx)
	}
	if err != nil {
		return err
	}
	if len(first) == 0 || !strings.HasPrefix(first[0], "0") {
		return fmt.Errorf("dialer: handshake began with %q", first)
	}
	var hello struct {
		SID          string `json:"sid"`
		PingInterval int64  `json:"pingInterval"`
	}
	if err := json.Unmarshal([]byte(first[0][1:]), &hello); err != nil {
		return err
	}
	c.SID, c.PingInterval = hello.SID, time.Duration(hello.PingInterval)*time.Millisecond
	c.deliver(first[1:])
	if c.opts.Transport != WebSocket {
		c.routines.Go(c.pollOn)
	} else {
		c.routines.Go(func() { c.read(c.socket) })
	}
	if c.opts.Version == 3 && !c.opts.Silent {
		c.routines.Go(c.pingOn)
	}
	return nil
}

// deliver sorts packets out: messages go to the receiver, the heartbeat is
// answered.
func (c *Conn) deliver(packets []string) {
	for _, p := range packets {
		switch {
		case p == "":
		case p[0] == '4' || p[0] == 'b':
			select {
			case c.packets <- p[1:]:
			case <-c.ctx.Done():
				return
			}
		case p == "2" && !c.opts.Silent:
			c.routines.Go(func() { _ = c.sendPacket("3") })
		case p == "1":
			c.cancel(errors.New("dialer: server closed the session"))
		}
	}
}

func (c *Conn) pingOn() {
	tick := time.NewTicker(c.PingInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = c.sendPacket("2")
		case <-c.ctx.Done():
			return
		}
	}
}

// Send sends a message: a Socket.IO packet, say.
func (c *Conn) Send(message string) error { return c.sendPacket("4" + message) }

func (c *Conn) sendPacket(packet string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendLocked(packet)
}

func (c *Conn) sendLocked(packets ...string) error {
	if c.socket == nil {
		return c.post(packets)
	}
	for _, p := range packets {
		if err := c.socket.write(p); err != nil {
			return err
		}
	}
	return nil
}

// SendPayload sends several packets at once, in one payload where polling
// carries them. They are whole packets, type and all.
func (c *Conn) SendPayload(packets ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendLocked(packets...)
}

// Receive waits for the next message.
func (c *Conn) Receive(ctx context.Context) (string, error) {
	select {
	case p := <-c.packets:
		return p, nil
	default:
	}
	select {
	case p := <-c.packets:
		return p, nil
	case <-c.ctx.Done():
		return "", context.Cause(c.ctx)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Done is closed when the session is over.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// Close says goodbye and lets go of the session.
func (c *Conn) Close() {
	_ = c.sendPacket("1")
	c.Abort()
}

// CloseWebSocket lets go of the session with a close frame only, as a proxy does
// that reloads. Without a code, the frame has none.
func (c *Conn) CloseWebSocket(code ws.StatusCode) {
	var body []byte
	if code != 0 {
		body = ws.NewCloseFrameBody(code, "")
	}
	_ = c.socket.send(ws.OpClose, body)
	c.Abort()
}

// Abort lets go of the session without a word.
func (c *Conn) Abort() {
	c.cancel(ErrClosed)
	c.mu.Lock()
	if c.socket != nil {
		_ = c.socket.conn.Close()
	}
	c.mu.Unlock()
	c.routines.Wait()
	c.http.CloseIdleConnections()
}
