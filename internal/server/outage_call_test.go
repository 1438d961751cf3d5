package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/tcpproxy"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/enginetest/witness"
	"vidchat/internal/servertest"
)

const (
	openRoom   = "open room" // which visitors enter and leave
	openSeats  = 8
	lockedRoom = "locked room" // which nobody may enter
)

// call is a call on three nodes, each with a way to Redis of its own. Its members talk all
// the time, and strangers come and go.
type call struct {
	t         *testing.T
	redis     *redis.Server
	delay     atomic.Int64 // on all ways, each way
	ways      []*tcpproxy.Proxy
	nodes     []*servertest.Server
	witnesses []*witness.Witness // the first and the last one are at the node that owns the room
	visitors  visitors           // one at each node
	talk      *talk
}

func startCall(t *testing.T) *call {
	t.Helper()
	c := &call{t: t, redis: redis.Start(t)}
	for range 3 {
		way := tcpproxy.Start(t, c.redis.Address(), func() time.Duration { return time.Duration(c.delay.Load()) })
		c.ways = append(c.ways, way)
		c.nodes = append(c.nodes, servertest.Start(t, map[string]string{
			"REDIS_URL": "redis://" + way.Address(), "CLUSTER_SECRET": "a secret of at least sixteen bytes", "LOG_LEVEL": "info",
		}))
	}
	t.Cleanup(func() {
		for i, node := range c.nodes {
			if t.Failed() {
				t.Logf("the log of node %d:\n%s", i, node.Log)
			}
		}
	})
	c.awaitAllNodes()
	for i, node := range []int{0, 1, 2, 0} {
		w := witness.New(t, string('A'+rune(i)), witness.Room{Name: openRoom, Seats: openSeats})
		w.Enter(node, c.options(node))
		c.witnesses = append(c.witnesses, w)
	}
	owner := c.newcomer(0)
	owner.mustEnter(lockedRoom)
	if ack := owner.Ask(`"lock",true`); ack["ok"] != true {
		t.Fatalf("lock: %v", ack)
	}
	for node := range c.nodes {
		c.visitors = append(c.visitors, c.startVisitor(node))
	}
	c.talk = startTalk(t, c.witnesses)
	time.Sleep(time.Second) // until the lock is on record
	wait.Until(t, "Redis is no longer young", func() bool { return !c.redis.Has("vidchat:young") })
	return c
}

func (c *call) options(node int) dialer.Options {
	return dialer.Options{URL: c.nodes[node].URL + "/socket.io/", Version: 4, Transport: dialer.WebSocket}
}

func (c *call) awaitAllNodes() {
	c.t.Helper()
	want := fmt.Sprintf("\nvidchat_cluster_nodes %d\n", len(c.nodes))
	for _, node := range c.nodes {
		wait.Until(c.t, "the nodes see each other", func() bool {
			text := node.Admin.Ask("GET", "/metrics").Text
			return strings.Contains(text, want) && strings.Contains(text, "\nvidchat_cluster_serving 1\n")
		})
	}
}

// expectNormal expects that everything works again, as if nothing had been.
func (c *call) expectNormal() {
	c.t.Helper()
	c.awaitAllNodes()
	for i, w := range c.witnesses {
		if w.Say(); !w.IsConnected() {
			c.t.Errorf("member %d has lost its connection", i)
		}
	}
	witness.ExpectAllHeard(c.t, "after the outage", c.witnesses)
	for node, v := range c.visitors {
		v.expectToEnter()
		v.stop()
		c.newcomer(node).mustEnter(fmt.Sprint("room of node ", node))
	}
}

// talk is members who talk all the time: not so much that more than is kept for a seat is
// not confirmed after an outage.
type talk struct {
	ending  chan struct{}
	running sync.WaitGroup
	stop    func()
}

func startTalk(t *testing.T, members []*witness.Witness) *talk {
	k := &talk{ending: make(chan struct{})}
	k.stop = sync.OnceFunc(func() {
		close(k.ending)
		k.running.Wait()
	})
	k.running.Go(func() {
		for {
			for _, w := range members {
				w.Say()
			}
			select {
			case <-time.After(700 * time.Millisecond):
			case <-k.ending:
				return
			}
		}
	})
	t.Cleanup(k.stop)
	return k
}

// stranger is a client without a seat.
type stranger struct {
	*servertest.Peer
	t *testing.T
}

func (c *call) newcomer(node int) *stranger {
	c.t.Helper()
	return &stranger{c.nodes[node].Dial(4, servertest.WebSocket), c.t}
}

// enter tries to enter a room, and again for some time if the answer is "busy".
func (s *stranger) enter(room string, patience time.Duration) (ack map[string]any) {
	s.t.Helper()
	for began := time.Now(); ack == nil || ack["error"] == "busy" && time.Since(began) < patience; {
		ack = s.Ask(fmt.Sprintf(`"enter",%q,{"capacity":%d}`, room, openSeats))
	}
	return ack
}

func (s *stranger) mustEnter(room string) map[string]any {
	s.t.Helper()
	ack := s.enter(room, wait.Timeout)
	if ack["ok"] != true {
		s.t.Fatalf("entering: %v", ack)
	}
	return ack
}

// visitor is a stranger who enters and leaves the open room, and tries the locked one.
type visitor struct {
	stranger
	members int // of the open room, apart from visitors

	entered, busy atomic.Int64
	longest       atomic.Int64 // time until an answer
	ending        chan struct{}
	running       sync.WaitGroup
	stop          func()
}

type visitors []*visitor

func (all visitors) String() string {
	var text strings.Builder
	for node, v := range all {
		fmt.Fprintf(&text, "node %d: %d entered, %d busy, the longest answer took %v; ", node, v.entered.Load(), v.busy.Load(), time.Duration(v.longest.Load()).Round(time.Millisecond))
	}
	return strings.TrimSuffix(text.String(), "; ")
}

func (c *call) startVisitor(node int) *visitor {
	v := &visitor{stranger: *c.newcomer(node), members: len(c.witnesses), ending: make(chan struct{})}
	v.stop = sync.OnceFunc(func() {
		close(v.ending)
		v.running.Wait()
	})
	v.running.Go(v.visit)
	c.t.Cleanup(v.stop)
	return v
}

// visit runs on a goroutine of its own.
func (v *visitor) visit() {
	for {
		v.tryOpenRoom()
		if ack := v.answer(fmt.Sprintf(`"enter",%q,{}`, lockedRoom)); ack != nil && ack["error"] != "locked" && ack["error"] != "busy" {
			v.t.Errorf("a stranger at the locked room: %v", ack)
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-v.ending:
			return
		}
	}
}

func (v *visitor) tryOpenRoom() {
	ack := v.answer(fmt.Sprintf(`"enter",%q,{"capacity":%d}`, openRoom, openSeats))
	switch peers, _ := ack["peers"].([]any); {
	case ack == nil:
	case ack["error"] == "busy":
		v.busy.Add(1)
	case ack["ok"] != true:
		v.t.Errorf("a stranger at a room with free seats: %v", ack)
	case len(peers) < v.members:
		v.t.Errorf("a stranger sees %d members, want %d at least", len(peers), v.members)
	default:
		v.entered.Add(1)
		_ = v.Send(fmt.Sprintf(`2["leave",%q]`, openRoom))
	}
}

// answer is ask for a goroutine of its own: it returns nil if the connection has ended.
func (v *visitor) answer(event string) map[string]any {
	began := time.Now()
	if v.Send("27["+event+"]") != nil {
		return nil
	}
	for {
		packet, err := v.Receive(v.t.Context())
		if err != nil {
			v.t.Errorf("a stranger lost its connection: %v", err)
			return nil
		}
		if text, ok := strings.CutPrefix(packet, "37"); ok {
			var acks []map[string]any
			_ = json.Unmarshal([]byte(text), &acks)
			v.longest.Store(max(v.longest.Load(), int64(time.Since(began))))
			return acks[0]
		}
	}
}

func (v *visitor) expectToEnter() {
	v.t.Helper()
	before := v.entered.Load()
	wait.Until(v.t, "a stranger enters", func() bool { return v.entered.Load() > before+1 })
}

func (v *visitor) expectBusy() {
	v.t.Helper()
	before := v.busy.Load()
	wait.Until(v.t, `a stranger hears "busy"`, func() bool { return v.busy.Load() > before })
}
