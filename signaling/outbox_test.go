package signaling

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"vidchat/internal/enginetest/dialer"
	"vidchat/rooms"
)

// A client whose messages were too many to be kept for the next owner loses its connection,
// so that it knows, and has its seat when it comes back.
func TestTooMuchForTheNextOwner(t *testing.T) {
	n := startNodes(t, 3)
	n.enter(0, "room", map[string]any{"capacity": 3}) // whose node is about to go
	b, c := n.enter(1, "room", nil), n.enter(2, "room", nil)
	b.Expect(event("join", "room", c.id, ""))
	n.links[0].cutOff()
	const kept = maxReceived / 2 // of one of three members
	for i := range kept + 1 {
		b.say(fmt.Sprint(i))
	}
	c.say("hello")
	<-b.Done()
	back := n.enterWith(n.all[2].dial(4, dialer.WebSocket), "room", map[string]any{"seat": b.seat, "seen": 1})
	if back.id != b.id {
		t.Errorf("the seat is that of %s, want %s", back.id, b.id)
	}
	c.waitFor(t, event("message", "1", b.id, 1)) // "0" was the oldest
}

// What is dropped counts until all of it is settled, in whatever order.
func TestDroppedUntilSettled(t *testing.T) {
	m := &membership{stream: 1}
	h := &home{members: map[*participant]*membership{{}: m}, outbox: outbox{inAll: new(atomic.Int64)}}
	at := func(number uint64) rooms.Origin { return rooms.Origin{Stream: 1, Number: number} }
	for number := range uint64(maxUnsettled + 2) {
		h.keep(forwardedMessage{id: "ann", origin: at(number + 1)}, 2, nil)
	}
	for _, number := range []uint64{2, 5, maxUnsettled + 2} {
		h.settle(at(number))
	}
	if len(m.dropped) != 1 {
		t.Errorf("%d messages count as dropped, want the first", len(m.dropped))
	}
	h.settle(at(1))
	if len(h.takeIncomplete()) > 0 {
		t.Error("a client is incomplete though all that was dropped is settled")
	}
	for number := range uint64(2 * maxUnsettled) {
		m.noteDropped(number + 1)
	}
	for number := range uint64(2 * maxUnsettled) {
		h.settle(at(number + 1))
	}
	if len(h.takeIncomplete()) != 1 {
		t.Error("a client that has said too much to be counted is not incomplete")
	}
}

// All outboxes together are bounded: those with the most are emptied.
func TestAllOutboxesAreBounded(t *testing.T) {
	n := startNodes(t, 1)
	c := n.all[0].cluster
	body := make([]byte, maxUnsettledBytes/4)
	small := c.use("small")
	small.mu.Lock()
	small.keep(forwardedMessage{origin: rooms.Origin{Stream: 1, Number: 1}}, 2, []byte("hello"))
	small.mu.Unlock()
	for i := range maxUnsettledInAll/maxUnsettledBytes + 10 {
		h := c.use(fmt.Sprint("large ", i))
		for number := range uint64(3) {
			h.mu.Lock()
			h.keep(forwardedMessage{origin: rooms.Origin{Stream: 1, Number: number + 1}}, 2, body)
			h.mu.Unlock()
			if c.relieveOutboxes(); c.unsettled.Load() > maxUnsettledInAll {
				t.Fatalf("%d bytes are kept", c.unsettled.Load())
			}
		}
	}
	if len(small.outbox.frames) != 1 {
		t.Error("the smallest outbox was emptied")
	}
	for _, h := range c.allHomes() {
		h.mu.Lock()
		h.outbox.takeAll()
		h.mu.Unlock()
	}
	if left := c.unsettled.Load(); left != 0 {
		t.Errorf("%d bytes are counted in empty outboxes", left)
	}
}

// What several nodes have kept for the next owner comes to a member at once, which does not
// lose its connection by that, even if it polls.
func TestOutboxesOfSeveralNodesAddUp(t *testing.T) {
	n := startNodes(t, 5)
	const seats = 5
	n.enter(0, "room", map[string]any{"capacity": seats}) // whose node is about to go
	receiver := n.enterWith(n.all[4].dial(4, dialer.Polling), "room", nil)
	senders := []*caller{n.enter(1, "room", nil), n.enter(2, "room", nil), n.enter(3, "room", nil)}
	senders[0].Expect(event("join", "room", senders[1].id, ""))
	senders[0].Expect(event("join", "room", senders[2].id, ""))
	n.links[0].cutOff()
	for i := range maxUnsettled {
		for _, m := range senders {
			_ = m.Send(event("message", i)) // until its connection is lost
		}
	}
	heard := make(map[string]int)
	for len(heard) < len(senders) || slices.Min(slices.Collect(maps.Values(heard))) < maxUnsettled-1 {
		var number int
		packet := receiver.Next()
		for _, m := range senders {
			if _, err := fmt.Sscanf(packet, `2["message",%d,"`+m.id, &number); err == nil {
				heard[m.id] = number
			}
		}
	}
}

// A message that is larger than the share of its sender is kept, until there is another one.
func TestOneLargeMessageIsKept(t *testing.T) {
	for _, size := range []int{maxReceivedBytes / 2, 2 * maxUnsettledBytes} {
		o := outbox{inAll: new(atomic.Int64)}
		for number := range uint64(3) {
			f := unsettled{origin: rooms.Origin{Stream: 1, Number: number}, from: "ann", body: make([]byte, size)}
			if dropped := o.push(f, 8); len(dropped) != min(int(number), 1) || slices.Contains(dropped, f.origin) {
				t.Errorf("%d bytes: message %d drops %v", size, number, dropped)
			}
		}
	}
}

// Whatever the other members of a room say to a member or to all, on as many nodes, what is
// kept for that member is fewer packets than may wait for it.
func TestKeptForOneReceiver(t *testing.T) {
	const seats = 8
	rng := rand.New(rand.NewPCG(1, 2))
	total, bytes := make(map[string]int), make(map[string]int)
	for sender := range seats {
		o := outbox{inAll: new(atomic.Int64)}
		for number := range 500 {
			f := unsettled{origin: rooms.Origin{Stream: 1, Number: uint64(number)}, from: fmt.Sprint(sender), body: make([]byte, rng.IntN(10_000))}
			if receiver := rng.IntN(seats); receiver != sender {
				f.to = fmt.Sprint(receiver)
			}
			dropped := o.push(f, seats)
			if slices.Contains(dropped, f.origin) || o.frames[len(o.frames)-1].origin != f.origin {
				t.Fatal("the last message is not kept")
			}
		}
		for receiver := range seats {
			for _, f := range o.frames {
				if to := fmt.Sprint(receiver); receiver != sender && (f.to == "" || f.to == to) {
					total[to]++
					bytes[to] += f.size()
				}
			}
		}
	}
	for to, count := range total {
		if count > maxReceived || bytes[to] > maxReceivedBytes || count < maxReceived/8 {
			t.Errorf("%d messages of %d bytes are kept for one receiver", count, bytes[to])
		}
	}
	if len(total) != seats {
		t.Errorf("something is kept for %d receivers", len(total))
	}
}
