package cluster

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
)

func TestBodiesArriveOnceInOrder(t *testing.T) {
	server, nodes := startNodes(t, 3)
	a, b, c := nodes[0], nodes[1], nodes[2]
	a.send(b, 0, 500)
	b.send(a, 0, 500)
	c.send(b, 0, 500)
	wantNumbers(t, b, a, 500)
	wantNumbers(t, a, b, 500)
	wantNumbers(t, b, c, 500)
	big := strings.Repeat("x", 1<<20)
	a.Send(b.Self(), 2, []byte(big))
	wait.Until(t, "a large body arrives", func() bool { got := b.received(a); return got[len(got)-1] == big })
	wait.Until(t, "everything has a receipt", a.link.isEmpty)

	// Redis cuts all connections.
	server.Do("CLIENT KILL TYPE pubsub", ":")
	c.send(a, 0, 100)
	server.Do("CLIENT KILL TYPE normal", ":")
	c.send(a, 100, 100)
	wantNumbers(t, a, c, 200)
}

func TestBodiesSurviveFrozenRedis(t *testing.T) {
	server, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	a.send(b, 0, 100)
	thaw := server.Freeze()
	a.send(b, 100, 100)
	wait.Until(t, "the node stops serving", func() bool { return !a.Serving() && a.Ready() != nil })
	thaw()
	wantNumbers(t, b, a, 200)
	wait.Until(t, "the node serves again", a.Serving)
	if a.hasLost(b) || b.hasLost(a) {
		t.Error("nodes lost each other")
	}
}

func TestClaim(t *testing.T) {
	_, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	first := claim(t, a, "room", 0)
	if !first.Mine || first.Owner != a.Self() || len(first.Record) != 0 {
		t.Fatalf("got %+v", first)
	}
	if second := claim(t, b, "room", 0); second.Mine || second.Owner != a.Self() || second.Epoch != first.Epoch {
		t.Fatalf("got %+v", second)
	}
	a.Save(a.Key("room"), first.Epoch, []byte("seats"))
	a.HandOver(a.Key("room"), first.Epoch, b.Self())
	wait.Until(t, "the room is handed over", a.owned.isWritten)
	if c := claim(t, a, "room", 0); c.Owner != b.Self() {
		t.Fatalf("got %+v", c)
	}
	third := claim(t, b, "room", 0)
	if !third.Mine || third.Epoch <= first.Epoch || string(third.Record) != "seats" {
		t.Fatalf("got %+v", third)
	}
	b.Save(b.Key("room"), third.Epoch, []byte("more seats"))
	wait.Until(t, "the record is written", b.owned.isWritten)
	b.stop()
	wait.Until(t, "the node is lost", func() bool { return a.hasLost(b) })
	fourth := claim(t, a, "room", third.Epoch)
	if !fourth.Mine || fourth.Epoch <= third.Epoch || string(fourth.Record) != "more seats" {
		t.Fatalf("got %+v", fourth)
	}
	a.Release(a.Key("room"), fourth.Epoch)
	wait.Until(t, "the room is released", a.owned.isWritten)
	if fifth := claim(t, a, "room", 1<<40); !fifth.Mine || fifth.Epoch <= 1<<40 || len(fifth.Record) != 0 {
		t.Fatalf("got %+v", fifth)
	}
}

// A claim does not overtake what gives the room up: a node that hands a room over, and asks
// at once who has it, must not get it back.
func TestClaimFollowsHandOver(t *testing.T) {
	_, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	handed, released := claim(t, a, "handed", 0), claim(t, a, "released", 0)
	a.Save(a.Key("released"), released.Epoch, []byte("seats"))
	wait.Until(t, "the record is written", a.owned.isWritten)
	keepBusy := func() {
		a.owned.mu.Lock()
		defer a.owned.mu.Unlock()
		for i := range 20 * recordBatch {
			key := a.Key(fmt.Sprint(i))
			a.owned.calls = append(a.owned.calls, call{releaseScript, []string{a.roomKey(key)}, []string{string(a.id), handed.Epoch.text()}})
		}
	}
	keepBusy()
	a.HandOver(a.Key("handed"), handed.Epoch, b.Self())
	if c := claim(t, a, "handed", handed.Epoch); c.Mine || c.Owner != b.Self() || c.Epoch != handed.Epoch {
		t.Errorf("the room that was handed over: got %+v, want owner %s", c, b.Self())
	}
	keepBusy()
	a.Release(a.Key("released"), released.Epoch)
	if c := claim(t, a, "released", released.Epoch); !c.Mine || len(c.Record) != 0 {
		t.Errorf("the room that was released: got %+v, want a new one", c)
	}
	wait.Until(t, "all is written", a.owned.isWritten)
	if left := len(a.owned.givenUp); left > 0 {
		t.Errorf("claims of %d rooms would wait", left)
	}
}

// A node that is cut off for longer than its lease stops serving, loses its rooms to
// whoever claims them, and finds out before it serves again.
func TestFence(t *testing.T) {
	server := redis.Start(t)
	p := startCutter(t, server)
	a, b := startNode(t, "redis://"+p.Address()), startNode(t, server.URL())
	mine, other := claim(t, a, "mine", 0), claim(t, a, "other", 0)
	a.send(b, 0, 10)
	wantNumbers(t, b, a, 10)
	resume := p.Stall()
	wait.Until(t, "the lease ends", func() bool { return b.hasLost(a) && !a.Serving() })
	taken := claim(t, b, "mine", mine.Epoch)
	if !taken.Mine || taken.Epoch <= mine.Epoch {
		t.Fatalf("got %+v", taken)
	}
	resume()
	wait.Until(t, "the node serves again", a.Serving)
	wait.Until(t, "the node meets the fence", func() (met bool) {
		a.note(func() { met = len(a.fenced) == 1 && a.fenced[0] == a.Key("mine") })
		return met
	})
	if c := claim(t, b, "other", 0); c.Owner != a.Self() || c.Epoch != other.Epoch {
		t.Errorf("the other room: %+v", c)
	}
	a.send(b, 10, 1)
	wait.Until(t, "the node hears that it was lost", func() bool { return a.hasLost(b) })
	a.send(b, 11, 9)
	wait.Until(t, "what is sent afterwards arrives", func() bool { got := b.received(a); return got[len(got)-1] == "19" })
}

func TestRedisRestartsEmpty(t *testing.T) {
	server, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	first := claim(t, a, "room", 0)
	a.Save(a.Key("room"), first.Epoch, []byte("seats"))
	server.Restart()
	second := claim(t, b, "room", 0)
	if second.Owner != a.Self() || second.Epoch != first.Epoch {
		t.Fatalf("got %+v, want owner %s", second, a.Self())
	}
	a.send(b, 0, 10)
	wantNumbers(t, b, a, 10)
	if a.hasLost(b) || b.hasLost(a) {
		t.Error("nodes lost each other")
	}
}

// A Redis that came back without its memory answers, so a claim waits for longer than for one
// that does not answer.
func TestClaimsWaitForAYoungRedis(t *testing.T) {
	server, times := redis.Start(t), quick
	times.Claim = 300 * time.Millisecond
	n := runNode(t, server.URL(), times)
	wait.Until(t, "the node serves", n.Serving)
	server.Do("SET test:young empty PX 1500", "+OK")
	if c := claim(t, n, "room", 0); !c.Mine {
		t.Errorf("got %+v", c)
	}
	if server.Has("test:young") {
		t.Error("the claim did not wait")
	}
}

func TestFullRedis(t *testing.T) {
	server, nodes := startNodes(t, 1)
	server.Do("CONFIG SET maxmemory 1", "+OK")
	if _, err := nodes[0].Claim(wait.Context(t), nodes[0].Key("room"), 0); err != ErrFull {
		t.Errorf("got %v", err)
	}
	before := nodes[0].lease.good.Load()
	wait.Until(t, "renewals go on", func() bool { return nodes[0].lease.good.Load() > before })
	server.Do("CONFIG SET maxmemory 0", "+OK")
	claim(t, nodes[0], "room", 0)
}

func TestRedisComesLater(t *testing.T) {
	server := redis.Start(t)
	server.Kill()
	n := runNode(t, server.URL(), quick)
	wait.Until(t, "the node says why it waits", func() bool {
		err := n.Ready()
		return err != nil && strings.Contains(err.Error(), "nothing listens")
	})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := n.Claim(ctx, n.Key("room"), 0); err != ErrUnreachable {
		t.Errorf("got %v", err)
	}
	server.StartAgain()
	wait.Until(t, "the node serves", n.Serving)
}

// A node that is too far behind is lost, and gets what is sent afterwards.
func TestTooFarBehind(t *testing.T) {
	server, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	thaw := server.Freeze()
	for range maxUnreceipted/(1<<20) + 2 {
		a.Send(b.Self(), 2, make([]byte, 1<<20))
	}
	wait.Until(t, "the node is lost", func() bool { return a.hasLost(b) })
	thaw()
	wait.Until(t, "the node serves", a.Serving)
	a.Send(b.Self(), 2, []byte("afterwards"))
	wait.Until(t, "what is sent afterwards arrives", func() bool {
		got := b.received(a)
		return len(got) > 0 && got[len(got)-1] == "afterwards"
	})
}

func TestGoodbye(t *testing.T) {
	_, nodes := startNodes(t, 2)
	a, b := nodes[0], nodes[1]
	a.send(b, 0, 100)
	a.stop()
	wantNumbers(t, b, a, 100)
	wait.Until(t, "the other node is told", func() bool { return b.hasLost(a) && len(b.Nodes()) == 1 })
}

// A node with as many rooms as the default of MAX_ROOMS writes all of them back.
func TestManyRoomsAreWrittenBack(t *testing.T) {
	const count = 20_000
	server := redis.Start(t)
	n := runNode(t, server.URL(), Times{})
	wait.Until(t, "the node serves", n.Serving)
	claim(t, n, "first", 0)
	n.owned.mu.Lock()
	for i := range count {
		n.owned.rooms[n.Key(fmt.Sprint(i))] = &ownedRoom{epoch: 1 << epochRandomBits, record: make([]byte, 300)}
	}
	n.owned.mu.Unlock()
	server.Restart()
	wait.Until(t, "all are written", func() bool { return server.Size() >= count && n.owned.isWritten() })
	wait.Until(t, "the node serves", n.Serving)
}
