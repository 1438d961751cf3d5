package cluster

import (
	"sync"
	"time"
)

// link sends frames to other nodes, in order, each once as long as both live. Redis
// itself promises neither: what it publishes is lost with a connection, and what it
// did not confirm may have arrived.
type link struct {
	wake chan struct{} // has room for one token

	mu     sync.Mutex // guards what follows
	peers  map[NodeID]*peer
	ended  map[NodeID]uint64 // the last stream of a node that was lost
	ready  []*peer
	stream uint64 // the last one
}

const (
	// controlChannel is for the link itself.
	controlChannel = 0
	// controlGoodbye says that the node leaves in order.
	controlGoodbye = 1
)

const (
	// maxUnreceipted is how many bytes wait for the receipt of a node. One that is
	// farther behind is lost.
	maxUnreceipted = 16 << 20
	// maxEnded is how many nodes are remembered that are gone.
	maxEnded = 4096
	// receiptBytes is how much arrives before a receipt waits no longer.
	receiptBytes = 128 << 10
	// maxPatience is the longest time to wait for a receipt.
	maxPatience = 2 * time.Second
)

func (l *link) init() {
	l.wake = make(chan struct{}, 1)
	l.peers, l.ended = make(map[NodeID]*peer), make(map[NodeID]uint64)
}

func (l *link) isEmpty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.peers {
		if len(p.frames) > 0 {
			return false
		}
	}
	return true
}

// Send queues a body for a node, and has it sent soon. It never blocks and never fails:
// OnLost tells of a node that is gone, which loses what was queued. The body is kept, so
// nobody may change it any more.
func (n *Node) Send(to NodeID, channel byte, body []byte) {
	n.Queue(to, channel, body)
	wake(n.link.wake)
}

// Queue is Send for who calls Flush soon, once it holds no lock.
func (n *Node) Queue(to NodeID, channel byte, body []byte) {
	if to == n.id {
		n.events.add(func() { n.handle(to, frame{channel, body}) })
		return
	}
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	p := n.peer(to)
	if p.bytes > maxUnreceipted {
		return // it is being lost
	}
	if p.stream == 0 {
		l.stream++
		p.stream, p.base = l.stream, 1
	}
	if len(p.frames) == 0 {
		p.moved = n.now()
	}
	p.frames = append(p.frames, frame{channel, body})
	if p.bytes += len(body) + frameOverhead; p.bytes > maxUnreceipted {
		n.events.add(func() { n.lose(to, "too_far_behind") })
		return
	}
	if n.now() >= p.retry && p.unsent() {
		l.enlist(p)
	}
}

// peer is called with the lock held.
func (n *Node) peer(id NodeID) *peer {
	p := n.link.peers[id]
	if p == nil {
		p = &peer{id: id, born: n.now()}
		n.link.peers[id] = p
	}
	return p
}

// markReady has something sent to a peer soon. It is called with the lock held.
func (l *link) markReady(p *peer) {
	l.enlist(p)
	wake(l.wake)
}

// enlist is called with the lock held.
func (l *link) enlist(p *peer) {
	if !p.ready {
		p.ready = true
		l.ready = append(l.ready, p)
	}
}

func (l *link) isReady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ready) > 0
}

// strangers are the peers without a lease, unless they came after a list of leases
// was asked for.
func (l *link) strangers(live map[NodeID]bool, asked time.Duration) (ids []NodeID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, p := range l.peers {
		if !live[id] && p.born < asked {
			ids = append(ids, id)
		}
	}
	return ids
}

// lose forgets what is known of a node, and tells so. It runs among the events, so
// that nothing of the node's next life is handled before.
func (n *Node) lose(id NodeID, why string) {
	n.drop(id)
	n.Metrics.lost.WithLabelValues(why).Inc()
	n.log.Info().Str("node", string(id)).Str("reason", why).Msg("lost a node")
	for _, told := range n.onLost {
		told(id)
	}
}

// drop forgets what is known of a node, but for the number of its last stream:
// packets of that may still be on their way.
func (n *Node) drop(id NodeID) {
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.peers[id]
	if p == nil {
		return
	}
	delete(l.peers, id)
	p.frames, p.ready = nil, true // so that it is never ready again
	if p.inStream > 0 {
		if len(l.ended) >= maxEnded {
			clear(l.ended)
		}
		l.ended[id] = p.inStream
	}
}

// receive handles a packet. It runs among the events.
func (n *Node) receive(from NodeID, in packet) {
	l := &n.link
	now := n.now()
	l.mu.Lock()
	p := n.peer(from)
	known := in.stream > 0 && in.stream > l.ended[from]
	restarted := known && p.inStream > 0 && in.stream > p.inStream
	switch {
	case in.stream > 0 && !known:
		p.frozen = in.stream
		l.markReady(p)
	case known && p.inStream == 0:
		p.inStream = in.stream
	}
	l.mu.Unlock()
	if restarted {
		n.lose(from, "restarted")
	}

	l.mu.Lock()
	p = n.peer(from)
	if restarted {
		p.inStream = in.stream
	}
	lost, again := p.received(in.receipt, now)
	var frames []frame
	var err error
	if known && in.stream == p.inStream && !lost {
		frames, err = p.accept(&in, now)
	}
	if again {
		n.Metrics.resends.Inc()
	}
	if p.resend || p.unreceipts > receiptBytes || p.unsent() && now >= p.retry {
		l.markReady(p)
	}
	l.mu.Unlock()
	if err != nil {
		n.Metrics.damaged.Inc()
	}
	if lost {
		n.lose(from, "forgotten")
		return
	}
	for _, f := range frames {
		n.handle(from, f)
	}
}

// handle gives a frame to its handler.
func (n *Node) handle(from NodeID, f frame) {
	if f.channel == controlChannel {
		if len(f.body) == 1 && f.body[0] == controlGoodbye {
			n.lease.noteGoodbye(from)
			n.events.add(func() { n.lose(from, "left") })
		}
		return
	}
	if receive := n.handlers[f.channel]; receive != nil {
		receive(from, f.body)
	}
}

// Backlog is how many bytes for a node have no receipt yet.
func (n *Node) Backlog(to NodeID) int {
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.peers[to]; p != nil {
		return p.bytes
	}
	return 0
}
