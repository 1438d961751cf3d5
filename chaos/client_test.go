package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"vidchat/internal/enginetest/dialer"
)

// actionTimeout limits one action; most take milliseconds.
const actionTimeout = 5 * time.Second

// pool is what all clients share.
type pool struct {
	*server
	callPrefix string // of the names of the calls beside the clients
	over       <-chan struct{}
	limiter    *rate.Limiter
	taken      map[string]*atomic.Int64 // number of times by name of the action
	failed     atomic.Int64             // sessions that could not be opened
}

// client takes one action after the other, in a session that it opens whenever it has
// none.
type client struct {
	*pool
	*rand.Rand
	version   int
	transport string
	conn      *dialer.Conn // nil without a session
	reading   sync.WaitGroup
	seatToken atomic.Pointer[string] // the latest
	abandoned []pollingSession
}

// pollingSession is a session over polling. If a client abandons it without closing it,
// the server notices only after a while.
type pollingSession struct {
	version int
	sid     string
}

// run takes actions until ctx ends. It completes the last one: if a handshake were cut
// short, the client would not know the session id to close the session with.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		a := &actions[c.IntN(len(actions))]
		if c.limiter.WaitN(ctx, a.cost()) != nil {
			break
		}
		c.take(a)
		c.taken[a.name].Add(1)
	}
	c.closeSession((*dialer.Conn).Abort)
}

// take takes one action, for a limited time.
func (c *client) take(a *action) {
	ctx, cancel := context.WithTimeout(context.Background(), actionTimeout)
	defer cancel()
	if c.conn == nil && !c.dial(ctx) {
		return
	}
	conn := c.conn
	defer context.AfterFunc(ctx, conn.Abort)()
	a.do(ctx, c)
	if c.conn != nil && hasEnded(c.conn) {
		c.closeSession((*dialer.Conn).Abort)
	}
}

func hasEnded(conn *dialer.Conn) bool {
	select {
	case <-conn.Done():
		return true
	default:
		return false
	}
}

// dial opens the client's session and connects the namespace.
func (c *client) dial(ctx context.Context) bool {
	c.version, c.transport = c.dialect(), pick(c, dialer.Transports...)
	conn, err := dialer.Dial(ctx, dialer.Options{URL: c.url(), Version: c.version, Transport: c.transport})
	if err != nil {
		c.failed.Add(1)
		return false
	}
	c.conn = conn
	c.reading.Go(func() { c.read(conn) })
	if c.version == 4 {
		_ = conn.Send("0")
	}
	return true
}

var seatPattern = regexp.MustCompile(`"seat":"([^"]+)"`)

// read discards what arrives, except the tokens of seats.
func (c *client) read(conn *dialer.Conn) {
	for {
		packet, err := conn.Receive(context.Background())
		if err != nil {
			return
		}
		if found := seatPattern.FindStringSubmatch(packet); found != nil {
			c.seatToken.Store(&found[1])
		}
	}
}

// closeSession ends the client's session, if any, with Close or Abort.
func (c *client) closeSession(end func(*dialer.Conn)) {
	if c.conn == nil {
		return
	}
	if c.transport != dialer.WebSocket {
		c.abandoned = append(c.abandoned, pollingSession{c.version, c.conn.SID})
	}
	end(c.conn)
	c.reading.Wait()
	c.conn = nil
}

// closeAbandoned closes the polling sessions that the client abandoned, so that the test
// does not have to wait for the server's timeout.
func (c *client) closeAbandoned(ctx context.Context) {
	conn, err := dialRaw(ctx, c.address)
	if err != nil {
		return
	}
	defer conn.Close()
	for _, a := range c.abandoned {
		conn.post(query(a.version, "polling", a.sid), payload(a.version, "1"))
		if _, err := conn.response(); err == nil {
			continue
		}
		// The session was gone, and the server may have closed the connection.
		_ = conn.Close()
		if conn, err = dialRaw(ctx, c.address); err != nil {
			return
		}
	}
}

// payload returns a polling body with one ASCII packet.
func payload(version int, packet string) string {
	if version == 3 {
		return fmt.Sprintf("%d:%s", len(packet), packet)
	}
	return packet
}

func (c *client) dialect() int { return 3 + c.IntN(2) }

func pick[T any](c *client, from ...T) T { return from[c.IntN(len(from))] }

// pause waits for a random time up to most. It returns early when the run is over.
func (c *client) pause(ctx context.Context, most time.Duration) {
	select {
	case <-time.After(time.Duration(c.Int64N(int64(most)))):
	case <-c.over:
	case <-ctx.Done():
	}
}

// randomRoom returns the name of a room: one of a few that the clients share, one of a
// call, or a new one.
func (c *client) randomRoom() string {
	switch c.IntN(10) {
	case 0:
		return callName(c.callPrefix, c.IntN(callCount))
	case 1:
		return fmt.Sprint("pw-chaos ", c.IntN(5))
	case 2:
		return fmt.Sprint("chaos ", c.Uint64())
	}
	return fmt.Sprint("chaos ", c.IntN(50))
}

// send sends a Socket.IO packet in the client's session.
func (c *client) send(packet string) { _ = c.conn.Send(packet) }

// emit sends an event, mostly with a request for an ack.
func (c *client) emit(name string, args ...any) {
	ack := pick(c, "", "1", "7", "123456789")
	c.send("2" + ack + encode(append([]any{name}, args...)))
}

// openPolling opens another session over polling, on a raw connection.
func (c *client) openPolling(ctx context.Context, version int) (conn *rawConn, sid string, ok bool) {
	conn, err := dialRaw(ctx, c.address)
	if err != nil {
		return nil, "", false
	}
	if sid, err = conn.handshake(version); err != nil {
		return nil, "", false
	}
	c.abandoned = append(c.abandoned, pollingSession{version, sid})
	return conn, sid, true
}

// openWebSocket opens another session over a raw WebSocket and joins a room.
func (c *client) openWebSocket(ctx context.Context, version int) (conn *rawConn, ok bool) {
	conn, err := dialRaw(ctx, c.address)
	if err != nil || conn.upgrade(version, "") != nil {
		return nil, false
	}
	if version == 4 {
		conn.send(text("40"))
	}
	conn.send(text("4" + event("create or join", c.randomRoom())))
	return conn, true
}
