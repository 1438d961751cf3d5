// Package cluster joins this process, a node, to the others that use the same
// Redis: who is alive, who owns which room, and a link to each of them.
//
// Redis holds a lease per node, a record per room, and carries what nodes send
// each other by pub/sub. Nothing of a call is readable there: room names are
// hashed, and records and packets are sealed, under CLUSTER_SECRET.
//
// Read cluster.go first, then lease.go (who is alive), ownership.go (whose a room
// is), link.go (what nodes send each other), publish.go (how it leaves), and
// scripts.go (what Redis decides).
package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"github.com/rs/zerolog"
)

// NodeID names a process. It is random at each start, so that a process that was
// started again is another node.
type NodeID string

// idLength is the length of a NodeID in characters.
const idLength = 8

// RoomKey is what the cluster calls a room: a hash of its name under the secret.
type RoomKey [16]byte

// Epoch tells owners of a room apart: that of a later owner is greater. Its low
// bits are random, so that two owners whom a failover of Redis let claim the same
// room never have the same one.
type Epoch uint64

// epochRandomBits are the low bits of an epoch. A double, which Lua counts with,
// holds 37 more.
const epochRandomBits = 16

// Options are what a node is told.
type Options struct {
	// URL is that of Redis: redis, rediss, valkey or valkeys.
	URL string
	// Secret is shared by all nodes, and nobody else.
	Secret string
	// Prefix is put before every key and channel.
	Prefix string
	// InsecureTLS accepts any certificate of Redis.
	InsecureTLS bool
	Log         zerolog.Logger
	// Times are the defaults, unless a test needs shorter ones.
	Times Times
}

// Node is this process as a member of the cluster. Handle and the On methods are
// called before Run.
type Node struct {
	id      NodeID
	options Options
	times   Times
	redis   rueidis.ClientOption
	keys    *keys
	log     zerolog.Logger
	Metrics Metrics

	handlers  [256]func(from NodeID, body []byte)
	onLost    []func(NodeID)
	onServing []func(bool)
	onFenced  []func(RoomKey, Epoch)

	start     time.Time
	commands  atomic.Pointer[rueidis.Client] // nil until Redis was reached
	lease     lease
	link      link
	publisher publisher
	owned     ownership
	events    events
}

// New makes a node. It joins the cluster in Run.
func New(o Options) (*Node, error) {
	redis, err := clientOption(o)
	if err != nil {
		return nil, err
	}
	n := &Node{
		id: newID(), options: o, times: o.Times.withDefaults(), redis: redis, log: o.Log,
		start: time.Now(),
	}
	redis.ConnWriteTimeout = n.times.Command
	n.redis = redis
	n.keys = newKeys(o.Secret, n.id)
	n.lease.init()
	n.link.init()
	n.owned.init()
	n.events.init()
	n.Metrics = newMetrics(n)
	return n, nil
}

func newID() NodeID {
	var b [idLength * 3 / 4]byte
	_, _ = rand.Read(b[:]) // never fails
	return NodeID(base64.RawURLEncoding.EncodeToString(b[:]))
}

// Self is the id of this node.
func (n *Node) Self() NodeID { return n.id }

// Key is what the cluster calls a room.
func (n *Node) Key(room string) RoomKey { return n.keys.room(room) }

// Handle registers what receives the bodies that nodes send on a channel. All
// handlers, and all that is registered by an On method, are called one at a time,
// so they must not block. A body is valid during the call.
func (n *Node) Handle(channel byte, receive func(from NodeID, body []byte)) {
	if channel == controlChannel {
		panic("cluster: this channel is the link's own")
	}
	n.handlers[channel] = receive
}

// OnLost registers what is told that a node's lease has ended, or that it has lost
// what it knew of this one.
func (n *Node) OnLost(told func(NodeID)) { n.onLost = append(n.onLost, told) }

// OnServing registers what is told when Serving changes.
func (n *Node) OnServing(told func(bool)) { n.onServing = append(n.onServing, told) }

// OnFenced registers what is told that another node owns a room of this one.
func (n *Node) OnFenced(told func(RoomKey, Epoch)) { n.onFenced = append(n.onFenced, told) }

// The errors of Claim.
var (
	// ErrFull is that Redis has no memory left.
	ErrFull = errors.New("the memory of Redis is full")
	// ErrUnreachable is that Redis did not answer in time.
	ErrUnreachable = errors.New("no answer from Redis")
)

// errStarting is why a node does not serve before its first lease.
var errStarting = errors.New("has not reached Redis yet")

// Ready returns why this node does not serve, in words, or nil.
func (n *Node) Ready() error {
	if n.Serving() {
		return nil
	}
	if err := n.lease.problem(); err != nil {
		return err
	}
	return errors.New("waiting for Redis: the lease of this node has ended")
}

// Joined reports whether this node has ever served.
func (n *Node) Joined() bool {
	n.lease.mu.Lock()
	defer n.lease.mu.Unlock()
	return n.lease.held
}

// Run joins the cluster, and leaves it when ctx ends. All goroutines of the node
// have ended when it returns.
func (n *Node) Run(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var dispatching, running sync.WaitGroup
	dispatching.Go(n.events.run)
	for _, work := range []func(context.Context){n.keepLease, n.subscribe, n.publish, n.keepPublisher, n.keepRecords} {
		running.Go(func() { work(working) })
	}
	<-ctx.Done()
	n.leave()
	stop()
	running.Wait()
	n.events.end()
	dispatching.Wait()
	if c := n.commands.Load(); c != nil {
		(*c).Close()
	}
}

// now is the time since the node was made, by the monotonic clock.
func (n *Node) now() time.Duration { return time.Since(n.start) }
