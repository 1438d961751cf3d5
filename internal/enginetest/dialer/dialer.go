// Package dialer is an Engine.IO client for tests. It has both versions and all
// transports. It returns packets as they are on the wire, including what
// socket.io-client would hide.
package dialer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// Ways to connect.
const (
	Polling   = "polling"
	WebSocket = "websocket"
	Upgrade   = "upgrade" // starts with polling and upgrades to a WebSocket
)

// Transports are all ways to connect.
var Transports = []string{Polling, WebSocket, Upgrade}

// Options are the parameters of Dial.
type Options struct {
	URL       string      // of the server, such as http://127.0.0.1:4000/socket.io/
	TLS       *tls.Config // for https
	Version   int         // 3 or 4
	Transport string
	Header    http.Header
	// Silent clients do not keep up the heartbeat.
	Silent bool
	// From is the local address to connect from; nil leaves that to the system.
	From net.IP
}

// Conn is a session.
type Conn struct {
	SID          string
	PingInterval time.Duration

	opts     Options
	http     *http.Client
	packets  chan string
	ctx      context.Context
	cancel   context.CancelCauseFunc
	routines sync.WaitGroup
	pausing  atomic.Bool   // no poll starts, since an upgrade is under way
	paused   chan struct{} // closed when the last poll has ended

	mu     sync.Mutex // guards socket, and orders packets that are sent
	socket *socket    // nil while polling
}

// ErrClosed is the error after Close or Abort.
var ErrClosed = errors.New("dialer: closed")

// Dial opens a session, and upgrades it if asked to.
func Dial(ctx context.Context, opts Options) (*Conn, error) {
	c := newConn(opts)
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

func newConn(opts Options) *Conn {
	c := &Conn{opts: opts}
	c.http = &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 2, TLSClientConfig: opts.TLS, DialContext: c.dialTCP,
	}}
	c.packets = make(chan string, 1024)
	c.paused = make(chan struct{})
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c
}

// dialTCP connects from the local address of the options.
func (c *Conn) dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if c.opts.From != nil {
		d.LocalAddr = &net.TCPAddr{IP: c.opts.From}
	}
	return d.DialContext(ctx, network, address)
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
	var open struct {
		SID          string `json:"sid"`
		PingInterval int64  `json:"pingInterval"`
	}
	if err := json.Unmarshal([]byte(first[0][1:]), &open); err != nil {
		return err
	}
	c.SID, c.PingInterval = open.SID, time.Duration(open.PingInterval)*time.Millisecond
	c.deliver(first[1:])
	if c.opts.Transport != WebSocket {
		c.routines.Go(c.pollLoop)
	} else {
		c.routines.Go(func() { c.read(c.socket) })
	}
	if c.opts.Version == 3 && !c.opts.Silent {
		c.routines.Go(c.pingLoop)
	}
	return nil
}

// deliver queues messages for Receive and answers pings.
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

func (c *Conn) pingLoop() {
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

// Send sends a message, such as a Socket.IO packet.
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

// SendPayload sends packets together, including their types. Over polling, they are one
// payload.
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

// Done is closed when the session has ended.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// Close sends a CLOSE packet and disconnects.
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

// Abort disconnects without a CLOSE packet.
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
