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

// deedTime bounds one deed; most take milliseconds.
const deedTime = 5 * time.Second

// arena is where clients do their deeds.
type arena struct {
	*server
	calls string // the name of the conversation they do them around
	over  <-chan struct{}
	pace  *rate.Limiter
	done  map[string]*atomic.Int64 // by name of the deed
	lost  atomic.Int64             // sessions that could not be opened
}

// client does one deed after the other, on a session that it opens whenever it
// has none.
type client struct {
	*arena
	*rand.Rand
	version   int
	transport string
	conn      *dialer.Conn // nil without a session
	drained   sync.WaitGroup
	seat      atomic.Pointer[string] // the token it got last
	left      []abandoned
}

// abandoned is a session over polling that was left without a word, which the
// server cannot know for a while.
type abandoned struct {
	version int
	sid     string
}

// run does deeds until ctx ends. The last one is done to its end: a session
// whose handshake was cut short would have no name to say goodbye with.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		d := &deeds[c.IntN(len(deeds))]
		if c.pace.WaitN(ctx, d.cost()) != nil {
			break
		}
		c.try(d)
		c.done[d.name].Add(1)
	}
	c.hangUp((*dialer.Conn).Abort)
}

// try does one deed, for a limited time.
func (c *client) try(d *deed) {
	ctx, cancel := context.WithTimeout(context.Background(), deedTime)
	defer cancel()
	if c.conn == nil && !c.dial(ctx) {
		return
	}
	conn := c.conn
	defer context.AfterFunc(ctx, conn.Abort)()
	d.do(ctx, c)
	if c.conn != nil && isOver(c.conn) {
		c.hangUp((*dialer.Conn).Abort)
	}
}

func isOver(conn *dialer.Conn) bool {
	select {
	case <-conn.Done():
		return true
	default:
		return false
	}
}

// dial opens the client's session, with a namespace.
func (c *client) dial(ctx context.Context) bool {
	c.version, c.transport = c.dialect(), pick(c, dialer.Transports...)
	conn, err := dialer.Dial(ctx, dialer.Options{URL: c.url(), Version: c.version, Transport: c.transport})
	if err != nil {
		c.lost.Add(1)
		return false
	}
	c.conn = conn
	c.drained.Go(func() { c.drain(conn) })
	if c.version == 4 {
		_ = conn.Send("0")
	}
	return true
}

var seatPattern = regexp.MustCompile(`"seat":"([^"]+)"`)

// drain takes what comes, and remembers tokens of seats.
func (c *client) drain(conn *dialer.Conn) {
	for {
		packet, err := conn.Receive(context.Background())
		if err != nil {
			return
		}
		if found := seatPattern.FindStringSubmatch(packet); found != nil {
			c.seat.Store(&found[1])
		}
	}
}

// hangUp leaves the client's session in one way or another.
func (c *client) hangUp(how func(*dialer.Conn)) {
	if c.conn == nil {
		return
	}
	if c.transport != dialer.WebSocket {
		c.left = append(c.left, abandoned{c.version, c.conn.SID})
	}
	how(c.conn)
	c.drained.Wait()
	c.conn = nil
}

// sayGoodbye ends the sessions over polling that it left without a word, so
// that nobody has to wait until the server misses them.
func (c *client) sayGoodbye(ctx context.Context) {
	w, err := newWire(ctx, c.address)
	if err != nil {
		return
	}
	defer w.Close()
	for _, a := range c.left {
		w.post(query(a.version, "polling", a.sid), payload(a.version, "1"))
		if _, err := w.answer(); err == nil {
			continue
		}
		// The session was gone, and the server may have closed the connection.
		_ = w.Close()
		if w, err = newWire(ctx, c.address); err != nil {
			return
		}
	}
}

// payload is a body with one packet of ASCII characters.
func payload(version int, packet string) string {
	if version == 3 {
		return fmt.Sprintf("%d:%s", len(packet), packet)
	}
	return packet
}

func (c *client) dialect() int { return 3 + c.IntN(2) }

func pick[T any](c *client, from ...T) T { return from[c.IntN(len(from))] }

// pause is a random time up to most. It is cut short when all is over.
func (c *client) pause(ctx context.Context, most time.Duration) {
	select {
	case <-time.After(time.Duration(c.Int64N(int64(most)))):
	case <-c.over:
	case <-ctx.Done():
	}
}

// somewhere is the name of a room: one of a few that clients meet in, one of a
// call, or one that nobody has.
func (c *client) somewhere() string {
	switch c.IntN(10) {
	case 0:
		return callName(c.calls, c.IntN(calls))
	case 1:
		return fmt.Sprint("pw-chaos ", c.IntN(5))
	case 2:
		return fmt.Sprint("chaos ", c.Uint64())
	}
	return fmt.Sprint("chaos ", c.IntN(50))
}

// say sends a Socket.IO packet over the client's session.
func (c *client) say(packet string) { _ = c.conn.Send(packet) }

// ask sends an event that wants an ack, mostly.
func (c *client) ask(name string, args ...any) {
	ack := pick(c, "", "1", "7", "123456789")
	c.say("2" + ack + encode(append([]any{name}, args...)))
}

// fresh opens a session of its own over polling, on a wire.
func (c *client) fresh(ctx context.Context, version int) (w *wire, sid string, ok bool) {
	w, err := newWire(ctx, c.address)
	if err != nil {
		return nil, "", false
	}
	if sid, err = w.handshake(version); err != nil {
		return nil, "", false
	}
	c.left = append(c.left, abandoned{version, sid})
	return w, sid, true
}

// socket opens a session of its own over a WebSocket, in a room.
func (c *client) socket(ctx context.Context, version int) (w *wire, ok bool) {
	w, err := newWire(ctx, c.address)
	if err != nil || w.socket(version, "") != nil {
		return nil, false
	}
	if version == 4 {
		w.put(text("40"))
	}
	w.put(text("4" + event("create or join", c.somewhere())))
	return w, true
}
