package cluster

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick are times for tests, a fifth of the real ones. A busy machine has to renew a
// lease within them.
var quick = Times{
	Lease: 2 * time.Second, Renew: 200 * time.Millisecond, Serve: 1400 * time.Millisecond, Young: 600 * time.Millisecond,
	Command: 700 * time.Millisecond, Claim: 2500 * time.Millisecond, Resend: 100 * time.Millisecond, Receipt: 20 * time.Millisecond,
}

const testSecret = "a secret of at least sixteen bytes"

// testNode is a node that remembers what it was told.
type testNode struct {
	*Node
	stop context.CancelFunc

	mu      sync.Mutex // guards what follows
	got     map[NodeID][]string
	lost    []NodeID
	fenced  []RoomKey
	serving []bool
}

func startNode(t *testing.T, url string) *testNode {
	t.Helper()
	n := runNode(t, url, quick)
	wait.Until(t, "the node serves", n.Serving)
	return n
}

func runNode(t *testing.T, url string, times Times) *testNode {
	t.Helper()
	return runLoggedNode(t, url, times, zerolog.Nop())
}

func runLoggedNode(t *testing.T, url string, times Times, log zerolog.Logger) *testNode {
	t.Helper()
	node, err := New(Options{URL: url, Secret: testSecret, Prefix: "test:", InsecureTLS: true, Log: log, Times: times})
	if err != nil {
		t.Fatal(err)
	}
	n := &testNode{Node: node, got: make(map[NodeID][]string)}
	n.Handle(2, func(from NodeID, body []byte) { n.note(func() { n.got[from] = append(n.got[from], string(body)) }) })
	n.OnLost(func(id NodeID) { n.note(func() { n.lost = append(n.lost, id) }) })
	n.OnFenced(func(room RoomKey, _ Epoch) { n.note(func() { n.fenced = append(n.fenced, room) }) })
	n.OnServing(func(is bool) { n.note(func() { n.serving = append(n.serving, is) }) })
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { node.Run(ctx) })
	n.stop = func() { cancel(); running.Wait() }
	t.Cleanup(n.stop)
	return n
}

func (n *testNode) note(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func (n *testNode) received(from *testNode) (all []string) {
	n.note(func() { all = append(all, n.got[from.Self()]...) })
	return all
}

func (n *testNode) hasLost(other *testNode) (lost bool) {
	n.note(func() {
		for _, id := range n.lost {
			lost = lost || id == other.Self()
		}
	})
	return lost
}

// send sends numbered bodies.
func (n *testNode) send(to *testNode, first, count int) {
	for i := range count {
		n.Send(to.Self(), 2, fmt.Appendf(nil, "%d", first+i))
	}
}

// wantNumbers waits until all of a number of bodies came, each once and in order.
func wantNumbers(t *testing.T, to, from *testNode, count int) {
	t.Helper()
	wait.Until(t, fmt.Sprintf("%d bodies arrive", count), func() bool { return len(to.received(from)) >= count })
	for i, body := range to.received(from) {
		if body != fmt.Sprint(i) {
			t.Fatalf("body %d is %s", i, body)
		}
	}
	if got := len(to.received(from)); got != count {
		t.Fatalf("got %d bodies, want %d", got, count)
	}
}

func startNodes(t *testing.T, count int) (*redis.Server, []*testNode) {
	t.Helper()
	server := redis.Start(t)
	var nodes []*testNode
	for range count {
		nodes = append(nodes, startNode(t, server.URL()))
	}
	for _, n := range nodes {
		wait.Until(t, "the nodes see each other", func() bool { return len(n.Nodes()) == count })
	}
	return server, nodes
}

func claim(t *testing.T, n *testNode, room string, seen Epoch) Claim {
	t.Helper()
	c, err := n.Claim(wait.Context(t), n.Key(room), seen)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
