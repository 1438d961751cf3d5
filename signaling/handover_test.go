package signaling

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// handOverWithKept stops node 0, which has a room with a member that is away, and returns
// once it has ended. Something of what the next owner is given is done first.
func handOverWithKept(t *testing.T, n *nodes, during func(a *caller)) (b, away *caller) {
	var a *caller
	link, given := n.links[1], make(chan struct{})
	receive, seen := link.receive, false
	link.receive = func(from string, body []byte) {
		if seen || body[0] != frameHandOver {
			receive(from, body)
			return
		}
		seen, body = true, bytes.Clone(body)
		go func() {
			during(a)
			n.cloud.mu.Lock()
			link.add(func() { receive(from, body) })
			n.cloud.mu.Unlock()
			close(given)
		}()
	}
	a = n.enter(0, "room", map[string]any{"capacity": 4})
	b, away = n.enter(1, "room", nil), n.enter(1, "room", nil)
	away.Abort()
	b.waitFor(t, event("away", "room", away.id))
	b.say("kept")
	a.waitFor(t, event("message", "kept", b.id, 1))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = n.all[0].Shutdown(wait.Context(t))
		n.links[0].leave()
	}()
	<-given
	t.Cleanup(func() { <-ended })
	return b, away
}

// expectKept has a member that was away come back, which gets what was kept for it.
func (n *nodes) expectKept(node int, b, away *caller) {
	n.t.Helper()
	again := n.all[node].dial(4, dialer.WebSocket)
	if ack := again.emit("enter", "room", map[string]any{"seat": away.seat, "seen": 0}); ack["resumed"] != true {
		n.t.Fatalf("enter: %v", ack)
	}
	again.Expect(event("message", "kept", b.id, 1))
}

// What a client asks for while its node gives the room away waits for the next owner. It does
// not have the room given to a node that has nothing of it.
func TestAskedDuringHandOver(t *testing.T) {
	n := startNodes(t, 6)
	b, away := handOverWithKept(t, n, func(a *caller) {
		a.MustSend(`27["lock",true]`)
		owner := n.all[0].cluster
		wait.Until(t, "the client waits", func() bool {
			h := owner.find("room")
			owner.mu.Lock()
			defer owner.mu.Unlock()
			return h.uses > 0
		})
		h := n.all[1].cluster.find("room")
		h.mu.Lock()
		h.outbox.takeAll() // so that only the next owner has what is kept
		h.mu.Unlock()
	})
	b.waitFor(t, event("locked", "room", true))
	n.expectKept(1, b, away)
}

// A node that stops while it is given a room passes on all of it.
func TestHandOverToNodeThatStops(t *testing.T) {
	n := startNodes(t, 3)
	next := n.all[1].cluster
	stopped := make(chan struct{})
	link := n.links[0]
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if body[0] == frameConfirm && from == n.links[1].name {
			go func() {
				defer close(stopped)
				_ = n.all[1].Shutdown(wait.Context(t))
				n.links[1].leave()
			}()
			wait.Until(t, "the next owner stops too", next.isLeaving)
		}
		receive(from, body)
	}
	b, away := handOverWithKept(t, n, func(*caller) {})
	<-stopped
	n.expectKept(2, b, away)
}

// If no node confirms that it has a room, its record is all that is left of it. What was kept
// for a member that is away is sent again by the node of who has said it.
func TestHandOverThatNobodyConfirms(t *testing.T) {
	n := startNodes(t, 2)
	link := n.links[1]
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if body[0] != frameHandOver {
			receive(from, body)
		}
	}
	a := n.enter(0, "room", map[string]any{"capacity": 4})
	b, away := n.enter(1, "room", nil), n.enter(1, "room", nil)
	away.Abort()
	b.waitFor(t, event("away", "room", away.id))
	b.MustSend(event("message", "kept", away.id))
	b.MustSend(`27["lock",true]`)
	a.waitFor(t, event("locked", "room", true))
	ctx, cancel := context.WithTimeout(t.Context(), 3*reportTime)
	defer cancel()
	_ = n.all[0].Shutdown(ctx)
	n.links[0].leave()
	n.expectKept(1, b, away)
}

// A room that is given away just when its last member has left can be entered again at once.
func TestHandOverOfAnEmptyRoom(t *testing.T) {
	n := startNodes(t, 2)
	a := n.enter(0, "room", nil)
	owner := n.all[0].cluster
	h := owner.use("room") // so that it is not given up
	a.MustSend(event("leave", "room"))
	wait.Until(t, "the room is empty", func() bool { _, seats := owner.server.rooms.Size(); return seats == 0 })
	if owner.takeOut(h, []string{n.links[1].name}) != nil {
		t.Fatal("an empty room is handed over")
	}
	owner.release(h)
	n.enter(1, "room", nil)
}

// A node that stops does not claim a room that nobody has entered over and over, whether
// somebody waits for it or not.
func TestUnusedRoomOfNodeThatStops(t *testing.T) {
	for _, waits := range []bool{false, true} {
		t.Run(fmt.Sprintf("somebody waits %t", waits), func(t *testing.T) {
			n := startNodes(t, 2)
			c := n.all[0].cluster
			h := c.use("room")
			if !waits {
				c.mu.Lock()
				h.uses = 0
				c.mu.Unlock()
			}
			c.mu.Lock()
			c.leaving = true
			c.mu.Unlock()
			h.mu.Lock()
			c.seek(h)
			h.mu.Unlock()
			start := time.Now()
			time.Sleep(3 * retryDelay)
			n.cloud.mu.Lock()
			epoch := n.cloud.rooms[h.key].epoch
			n.cloud.mu.Unlock()
			if most := uint64(time.Since(start)/retryDelay + 1); epoch > most {
				t.Errorf("the room has epoch %d, want at most %d", epoch, most)
			}
			if waits {
				c.release(h)
			}
		})
	}
}

// A node that stops does not wait for the next owner of a room here that has no seats.
func TestPingOfAnEmptyRoom(t *testing.T) {
	n := startNodes(t, 2)
	c := n.all[0].cluster
	h := c.use("room")
	defer c.release(h)
	ctx, cancel := context.WithTimeout(t.Context(), handOverTime)
	defer cancel()
	if state := c.await(ctx, h); state != homeHere {
		t.Fatalf("the room has state %d", state)
	}
	c.ping(ctx, h)
	if ctx.Err() != nil {
		t.Error("it has waited until the end")
	}
}

// What is refused of a node, since too much of it waits, and what follows that, is refused
// together: otherwise what comes first would be dropped when it is sent again.
func TestTooMuchWaitsForHandOver(t *testing.T) {
	n := startNodes(t, 2)
	c := n.all[1].cluster
	key := n.links[1].Key("room")
	from, other := n.links[0].name, "node9999"
	handed := &handedRoom{missed: make(map[string][]byte)}
	c.mu.Lock()
	c.handed[key] = handed
	c.mu.Unlock()
	frame := newFrame(framePing, key, 1, 0).b
	for i := range maxWaiting + 10 {
		if !c.holdBack(from, key, frame) {
			t.Fatalf("frame %d is not held back", i)
		}
	}
	c.mu.Lock()
	handed.waiting = nil // as handleWaiting does, which goes on
	c.mu.Unlock()
	c.holdBack(from, key, frame)
	c.holdBack(other, key, frame)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(handed.waiting) != 1 || handed.waiting[0].from != other || len(handed.missed) != 1 {
		t.Errorf("%d frames wait, and %d nodes are refused", len(handed.waiting), len(handed.missed))
	}
	delete(c.handed, key)
}

// What waits for a room that is handed over by two nodes, one after the other, is not forgotten.
func TestHandedOverTwice(t *testing.T) {
	n := startNodes(t, 2)
	c, key := n.all[1].cluster, n.links[1].Key("room")
	refused := make(chan bool, 1)
	link := n.links[0]
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if body[0] == frameRefused {
			refused <- true
		}
		receive(from, body)
	}
	c.mu.Lock()
	c.handed[key] = &handedRoom{
		from: "node9999", until: time.Now().Add(claimHandedTime), missed: make(map[string][]byte),
		waiting: []waitingFrame{{link.name, newFrame(framePing, key, 1, 0).b}},
	}
	c.mu.Unlock()
	w := newFrame(frameHandOver, key, 1, 64)
	w.text("room")
	w.roomState(roomState{Capacity: 2}, true)
	link.Send(n.links[1].name, w.b)
	select {
	case <-refused: // it was for an owner before
	case <-time.After(wait.Timeout):
		t.Error("what waited has no answer")
	}
}

// What is remembered of messages does not grow with each connection of those who sent them.
func TestReconnectsAreNotRemembered(t *testing.T) {
	n := startNodes(t, 2)
	link, seats := n.links[1], make(chan []seatState, 1)
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if body[0] == frameHandOver {
			r := reader{b: body[headSize:]}
			seats <- r.roomState(r.text()).Seats
		}
		receive(from, body)
	}
	a, b, c := n.enter(0, "room", map[string]any{"capacity": 3}), n.enter(1, "room", nil), n.enter(1, "room", nil)
	const count = 20
	for i := range count {
		hello := fmt.Sprint("hello ", i)
		b.say(hello)
		a.waitFor(t, event("message", hello, b.id, i+1))
		c.waitFor(t, event("message", hello, b.id, i+1))
		b.client = n.all[1].dial(4, dialer.WebSocket)
		if ack, _ := b.collect("enter", "room", map[string]any{"seat": b.seat, "seen": 0}); ack["resumed"] != true {
			t.Fatalf("enter: %v", ack)
		}
	}
	const most = count / 2
	if err := n.all[0].Shutdown(wait.Context(t)); err != nil {
		t.Fatal(err)
	}
	n.links[0].leave()
	for _, s := range <-seats {
		if len(s.Streams) > most || len(s.Had) > most {
			t.Errorf("a seat has %d streams, and was given %d", len(s.Streams), len(s.Had))
		}
	}
}
