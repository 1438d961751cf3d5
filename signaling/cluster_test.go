package signaling

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// nodes are servers that share their rooms.
type nodes struct {
	t     *testing.T
	cloud *cloud
	all   []*harness
	links []*cloudNode
}

func startNodes(t *testing.T, count int) *nodes {
	n := &nodes{t: t, cloud: newCloud(t)}
	for range count {
		n.add()
	}
	return n
}

func (n *nodes) add() *harness { return n.addWith(Config{MaxCapacity: 8, SeatHold: testHold}) }

func (n *nodes) addWith(cfg Config) *harness {
	link := n.cloud.add()
	cfg.Cluster = link
	h := startServer(n.t, cfg)
	n.all, n.links = append(n.all, h), append(n.links, link)
	return h
}

// caller is a client that has entered a room, and knows what it has received.
type caller struct {
	*client
	id, seat string
	last     int
}

func (n *nodes) enter(node int, room string, options map[string]any) *caller {
	n.t.Helper()
	return n.enterWith(n.all[node].dial(4, dialer.WebSocket), room, options)
}

func (n *nodes) enterWith(c *client, room string, options map[string]any) *caller {
	n.t.Helper()
	ack := c.enter(room, options)
	return &caller{client: c, id: ack["id"].(string), seat: ack["seat"].(string)}
}

func (m *caller) say(text string) { m.MustSend(event("message", text)) }

// hear expects the next message, with the number after the last one.
func (m *caller) hear(from *caller, text string) {
	m.t.Helper()
	m.last++
	m.Expect(event("message", text, from.id, m.last))
}

// A call of three on three nodes has everything that one on a single node has.
func TestRoomOnThreeNodes(t *testing.T) {
	n := startNodes(t, 3)
	a := n.enter(0, "room", map[string]any{"capacity": 3, "name": "Ann"})
	b := n.enter(1, "room", map[string]any{"name": "Bob"})
	a.Expect(event("join", "room", b.id, "Bob"))
	a.say("hello")
	b.hear(a, "hello")
	b.say("good morning")
	a.hear(b, "good morning")
	ack, others := b.collect("lock", true)
	if ack["ok"] != true {
		t.Fatalf("lock: %v", ack)
	}
	if locked := event("locked", "room", true); !slices.Contains(others, locked) {
		b.Expect(locked) // the ack may be first, if something else is being sent to b
	}
	a.Expect(event("locked", "room", true))
}

// collect sends an event with an ack and collects what arrives besides.
func (p *client) collect(name string, args ...any) (ack map[string]any, others []string) {
	p.t.Helper()
	p.MustSend("27" + encode(append([]any{name}, args...)))
	for {
		packet := p.Next()
		if strings.HasPrefix(packet, "37") {
			return parseAck(p.t, packet, "7"), others
		}
		others = append(others, packet)
	}
}

// Knocks, locks and full rooms are decided by the owner.
func TestStrangersAtARoomOfAnotherNode(t *testing.T) {
	n := startNodes(t, 3)
	a := n.enter(0, "room", map[string]any{"proof": "right"})
	c := n.all[2].dial(4, dialer.WebSocket)
	c.expectError("denied", "enter", "room", map[string]any{"proof": "wrong"})
	if ack, _ := a.collect("lock", true); ack["ok"] != true {
		t.Fatalf("lock: %v", ack)
	}
	c.expectError("locked", "enter", "room", map[string]any{"proof": "right"})
	if ack := c.emit("knock", "room", map[string]any{"proof": "right", "name": "Eve"}); ack["ok"] != true {
		t.Fatalf("knock: %v", ack)
	}
	var knock string
	for knock == "" {
		if text, ok := strings.CutPrefix(a.Next(), `2["knock","room","`); ok {
			knock, _, _ = strings.Cut(text, `"`)
		}
	}
	if ack, _ := a.collect("admit", knock); ack["ok"] != true {
		t.Fatalf("admit: %v", ack)
	}
	c.Expect(event("admitted", "room"))
	n.enterWith(c, "room", map[string]any{"proof": "right"})
	d := n.all[1].dial(4, dialer.WebSocket)
	d.expectError("locked", "enter", "room", map[string]any{"proof": "right"})
	if ack, _ := a.collect("lock", false); ack["ok"] != true {
		t.Fatalf("unlock: %v", ack)
	}
	d.expectError("full", "enter", "room", map[string]any{"proof": "right"})
	c.MustSend(event("leave", "room"))
	wait.Until(t, "a seat is free", func() bool { return d.emit("enter", "room", map[string]any{"proof": "right"})["ok"] == true })
}

// A member whose node cannot be asked for a sign of life keeps its seat: who needs that hears
// "busy", and "full" once it can.
func TestProbesThatDoNotArrive(t *testing.T) {
	n := startNodes(t, 0)
	for range 2 {
		n.addWith(Config{MaxCapacity: 8, SeatHold: testHold, NewMemberWait: time.Second})
	}
	a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	n.links[0].breakLink(n.links[1])
	stranger := n.all[0].dial(4, dialer.WebSocket)
	stranger.expectError("busy", "enter", "room")
	a.ExpectNothing()
	n.links[0].mendLink(n.links[1])
	a.say("hello")
	b.waitFor(t, event("message", "hello", a.id, 1))
	stranger.expectError("full", "enter", "room")
}

// A client returns to its seat by way of another node, and misses nothing.
func TestReturnByAnotherNode(t *testing.T) {
	n := startNodes(t, 3)
	a := n.enter(0, "room", nil)
	b := n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	a.say("one")
	b.hear(a, "one")
	b.Abort()
	a.Expect(event("away", "room", b.id))
	a.say("two")
	ack := n.all[2].dial(4, dialer.WebSocket)
	c := n.enterWith(ack, "room", map[string]any{"seat": b.seat, "seen": 1})
	a.Expect(event("back", "room", b.id))
	c.last = 1
	c.hear(a, "two")
	c.say("three")
	a.hear(c, "three")
}

// A client whose answer is lost between two nodes is asked for once more, and comes back to
// its seat.
func TestLostAnswer(t *testing.T) {
	n := startNodes(t, 3)
	a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	a.say("one")
	b.hear(a, "one")
	b.Abort()
	a.Expect(event("away", "room", b.id))
	a.say("two")
	link, lost := n.links[2], false
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if !lost && body[0] == frameEvent {
			lost = true
			link.onLost(from)
			return
		}
		receive(from, body)
	}
	again := n.all[2].dial(4, dialer.WebSocket)
	if ack := again.emit("enter", "room", map[string]any{"seat": b.seat, "seen": 1}); ack["resumed"] != true || ack["id"] != b.id {
		t.Fatalf("enter: %v", ack)
	}
	a.Expect(event("back", "room", b.id))
	c := &caller{client: again, id: b.id, seat: b.seat, last: 1}
	c.hear(a, "two")
	a.say("three")
	c.hear(a, "three")
	c.say("four")
	a.hear(c, "four")
}

// A client that enters another room leaves the one before, whichever node has them.
func TestMoveBetweenRoomsOfNodes(t *testing.T) {
	n := startNodes(t, 2)
	a, b := n.enter(0, "there", nil), n.enter(1, "here", nil)
	c := n.all[1].dial(4, dialer.WebSocket)
	for range 2 {
		there := n.enterWith(c, "there", nil)
		a.Expect(event("join", "there", there.id, ""))
		here := n.enterWith(c, "here", nil)
		a.Expect(event("bye", "there", there.id))
		b.Expect(event("join", "here", here.id, ""))
		b.say("hello")
		here.hear(b, "hello")
		here.say("hello")
		b.hear(here, "hello")
		c.MustSend(event("leave", "here"))
		b.Expect(event("bye", "here", here.id))
	}
}

// After the owner is gone, another node has the room; nobody misses a message, or gets one
// twice, and nobody gets the seat of a member.
func TestTakeover(t *testing.T) {
	n := startNodes(t, 4)
	n.enter(0, "room", map[string]any{"capacity": 4, "proof": "secret"}) // whose node is about to go
	b := n.enter(1, "room", map[string]any{"proof": "secret"})
	c := n.enter(2, "room", map[string]any{"proof": "secret"})
	b.Expect(event("join", "room", c.id, ""))
	b.say("before")
	c.hear(b, "before")
	if ack, _ := b.collect("lock", true); ack["ok"] != true {
		t.Fatalf("lock: %v", ack)
	}
	c.Expect(event("locked", "room", true))
	wait.Until(t, "the record is saved", func() bool { return n.all[0].cluster.saved("room").Locked })
	n.links[0].cutOff()
	for i := range 20 {
		b.say(fmt.Sprint("during ", i))
		c.say(fmt.Sprint("and ", i))
	}
	for i := range 20 {
		c.hear(b, fmt.Sprint("during ", i))
		b.hear(c, fmt.Sprint("and ", i))
	}
	stranger := n.all[3].dial(4, dialer.WebSocket)
	stranger.expectError("denied", "enter", "room", map[string]any{"proof": "guess"})
	stranger.expectError("locked", "enter", "room", map[string]any{"proof": "secret"})
	if owner := n.cloud.ownerOf("room"); owner == n.links[0].name {
		t.Errorf("the room is still that of %s", owner)
	}
	b.ExpectPrefix(`2["away","room","`)
	c.ExpectPrefix(`2["away","room","`)
}

// saved returns what is on record of a room.
func (c *cluster) saved(room string) (st roomState) {
	node := c.nodes.(*cloudNode)
	node.cloud.mu.Lock()
	defer node.cloud.mu.Unlock()
	if rm := node.cloud.rooms[node.Key(room)]; rm != nil {
		st = c.readRecord(room, rm.record)
	}
	return st
}

// A node that stops hands its rooms over, with what is kept for those who are away.
func TestHandOver(t *testing.T) {
	n := startNodes(t, 3)
	a := n.enter(0, "room", map[string]any{"capacity": 3})
	b := n.enter(1, "room", nil)
	c := n.enter(2, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	a.Expect(event("join", "room", c.id, ""))
	b.Expect(event("join", "room", c.id, ""))
	b.say("one")
	a.hear(b, "one")
	c.hear(b, "one")
	c.Abort()
	a.Expect(event("away", "room", c.id))
	b.Expect(event("away", "room", c.id))
	b.say("two")
	a.hear(b, "two")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = n.all[0].Shutdown(wait.Context(t))
	}()
	t.Cleanup(func() { <-stopped })
	wait.Until(t, "the room is handed over", func() bool { return n.cloud.ownerOf("room") != n.links[0].name })
	b.say("three")
	again := n.enterWith(n.all[1].dial(4, dialer.WebSocket), "room", map[string]any{"seat": c.seat, "seen": 1})
	again.last = 1
	again.hear(b, "two")
	again.hear(b, "three")
	first := n.enterWith(n.all[2].dial(4, dialer.WebSocket), "room", map[string]any{"seat": a.seat, "seen": a.last})
	first.last = a.last
	first.hear(b, "three")
}

// A node that stops while the owner of a room is sought still forwards what its clients have
// said, and says that they are gone.
func TestStopWithoutOwner(t *testing.T) {
	n := startNodes(t, 3)
	n.enter(0, "room", map[string]any{"capacity": 3}) // whose node is about to go
	b, c := n.enter(1, "room", nil), n.enter(2, "room", nil)
	b.Expect(event("join", "room", c.id, ""))
	n.links[0].cutOff()
	b.say("goodbye")
	wait.Until(t, "the message waits", func() bool {
		h := n.all[1].cluster.find("room")
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.outbox.frames) > 0
	})
	if err := n.all[1].Shutdown(wait.Context(t)); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	c.waitFor(t, event("message", "goodbye", b.id, 1))
	c.waitFor(t, event("away", "room", b.id))
}

// A room that is handed over by an owner of long ago is not taken for what the last one had.
func TestLateHandOver(t *testing.T) {
	n := startNodes(t, 3)
	a, b := n.enter(0, "room", map[string]any{"capacity": 3}), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	w := newFrame(frameHandOver, n.links[1].Key("room"), 0, 64)
	w.text("room")
	w.roomState(roomState{Capacity: 3}, true)
	n.links[2].Send(n.links[1].name, w.b)
	a.say("hello")
	b.hear(a, "hello")
	wait.Until(t, "the record is saved", func() bool { return len(n.all[0].cluster.saved("room").Seats) == 2 })
	n.links[0].cutOff()
	again := n.all[1].dial(4, dialer.WebSocket)
	wait.Until(t, "the room is taken", func() bool { return n.cloud.ownerOf("room") == n.links[1].name })
	if ack := again.emit("enter", "room", map[string]any{"seat": a.seat, "seen": 0}); ack["resumed"] != true {
		t.Errorf("enter: %v", ack)
	}
	n.links[2].Send(n.links[1].name, w.b)
	n.enter(2, "room", nil)
}

// An owner that was cut off finds the room taken when it is back: its clients re-enter at
// the new owner, and what they said meanwhile is not lost.
func TestOwnerWakesUp(t *testing.T) {
	n := startNodes(t, 2)
	a := n.enter(0, "room", map[string]any{"capacity": 3})
	b := n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	a2 := n.enter(0, "room", nil)
	a.Expect(event("join", "room", a2.id, ""))
	b.Expect(event("join", "room", a2.id, ""))
	n.links[0].cutOff()
	a.say("on the island")
	a2.hear(a, "on the island")
	b.say("to the new owner")
	wait.Until(t, "the room is taken", func() bool { return n.cloud.ownerOf("room") == n.links[1].name })
	n.links[0].heal()
	a.waitFor(t, event("message", "to the new owner", b.id, 1))
	a2.waitFor(t, event("message", "to the new owner", b.id, 2))
	b.waitFor(t, event("message", "on the island", a.id, 1))
	b.say("together again")
	a.waitFor(t, event("message", "together again", b.id, 2))
}

// waitFor waits for a packet, past other events.
func (m *caller) waitFor(t *testing.T, packet string) {
	t.Helper()
	for deadline := time.Now().Add(wait.Timeout); time.Now().Before(deadline); {
		got := m.Next()
		if got == packet {
			return
		}
		if strings.HasPrefix(got, `2["message"`) {
			t.Fatalf("got %s, want %s", got, packet)
		}
	}
}
