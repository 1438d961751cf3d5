package cluster

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// packetVersion is the first byte of what is published. Nodes of another version
// ignore each other.
const packetVersion = 1

// probeVersion is the first byte of what a node publishes to itself.
const probeVersion = 0

// publish sends what is queued, until ctx ends. Only this goroutine publishes, so
// that the order is kept; what is queued while it waits for Redis leaves together.
//
// It has a connection of its own: a goroutine that is alone with one writes and reads
// by itself, and none has to be woken for it.
func (n *Node) publish(ctx context.Context) {
	client := n.reach(ctx, publishing(n.redis))
	if client == nil {
		return
	}
	defer client.Close()
	tick := time.NewTicker(n.times.Receipt / 2)
	defer tick.Stop()
	for {
		select {
		case <-n.link.wake:
		case <-tick.C:
			n.markDue()
		case <-ctx.Done():
			return
		}
		for n.publishOnce(ctx, client) && ctx.Err() == nil {
		}
	}
}

// markDue looks for receipts that have waited long enough, and for what is to be
// sent again.
func (n *Node) markDue() {
	l := &n.link
	now := n.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.peers {
		late := len(p.frames) > 0 && p.next > 0 && now-p.moved > max(p.patient, n.times.Resend)
		if late && now >= p.retry {
			p.patient = min(2*max(p.patient, n.times.Resend), max(maxPatience, n.times.Resend))
			p.again()
			p.hold, p.moved = true, now
			n.Metrics.resends.Inc()
		}
		if p.owed && now-p.owedSince >= n.times.Receipt/2 || p.unsent() && now >= p.retry || p.frozen != 0 {
			l.markReady(p)
		}
	}
}

// peersAtOnce is how many nodes are sent something at once.
const peersAtOnce = 64

// outgoing is a packet on its way to Redis.
type outgoing struct {
	peer   *peer
	stream uint64
	sealed string
}

// publishOnce sends a packet to each node that has one to get. It reports whether
// there may be more.
func (n *Node) publishOnce(ctx context.Context, client rueidis.Client) bool {
	packets := n.takePackets()
	if len(packets) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, n.times.Command)
	defer cancel()
	commands := make(rueidis.Commands, len(packets))
	for i, o := range packets {
		commands[i] = client.B().Publish().Channel(n.inbox(o.peer.id)).Message(o.sealed).Build()
	}
	taken, failed := make([]bool, len(packets)), false
	for i, result := range client.DoMulti(ctx, commands...) {
		receivers, err := result.AsInt64()
		if err != nil {
			n.Metrics.failed(err)
			failed = true
		}
		taken[i] = err == nil && receivers > 0
	}
	n.putBack(packets, taken)
	return !failed
}

func (n *Node) inbox(id NodeID) string { return n.key("inbox:" + string(id)) }

func (n *Node) takePackets() (packets []outgoing) {
	l := &n.link
	now := n.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	count := min(len(l.ready), peersAtOnce)
	ready := l.ready[:count]
	l.ready = l.ready[count:]
	var text []byte
	for _, p := range ready {
		if l.peers[p.id] != p {
			continue // lost
		}
		p.ready = false
		var ok bool
		if text, ok = p.take(text[:0], now); !ok {
			continue
		}
		packets = append(packets, outgoing{p, p.stream, string(n.sealPacket(p.id, text))})
		if p.unsent() {
			l.markReady(p)
		}
	}
	if len(l.ready) == 0 {
		l.ready = nil
	}
	return packets
}

// sealPacket seals a packet for its receiver alone.
func (n *Node) sealPacket(to NodeID, text []byte) []byte {
	b := make([]byte, 0, 1+idLength+sealedBytes+len(text))
	b = append(append(b, packetVersion), n.id...)
	return n.keys.seal(b, text, packetContext(n.id, to), forPackets)
}

func packetContext(from, to NodeID) []byte { return []byte(string(from) + string(to)) }

// putBack lets what Redis did not take be sent again, after a while.
func (n *Node) putBack(packets []outgoing, taken []bool) {
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range packets {
		p := o.peer
		if taken[i] || l.peers[p.id] != p || p.stream != o.stream {
			continue
		}
		n.Metrics.resends.Inc()
		p.again()
		p.retry = n.now() + n.times.Resend/4
		p.owed, p.owedSince = p.inStream > 0, n.now()
	}
}

// probe lets a node see whether its own inbox still gets what is published.
func (n *Node) probe(ctx context.Context) {
	if client := n.client(); client != nil {
		client.Do(ctx, client.B().Publish().Channel(n.inbox(n.id)).Message(string([]byte{probeVersion})).Build())
	}
}
