package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
)

const calls = 20

// interval is the time between two messages of a peer. Under the race detector
// the clients need several times the processor for each.
func interval() time.Duration {
	if raceEnabled {
		return 100 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// peer is one side of a well-behaved call.
type peer struct {
	name string
	room string
	conn *dialer.Conn
	sent atomic.Int64
	over atomic.Bool // the call is: what comes now does not count
	got  atomic.Int64

	mu    sync.Mutex // guards what follows
	took  []time.Duration
	fault error // the first
}

// details are what a peer says.
type details struct {
	Room   string `json:"room"`
	Number int64  `json:"number"`
	At     int64  `json:"at"` // nanoseconds since epoch
	Fill   string `json:"fill"`
}

// epoch is where the times of messages begin. It has a monotonic clock.
var epoch = time.Now()

// fills make messages of several sizes, up to a long session description.
var fills = []string{"", strings.Repeat("candidate ", 20), strings.Repeat("a=ssrc:1 漢字 \n", 400)}

func (p *peer) fail(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == nil {
		p.fault = fmt.Errorf(format, args...)
	}
}

// speak says a message at each tick until ctx ends.
func (p *peer) speak(ctx context.Context) {
	tick := time.NewTicker(interval())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n := p.sent.Add(1)
		d := details{p.room, n, int64(time.Since(epoch)), fills[n%int64(len(fills))]}
		if err := p.conn.Send(event("message", d)); err != nil {
			p.fail("sending message %d: %v", n, err)
			return
		}
	}
}

// event encodes a Socket.IO event.
func event(name string, args ...any) string { return "2" + encode(append([]any{name}, args...)) }

func encode(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, numbers, lists and structs of them have a JSON form
	}
	return string(b)
}

// listen takes what comes until the connection ends.
func (p *peer) listen() {
	for {
		packet, err := p.conn.Receive(context.Background())
		if err != nil {
			return
		}
		if !p.over.Load() {
			p.hear(packet)
		}
	}
}

// hear checks one packet of the call. Besides messages there are only strangers at the
// door: whatever else comes means that somebody was noticed.
func (p *peer) hear(packet string) {
	for _, harmless := range []string{`2["knock",`, `2["unknock",`} {
		if strings.HasPrefix(packet, harmless) {
			return
		}
	}
	var parts []json.RawMessage
	var d details
	if !strings.HasPrefix(packet, `2["message",`) || json.Unmarshal([]byte(packet[1:]), &parts) != nil ||
		json.Unmarshal(parts[1], &d) != nil {
		p.fail("heard %.200s", packet)
		return
	}
	took := time.Since(epoch) - time.Duration(d.At)
	if want := p.got.Add(1); d.Number != want || d.Room != p.room || d.Fill != fills[want%int64(len(fills))] {
		p.fail("message %d of room %s came where %d was due", d.Number, d.Room, want)
	}
	p.mu.Lock()
	p.took = append(p.took, took)
	p.mu.Unlock()
}

// plan is how a peer connects.
type plan struct {
	version   int
	transport string
	enters    bool // takes a seat by "enter"
}

// plansOf spreads versions, transports and ways to join over the calls.
func plansOf(i int) [2]plan {
	return [2]plan{
		{3 + i%2, dialer.Transports[i%3], i%4 < 2},
		{3 + i/2%2, dialer.Transports[i/3%3], i/4%2 == 0},
	}
}

// call is two peers in a room.
type call [2]*peer

func (s *server) call(room string, plans [2]plan) call {
	s.t.Helper()
	var c call
	for i, plan := range plans {
		c[i] = s.peer(fmt.Sprintf("%s, peer %d, %+v", room, i, plan), room, plan)
	}
	if packet, err := c[0].next(); err != nil || !strings.HasPrefix(packet, `2["join",`) {
		s.t.Fatalf("%s: %q, %v, want that the other joins", c[0].name, packet, err)
	}
	return c
}

// peer connects and joins. Those that are to upgrade do so later, under way.
func (s *server) peer(name, room string, how plan) *peer {
	s.t.Helper()
	first := how.transport
	if first == dialer.Upgrade {
		first = dialer.Polling
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := dialer.Dial(ctx, dialer.Options{URL: s.url(), Version: how.version, Transport: first})
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	s.t.Cleanup(conn.Abort)
	p := &peer{name: name, room: room, conn: conn}
	if err := p.join(how); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return p
}

func (p *peer) next() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return p.conn.Receive(ctx)
}

func (p *peer) join(how plan) error {
	if how.version == 4 {
		if err := p.conn.Send("0"); err != nil {
			return err
		}
	}
	if _, err := p.next(); err != nil {
		return err
	}
	ask, want := event("create or join", p.room), []string{`2["created",`, `2["joined",`}
	if how.enters {
		ask, want = "21"+encode([]any{"enter", p.room, struct{}{}}), []string{`31[{"ok":true,`}
	}
	if err := p.conn.Send(ask); err != nil {
		return err
	}
	got, err := p.next()
	for _, prefix := range want {
		if strings.HasPrefix(got, prefix) {
			return err
		}
	}
	return fmt.Errorf("joining was answered by %q (%w)", got, err)
}

// conversation is all calls at once.
type conversation struct {
	t      testing.TB
	calls  []call
	ruler  *ruler
	quiet  context.CancelFunc
	spoken sync.WaitGroup
	heard  sync.WaitGroup
}

// converse begins the calls. They are named so that no two conversations meet.
func (s *server) converse(name string) *conversation {
	s.t.Helper()
	ctx, quiet := context.WithCancel(context.Background())
	s.t.Cleanup(quiet)
	c := &conversation{t: s.t, quiet: quiet, ruler: newRuler(s.t)}
	for i := range calls {
		plans := plansOf(i)
		one := s.call(callName(name, i), plans)
		c.calls = append(c.calls, one)
		for k, p := range one {
			c.heard.Go(p.listen)
			c.spoken.Go(func() { p.speak(ctx) })
			if plans[k].transport == dialer.Upgrade {
				c.spoken.Go(func() { p.upgrade(time.Duration(i*50) * time.Millisecond) })
			}
		}
	}
	return c
}

func callName(name string, i int) string { return fmt.Sprintf("call %s %d", name, i) }

// upgrade changes over to a WebSocket in the midst of the messages.
func (p *peer) upgrade(after time.Duration) {
	time.Sleep(after)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.conn.Upgrade(ctx); err != nil {
		p.fail("upgrade: %v", err)
	}
}

// end ends the calls, once all that was sent is there, and checks them.
func (c *conversation) end() result {
	c.t.Helper()
	c.quiet()
	c.spoken.Wait()
	deadline := time.Now().Add(patience)
	for _, one := range c.calls {
		one.await(deadline)
		for i, p := range one {
			select {
			case <-p.conn.Done():
				p.fail("the connection was lost")
			default:
			}
			if got, sent := p.got.Load(), one[1-i].sent.Load(); got != sent {
				p.fail("%d messages of %d came", got, sent)
			}
		}
	}
	for _, one := range c.calls {
		one[0].over.Store(true)
		one[1].over.Store(true)
		for _, p := range one {
			p.conn.Close()
		}
	}
	c.heard.Wait()
	return c.check()
}

// await waits until both have heard everything.
func (c call) await(deadline time.Time) {
	for ; time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if c[0].got.Load() == c[1].sent.Load() && c[1].got.Load() == c[0].sent.Load() {
			return
		}
	}
}
