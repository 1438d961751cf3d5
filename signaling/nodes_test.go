package signaling

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// cloud is a cluster in memory: what Redis and the link between nodes do.
type cloud struct {
	t     testing.TB
	delay time.Duration // of frames and claims
	lease time.Duration // how long a node is believed to live

	mu    sync.Mutex   // guards the fields below
	nodes []*cloudNode // which have their handlers
	count int
	rooms map[RoomKey]*cloudRoom
}

type cloudRoom struct {
	owner  string
	epoch  uint64
	record []byte
}

// cloudNode is a node of a cloud.
type cloudNode struct {
	cloud *cloud
	name  string

	receive func(string, []byte)
	onLost  func(string)
	fenced  func(RoomKey, uint64)

	wake   chan struct{}
	queue  []func() // guarded by cloud.mu, as what follows
	cut    time.Time
	isCut  bool
	lost   map[string]bool // nodes that are cut off from it, and it knows
	broken map[string]bool // nodes that get nothing of it, which it does not know yet
	ended  bool
	worker sync.WaitGroup
}

func newCloud(t testing.TB) *cloud {
	return &cloud{t: t, lease: 300 * time.Millisecond, rooms: make(map[RoomKey]*cloudRoom)}
}

func (c *cloud) add() *cloudNode {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := &cloudNode{cloud: c, name: fmt.Sprintf("node%04d", c.count), wake: make(chan struct{}, 1), lost: make(map[string]bool), broken: make(map[string]bool)}
	c.count++
	n.worker.Go(n.work)
	c.t.Cleanup(n.end)
	return n
}

// work calls the handlers, one after the other.
func (n *cloudNode) work() {
	for range n.wake {
		for {
			n.cloud.mu.Lock()
			queue := n.queue
			n.queue = nil
			n.cloud.mu.Unlock()
			if len(queue) == 0 {
				break
			}
			for _, f := range queue {
				f()
			}
		}
	}
}

// add queues a call. The caller holds cloud.mu.
func (n *cloudNode) add(f func()) {
	if n.ended {
		return
	}
	n.queue = append(n.queue, f)
	sendToken(n.wake)
}

func (n *cloudNode) end() {
	n.cloud.mu.Lock()
	ended := n.ended
	n.ended = true
	n.cloud.mu.Unlock()
	if !ended {
		close(n.wake)
		n.worker.Wait()
	}
}

func (n *cloudNode) Self() string { return n.name }

func (n *cloudNode) Serving() bool {
	n.cloud.mu.Lock()
	defer n.cloud.mu.Unlock()
	return !n.isCut || time.Since(n.cut) < n.cloud.lease*7/10
}

func (n *cloudNode) Key(room string) (key RoomKey) {
	sum := sha256.Sum256([]byte(room))
	copy(key[:], sum[:])
	return key
}

func (n *cloudNode) Send(to string, body []byte) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.nodes, func(other *cloudNode) bool { return other.name == to })
	if i < 0 || n.isCut || c.nodes[i].isCut || c.nodes[i].lost[n.name] || n.lost[to] || n.broken[to] {
		return
	}
	other, body := c.nodes[i], bytes.Clone(body)
	deliver := func() {
		other.receive(n.name, body)
		for i := range body { // which is borrowed
			body[i] = 0xff
		}
	}
	if c.delay == 0 {
		other.add(deliver)
		return
	}
	other.add(func() { time.Sleep(c.delay); deliver() })
}

func (n *cloudNode) Queue(to string, body []byte) { n.Send(to, body) }

func (n *cloudNode) Flush() {}

func (n *cloudNode) Claim(ctx context.Context, room RoomKey, seen uint64) (Claim, error) {
	c := n.cloud
	select {
	case <-time.After(c.delay):
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n.isCut || n.ended {
		return Claim{}, errors.New("cut off")
	}
	rm := c.rooms[room]
	if rm == nil {
		rm = &cloudRoom{}
		c.rooms[room] = rm
	}
	if rm.owner != "" && c.lives(rm.owner) {
		claim := Claim{Owner: rm.owner, Epoch: rm.epoch, Mine: rm.owner == n.name}
		if claim.Mine {
			claim.Record = rm.record
		}
		return claim, nil
	}
	rm.owner, rm.epoch = n.name, max(rm.epoch, seen)+1
	return Claim{Owner: n.name, Epoch: rm.epoch, Mine: true, Record: rm.record}, nil
}

// lives reports whether a node has a lease. The caller holds c.mu.
func (c *cloud) lives(name string) bool {
	for _, n := range c.nodes {
		if n.name == name {
			return !n.ended && (!n.isCut || time.Since(n.cut) < c.lease)
		}
	}
	return false
}

func (n *cloudNode) Save(room RoomKey, epoch uint64, record []byte) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	if rm := c.rooms[room]; rm != nil && !n.isCut && rm.owner == n.name && rm.epoch == epoch {
		rm.record = bytes.Clone(record)
	}
}

func (n *cloudNode) Release(room RoomKey, epoch uint64) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	if rm := c.rooms[room]; rm != nil && !n.isCut && rm.owner == n.name && rm.epoch == epoch {
		rm.owner, rm.record = "", nil
	}
}

func (n *cloudNode) HandOver(room RoomKey, epoch uint64, to string) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	if rm := c.rooms[room]; rm != nil && rm.owner == n.name && rm.epoch == epoch {
		rm.owner, rm.epoch = to, rm.epoch+1
	}
}

func (n *cloudNode) Nodes() (names []string) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.nodes {
		if c.lives(other.name) {
			names = append(names, other.name)
		}
	}
	return names
}

func (n *cloudNode) Handle(f func(string, []byte)) { n.receive = f }
func (n *cloudNode) OnLost(f func(string))         { n.onLost = f }

func (n *cloudNode) OnFenced(f func(RoomKey, uint64)) {
	n.fenced = f
	n.cloud.mu.Lock()
	defer n.cloud.mu.Unlock()
	n.cloud.nodes = append(n.cloud.nodes, n)
}

// cutOff cuts a node off from the others, who know when its lease has ended.
func (n *cloudNode) cutOff() {
	c := n.cloud
	c.mu.Lock()
	n.isCut, n.cut = true, time.Now()
	c.mu.Unlock()
	time.AfterFunc(c.lease, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, other := range c.nodes {
			if other != n {
				other.lost[n.name] = true
				other.add(func() { other.onLost(n.name) })
				n.add(func() { n.onLost(other.name) })
			}
		}
	})
}

// breakLink loses what two nodes send each other, until mendLink.
func (n *cloudNode) breakLink(other *cloudNode) {
	n.cloud.mu.Lock()
	defer n.cloud.mu.Unlock()
	n.broken[other.name], other.broken[n.name] = true, true
}

// mendLink tells both nodes that they have lost each other: what they send afterwards
// arrives.
func (n *cloudNode) mendLink(other *cloudNode) {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	for from, to := range map[*cloudNode]*cloudNode{n: other, other: n} {
		from.add(func() {
			c.mu.Lock()
			delete(from.broken, to.name)
			c.mu.Unlock()
			from.onLost(to.name)
		})
	}
}

// leave is the end of a node in order.
func (n *cloudNode) leave() {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	n.isCut, n.cut = true, time.Now().Add(-c.lease)
	for _, other := range c.nodes {
		if other != n {
			other.lost[n.name] = true
			other.add(func() { other.onLost(n.name) })
		}
	}
}

// heal ends that: the node learns which rooms it has lost, before it serves again.
func (n *cloudNode) heal() {
	c := n.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, rm := range c.rooms {
		if rm.owner != n.name {
			epoch := rm.epoch
			n.add(func() { n.fenced(key, epoch) })
		}
	}
	n.add(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		n.isCut = false
		for _, other := range c.nodes {
			delete(other.lost, n.name)
		}
	})
}

// ownerOf returns the node that has a room.
func (c *cloud) ownerOf(room string) string {
	key := c.nodes[0].Key(room)
	c.mu.Lock()
	defer c.mu.Unlock()
	if rm := c.rooms[key]; rm != nil {
		return rm.owner
	}
	return ""
}
