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

const callCount = 20

// interval is the time between two messages of a peer. The calls only have to notice what
// is done to them, so they leave the CPU to those who do it.
const interval = 100 * time.Millisecond

// peer is one side of a well-behaved call.
type peer struct {
	name     string
	room     string
	conn     *dialer.Conn
	sent     atomic.Int64
	received atomic.Int64
	over     atomic.Bool // the call has ended: ignore what arrives now

	mu        sync.Mutex // guards the fields below
	latencies []time.Duration
	fault     error // the first
}

// details is the content of a message.
type details struct {
	Room   string `json:"room"`
	Number int64  `json:"number"`
	At     int64  `json:"at"` // time of sending in nanoseconds since epoch
	Fill   string `json:"fill"`
}

// epoch is the origin of the times in messages. It has a monotonic clock reading.
var epoch = time.Now()

// fills are payloads of several sizes, up to a long session description.
var fills = []string{"", strings.Repeat("candidate ", 20), strings.Repeat("a=ssrc:1 漢字 \n", 400)}

func (p *peer) fail(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == nil {
		p.fault = fmt.Errorf(format, args...)
	}
}

// sendMessages sends a message per interval until ctx ends.
func (p *peer) sendMessages(ctx context.Context) {
	tick := time.NewTicker(interval)
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

// receiveMessages receives packets until the connection ends.
func (p *peer) receiveMessages() {
	for {
		packet, err := p.conn.Receive(context.Background())
		if err != nil {
			return
		}
		if !p.over.Load() {
			p.receive(packet)
		}
	}
}

// receive checks one packet. The clients may knock; any other event, apart from messages,
// means that they disturb the call.
func (p *peer) receive(packet string) {
	for _, harmless := range []string{`2["knock",`, `2["unknock",`} {
		if strings.HasPrefix(packet, harmless) {
			return
		}
	}
	var parts []json.RawMessage
	var d details
	if !strings.HasPrefix(packet, `2["message",`) || json.Unmarshal([]byte(packet[1:]), &parts) != nil ||
		json.Unmarshal(parts[1], &d) != nil {
		p.fail("received %.200s", packet)
		return
	}
	latency := time.Since(epoch) - time.Duration(d.At)
	if want := p.received.Add(1); d.Number != want || d.Room != p.room || d.Fill != fills[want%int64(len(fills))] {
		p.fail("received message %d of room %s, want message %d", d.Number, d.Room, want)
	}
	p.mu.Lock()
	p.latencies = append(p.latencies, latency)
	p.mu.Unlock()
}

// peerKind is how a peer connects and joins.
type peerKind struct {
	version   int
	transport string
	enters    bool // joins with "enter" instead of "create or join"
}

// peerKinds returns the kinds of the peers of call i. The calls combine versions,
// transports and ways to join.
func peerKinds(i int) [2]peerKind {
	return [2]peerKind{
		{3 + i%2, dialer.Transports[i%3], i%4 < 2},
		{3 + i/2%2, dialer.Transports[i/3%3], i/4%2 == 0},
	}
}

// call is two peers in a room.
type call [2]*peer

func (s *server) startCall(room string, kinds [2]peerKind) call {
	s.t.Helper()
	var c call
	for i, kind := range kinds {
		c[i] = s.connectPeer(fmt.Sprintf("%s, peer %d, %+v", room, i, kind), room, kind)
	}
	if packet, err := c[0].next(); err != nil || !strings.HasPrefix(packet, `2["join",`) {
		s.t.Fatalf("%s: got %q, %v, want a join event", c[0].name, packet, err)
	}
	return c
}

// connectPeer connects a peer and joins a room. A peer that is to upgrade does so later, while
// messages flow.
func (s *server) connectPeer(name, room string, kind peerKind) *peer {
	s.t.Helper()
	first := kind.transport
	if first == dialer.Upgrade {
		first = dialer.Polling
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	options := dialer.Options{URL: s.url(), Version: kind.version, Transport: first}
	if s.ofOthers {
		options.From = otherAddress(room)
	}
	conn, err := dialer.Dial(ctx, options)
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	s.t.Cleanup(conn.Abort)
	p := &peer{name: name, room: room, conn: conn}
	if err := p.join(kind); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return p
}

func (p *peer) next() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return p.conn.Receive(ctx)
}

func (p *peer) join(kind peerKind) error {
	if kind.version == 4 {
		if err := p.conn.Send("0"); err != nil {
			return err
		}
	}
	if _, err := p.next(); err != nil {
		return err
	}
	request, want := event("create or join", p.room), []string{`2["created",`, `2["joined",`}
	if kind.enters {
		request, want = "21"+encode([]any{"enter", p.room, struct{}{}}), []string{`31[{"ok":true,`}
	}
	if err := p.conn.Send(request); err != nil {
		return err
	}
	got, err := p.next()
	for _, prefix := range want {
		if strings.HasPrefix(got, prefix) {
			return err
		}
	}
	return fmt.Errorf("the answer to a join is %q (%w)", got, err)
}

// callSet is calls that run at the same time.
type callSet struct {
	t           testing.TB
	calls       []call
	stopSending context.CancelFunc
	senders     sync.WaitGroup
	receivers   sync.WaitGroup
}

func (s *server) startCallSet(prefix string, count int) *callSet {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s.t.Cleanup(stop)
	set := &callSet{t: s.t, stopSending: stop}
	for i := range count {
		kinds := peerKinds(i)
		c := s.startCall(callName(prefix, i), kinds)
		set.calls = append(set.calls, c)
		for k, p := range c {
			set.receivers.Go(p.receiveMessages)
			set.senders.Go(func() { p.sendMessages(ctx) })
			if kinds[k].transport == dialer.Upgrade {
				set.senders.Go(func() { p.upgrade(time.Duration(i*50) * time.Millisecond) })
			}
		}
	}
	return set
}

func callName(prefix string, i int) string { return fmt.Sprintf("call %s %d", prefix, i) }

// upgrade changes the transport to WebSocket while messages flow.
func (p *peer) upgrade(delay time.Duration) {
	time.Sleep(delay)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := p.conn.Upgrade(ctx); err != nil {
		p.fail("upgrade: %v", err)
	}
}

// end stops the calls after all messages have arrived, and checks them.
func (set *callSet) end() result {
	set.t.Helper()
	set.stopSending()
	set.senders.Wait()
	for _, c := range set.calls {
		c.awaitMessages()
		for i, p := range c {
			select {
			case <-p.conn.Done():
				p.fail("the connection was lost")
			default:
			}
			if received, sent := p.received.Load(), c[1-i].sent.Load(); received != sent {
				p.fail("received %d of %d messages", received, sent)
			}
		}
	}
	for _, c := range set.calls {
		c[0].over.Store(true)
		c[1].over.Store(true)
		for _, p := range c {
			p.conn.Close()
		}
	}
	set.receivers.Wait()
	return set.result()
}

// awaitMessages waits until both peers have received everything. It gives up when nothing has
// arrived for the timeout, however long the rest takes.
func (c call) awaitMessages() {
	received := int64(-1)
	for last := time.Now(); time.Since(last) < timeout; time.Sleep(5 * time.Millisecond) {
		a, b := c[0].received.Load(), c[1].received.Load()
		if a == c[1].sent.Load() && b == c[0].sent.Load() {
			return
		}
		if a+b != received {
			received, last = a+b, time.Now()
		}
	}
}
