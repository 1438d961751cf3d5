package signaling

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"vidchat/internal/enginetest/wait"
	"vidchat/rooms"
)

// What a member at another node asks of an owner that is about to give its room away is asked
// of the next one.
func TestLockWhileARoomIsTakenOut(t *testing.T) {
	n := startNodes(t, 2)
	a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	link, asked := n.links[0], make(chan struct{}, 1)
	receive := link.receive
	link.receive = func(from string, body []byte) {
		receive(from, body)
		if body[0] == frameLock {
			sendToken(asked)
		}
	}
	owner := n.all[0].cluster
	h := owner.find("room")
	wait.Until(t, "the record is saved", func() bool { return len(owner.saved("room").Seats) == 2 })
	owner.moving.Lock()
	st, knocks, _ := owner.server.rooms.TakeOut("room")
	b.MustSend(`27["lock",true]`)
	<-asked
	owner.becomeEdge(h, st, knocks, nil)
	owner.moving.Unlock()
	owner.start(func() { owner.claim(h) })
	owner.refuseAll()
	a.waitFor(t, event("locked", "room", true))
}

// Two goroutines that want to give a room away, or one while another node is known to have the
// room, do not both do so: one finds that it is gone.
func TestRoomIsGivenAwayOnce(t *testing.T) {
	for _, fenced := range []bool{false, true} {
		t.Run(fmt.Sprintf("fenced %t", fenced), func(t *testing.T) {
			n := startNodes(t, 2)
			a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
			a.Expect(event("join", "room", b.id, ""))
			owner := n.all[0].cluster
			h := owner.find("room")
			_, epoch, _ := h.where()
			others, given := []string{n.links[1].name}, make(chan *handing, 2)
			takeOut := func() { given <- owner.takeOut(h, others) }
			second := takeOut
			if fenced {
				second = func() { owner.fenced(h.key, epoch); given <- nil }
			}
			owner.moving.Lock()
			for i, f := range []func(){takeOut, second} {
				go f()
				wait.Until(t, "it waits for its turn", func() bool { return waitingToMove() == i+1 })
			}
			owner.moving.Unlock()
			first, none := <-given, <-given
			if first == nil {
				first, none = none, first
			}
			if first == nil || none != nil {
				t.Fatalf("the room is given away as %v and %v", first, none)
			}
			if !owner.handOver(wait.Context(t), first) {
				t.Fatal("the next owner has not confirmed")
			}
			b.MustSend(`27["lock",true]`)
			a.waitFor(t, event("locked", "room", true))
		})
	}
}

// What other nodes ask of an owner that has given a room away is refused for the epoch at which
// they believe it the owner: they would ignore the next owner's.
func TestRefusedAtTheEpochOfTheAsker(t *testing.T) {
	n := startNodes(t, 3)
	refused := make(chan uint64, 4)
	link := n.links[1]
	receive := link.receive
	link.receive = func(from string, body []byte) {
		if body[0] == frameRefused {
			r := reader{b: body[1:]}
			_, epoch := r.head()
			refused <- epoch
		}
		receive(from, body)
	}
	a, b := n.enter(0, "room", nil), n.enter(1, "room", nil)
	a.Expect(event("join", "room", b.id, ""))
	owner := n.all[0].cluster
	h := owner.find("room")
	_, epoch, _ := h.where()
	x := owner.takeOut(h, []string{n.links[2].name})
	if x == nil || !owner.handOver(wait.Context(t), x) {
		t.Fatal("the room was not handed over")
	}
	wait.Until(t, "the owner before knows the next", func() bool {
		_, now, _ := h.where()
		return now > epoch
	})
	owner.refuseAll()
	if got := <-refused; got != epoch {
		t.Errorf("refused at epoch %d, want %d", got, epoch)
	}
}

// waitingToMove counts the goroutines that wait until they may give a room away.
func waitingToMove() (count int) {
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "(*RWMutex).Lock") && strings.Contains(stack, "(*cluster)") {
			count++
		}
	}
	return count
}

// A member that leaves while the owner gives the room away has left it at the next one.
func TestLeaveWhileARoomIsTakenOut(t *testing.T) {
	for name, leave := range map[string]string{"leave": event("leave", "room"), "disconnect": "1"} {
		for _, node := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s at node %d", name, node), func(t *testing.T) {
				t.Parallel()
				n := startNodes(t, 3)
				a := n.enter(0, "room", map[string]any{"capacity": 3})
				b, c := n.enter(node, "room", nil), n.enter(2, "room", nil)
				a.Expect(event("join", "room", b.id, ""))
				a.Expect(event("join", "room", c.id, ""))
				owner := n.all[0].cluster
				wait.Until(t, "the record is saved", func() bool { return len(owner.saved("room").Seats) == 3 })
				owner.moving.Lock()
				st, knocks, _ := owner.server.rooms.TakeOut("room")
				b.MustSend(leave)
				time.Sleep(100 * time.Millisecond) // so that the owner has it before it knows where the room is
				h := owner.find("room")
				owner.becomeEdge(h, st, knocks, nil)
				owner.moving.Unlock()
				owner.start(func() { owner.claim(h) })
				owner.refuseAll()
				a.expectBye(b)
				c.expectBye(b)
			})
		}
	}
}

// expectBye waits until a member is told that another one has left, which was not away.
func (m *caller) expectBye(of *caller) {
	m.t.Helper()
	for {
		switch got := m.Next(); got {
		case event("bye", "room", of.id):
			return
		case event("away", "room", of.id):
			m.t.Fatal("the seat of a member that has left is held")
		}
	}
}

// A member that leaves when the owner of its room is gone has left it at the next one, with
// what it had said before.
func TestLeaveWithoutOwner(t *testing.T) {
	for _, known := range []bool{false, true} {
		for _, node := range []int{1, 2} {
			t.Run(fmt.Sprintf("known %t, the other member at node %d", known, node), func(t *testing.T) {
				t.Parallel()
				n := startNodes(t, 3)
				n.enter(0, "room", map[string]any{"capacity": 4})
				b, c := n.enter(1, "room", nil), n.enter(node, "room", nil)
				b.Expect(event("join", "room", c.id, ""))
				wait.Until(t, "the record is saved", func() bool { return len(n.all[0].cluster.saved("room").Seats) == 3 })
				n.links[0].cutOff()
				if known {
					wait.Until(t, "the owner is sought", func() bool {
						h := n.all[1].cluster.find("room")
						h.mu.Lock()
						defer h.mu.Unlock()
						return h.state != homeThere || h.owner != n.links[0].name
					})
				}
				b.say("goodbye")
				b.MustSend(event("leave", "room"))
				c.waitFor(t, event("message", "goodbye", b.id, 1))
				c.expectBye(b)
			})
		}
	}
}

// A client that has gone to another room stays there when its room before gets an owner.
func TestOtherRoomWhileTheOwnerIsSought(t *testing.T) {
	n := startNodes(t, 0)
	for range 3 {
		n.addWith(Config{MaxCapacity: 8, SeatHold: 3 * time.Second})
	}
	n.enter(0, "before", map[string]any{"capacity": 4})
	b, c := n.enter(1, "before", nil), n.enter(2, "before", nil)
	b.Expect(event("join", "before", c.id, ""))
	observer := n.enter(1, "after", map[string]any{"capacity": 3})
	n.links[0].cutOff()
	for _, m := range []*caller{b, c} {
		ack, _ := m.collect("enter", "after")
		m.id, m.last = ack["id"].(string), 0
		observer.Expect(event("join", "after", m.id, ""))
	}
	b.Expect(event("join", "after", c.id, ""))
	wait.Until(t, "the room before has been taken, and given up", func() bool { return n.cloud.ownerOf("before") == "" })
	observer.say("hello")
	b.hear(observer, "hello")
	c.hear(observer, "hello")
}

// Who has left while nobody knew the owner has left, even if its node stops then.
func TestFirstGoodbyeCounts(t *testing.T) {
	c := startNodes(t, 1).all[0].cluster
	h := c.use("room")
	defer c.release(h)
	m := &membership{home: h, client: new(participant)}
	h.mu.Lock()
	h.members[m.client] = m
	h.mu.Unlock()
	c.leaveMember(m, goodbye{leave: true})
	c.leaveMember(m, goodbye{hold: time.Second}) // as sayGoodbyes does
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.departed) != 1 || !m.gone.leave {
		t.Errorf("the owner would be told %+v", m.gone)
	}
	clear(h.departed)
}

// A client that is refused may ask again at once. Then what forgets it must not overlook its
// new seat: its node could neither say goodbye for it, nor that it lives.
func TestSeatRightAfterARefusal(t *testing.T) {
	n := startNodes(t, 2)
	n.enter(0, "room", map[string]any{"capacity": 8})
	owner := n.all[0].cluster
	h := owner.find("room")
	number := uint64(1 << 32) // of no client
	for range 3000 {
		refused := owner.useRemote(n.links[1].name, number, netip.Prefix{}, h)
		var done sync.WaitGroup
		done.Go(func() { owner.doneWith(refused) })
		p := owner.useRemote(n.links[1].name, number, netip.Prefix{}, h)
		if _, err := owner.server.rooms.Enter("room", p, rooms.Options{}); err != nil {
			t.Fatal(err)
		}
		owner.doneWith(p)
		done.Wait()
		if owner.findRemote(n.links[1].name, number) != p {
			t.Fatal("a client with a seat is forgotten")
		}
		owner.server.rooms.Leave(p)
		if owner.forgetIfGone(p); owner.findRemote(n.links[1].name, number) != nil {
			t.Fatal("a client without a seat is not forgotten")
		}
	}
}

// A client that is gone when its answer comes does not keep the seat, even if its node cannot
// say so at that moment.
func TestSeatOfNobody(t *testing.T) {
	for _, test := range []struct {
		name string
		lost bool // so is the answer
	}{{"answer", false}, {"lost answer", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := startNodes(t, 0)
			for range 2 {
				n.addWith(Config{MaxCapacity: 8, SeatHold: time.Minute, BriefHold: time.Second, NewMemberWait: time.Second})
			}
			a := n.enter(0, "room", nil)
			n.enter(1, "other", nil) // so that the nodes know each other
			if receive := n.links[1].receive; test.lost {
				n.links[1].receive = func(from string, body []byte) {
					if body[0] != frameEvent {
						receive(from, body)
					}
				}
			}
			owner := n.all[0].cluster
			owner.find("room").greet(n.links[1].name, true)
			nobody := owner.useRemote(n.links[1].name, 1<<32, netip.Prefix{}, owner.find("room"))
			if _, err := owner.server.rooms.Enter("room", nobody, rooms.Options{}); err != nil {
				t.Fatal(err)
			}
			owner.doneWith(nobody)
			if test.lost {
				n.enter(0, "room", nil) // which asks who is there
				return
			}
			id := strings.Split(a.Next(), `"`)[5]
			a.Expect(event("away", "room", id))
			a.Expect(event("bye", "room", id))
		})
	}
}
