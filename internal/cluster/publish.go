package cluster

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Format is the number of the format of all that nodes send each other, here, in package
// signaling and in package forward. It grows with each change of that. Nodes of different
// formats do not work together; see renewScript.
const Format = 2

// packetVersion is the first byte of what is published.
const packetVersion byte = Format

// probeVersion is the first byte of what a node publishes to itself.
const probeVersion = 0

// publisher sends packets, a batch at a time, over a connection of its own. What is
// queued before Redis has answered leaves together. Whoever sends something writes it
// if that cannot block, since to wake a goroutine would cost more than all the rest.
//
// For the same reason, Redis is asked for no answer to a packet that follows some time
// after the one before: there is nothing that would wait for it. See mustAsk.
type publisher struct {
	mu      sync.Mutex // guards what follows
	conn    net.Conn   // nil while there is none
	quiet   bool       // Redis can be asked for no answer
	busy    bool       // a batch is taken, and has no answers yet
	large   []outgoing // a batch that may block
	sent    []outgoing // a batch that waits for its answers
	since   time.Duration
	answers []bool // of sent, as far as they have come: whether anybody received it

	// What was written since the last batch with answers.
	unasked      []outgoing // one packet of each stream
	unaskedBytes int
	wrote        time.Duration // when the last batch was written

	// Memory that is used again, with room for spareBytes at most.
	texts   []byte // of the batch that is taken; only for whom begin has allowed one
	written []byte // nil while somebody writes it
}

// outgoing is a packet on its way to Redis.
type outgoing struct {
	peer   *peer
	stream uint64
	text   []byte // valid until the packet is sealed
}

const (
	// freeBytes is what a connection takes that has nothing on its way: its buffer is larger.
	freeBytes   = 64 << 10
	bufferBytes = 2 * freeBytes
	// maxUnasked is how much of that may be written without asking for answers: so much that a
	// packet of usual size still fits.
	maxUnasked = 48 << 10
	// spareBytes is how much memory is kept for the next batch.
	spareBytes = 64 << 10
	// closeTime is between two batches of which the second is asked to be answered: what is
	// queued meanwhile leaves together.
	closeTime = 200 * time.Microsecond
)

// publish sends what nobody else may, until ctx ends.
func (n *Node) publish(ctx context.Context) {
	tick := time.NewTicker(n.times.Receipt / 2)
	defer tick.Stop()
	for {
		select {
		case <-n.link.wake:
		case <-tick.C:
			n.publisher.expire(n.now() - n.times.Command)
			n.markDue()
		case <-ctx.Done():
			return
		}
		if large := n.publisher.takeLarge(); large != nil {
			if n.writePackets(large, true) {
				n.publisher.end()
			}
		}
		n.flush(true)
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

// Flush sends what was queued, unless that has to wait; then it is sent later.
func (n *Node) Flush() { n.flush(false) }

// flush sends a batch, unless there is one on its way.
func (n *Node) flush(mayBlock bool) {
	for n.publisher.begin() {
		if packets := n.takePackets(); len(packets) > 0 && !n.writePackets(packets, mayBlock) {
			return
		}
		n.publisher.end()
		if !n.link.isReady() { // who queued something meanwhile was told that others are at it
			return
		}
	}
}

func (p *publisher) begin() (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ok = p.conn != nil && !p.busy
	p.busy = p.busy || ok
	return ok
}

func (p *publisher) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
}

func (p *publisher) takeLarge() (packets []outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	packets, p.large = p.large, nil
	return packets
}

// expire closes a connection that has had no answer since a time.
func (p *publisher) expire(since time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil && len(p.sent) > 0 && p.since < since {
		_ = p.conn.Close()
	}
}

// mustAsk reports whether a batch of so many bytes needs answers: to have others wait until
// Redis has taken it, if there is much to send, and to notice from time to time that Redis is
// gone, or that nobody receives anything. It is called with the lock held.
func (p *publisher) mustAsk(bytes int, now, longest time.Duration) bool {
	return !p.quiet || now-p.wrote < closeTime || now-p.since > longest || p.unaskedBytes+bytes > maxUnasked
}

// noteUnasked is called with the lock held.
func (p *publisher) noteUnasked(packets []outgoing, bytes int) {
	p.unaskedBytes += bytes
	for _, o := range packets {
		if !slices.ContainsFunc(p.unasked, func(u outgoing) bool { return u.peer == o.peer && u.stream == o.stream }) {
			p.unasked = append(p.unasked, outgoing{peer: o.peer, stream: o.stream})
		}
	}
}

// writePackets writes the batch that begin has allowed, or leaves it to the goroutine. It
// reports whether it is done with it: no answer has to come.
func (n *Node) writePackets(packets []outgoing, mayBlock bool) (done bool) {
	bytes := 0
	for _, o := range packets {
		bytes += len(o.text) + packetOverhead + publishOverhead
	}
	p, now := &n.publisher, n.now()
	p.mu.Lock()
	conn, asks := p.conn, p.mustAsk(bytes, now, n.times.Resend)
	switch {
	case conn == nil:
		p.busy = false
	case p.unaskedBytes+bytes > freeBytes && !mayBlock:
		p.large = packets
	case asks:
		p.sent, p.answers, p.since = packets, p.answers[:0], now
	default:
		p.noteUnasked(packets, bytes)
	}
	left := p.large != nil
	var b []byte
	if conn != nil && !left {
		p.wrote = now
		b, p.written = slices.Grow(p.written, bytes), nil
		for _, o := range packets {
			b = n.appendPacket(b, o, asks)
		}
	}
	p.mu.Unlock()
	switch {
	case conn == nil:
		n.putBack(packets, nil)
		return false
	case left:
		wake(n.link.wake)
		return false
	}
	_ = conn.SetWriteDeadline(time.Now().Add(n.times.Command))
	if _, err := conn.Write(b); err != nil {
		_ = conn.Close() // so that whoever reads the answers notices
	}
	p.keepSpare(b)
	return !asks
}

// keepSpare keeps the memory of what was written.
func (p *publisher) keepSpare(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cap(b) <= spareBytes {
		p.written = b[:0]
	}
}

// answered notes an answer. After the last one of a batch, the next is sent.
func (n *Node) answered(taken bool) (expected bool) {
	p := &n.publisher
	p.mu.Lock()
	if len(p.sent) == 0 {
		p.mu.Unlock()
		return false
	}
	p.answers = append(p.answers, taken)
	if len(p.answers) < len(p.sent) {
		p.mu.Unlock()
		return true
	}
	sent, answers := p.sent, p.answers
	p.sent, p.answers, p.busy = nil, nil, false
	p.unasked, p.unaskedBytes = p.unasked[:0], 0 // Redis has taken it before
	p.mu.Unlock()
	n.putBack(sent, answers)
	n.flush(true)
	return true
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
	texts := n.publisher.texts[:0]
	for _, p := range ready {
		if l.peers[p.id] != p {
			continue // lost
		}
		p.ready = false
		var ok bool
		start := len(texts)
		if texts, ok = p.take(texts, now); !ok {
			continue
		}
		packets = append(packets, outgoing{p, p.stream, texts[start:]})
		if p.unsent() {
			l.enlist(p)
		}
	}
	n.publisher.texts = nil
	if cap(texts) <= spareBytes {
		n.publisher.texts = texts
	}
	if len(l.ready) == 0 {
		l.ready = nil
	}
	return packets
}

// packetOverhead is how much longer a packet is than its text.
const packetOverhead = 1 + idLength + sealedBytes

// appendPacket appends the command that publishes a packet, sealed for its receiver alone.
func (n *Node) appendPacket(b []byte, o outgoing, asks bool) []byte {
	if !asks {
		b = append(b, noAnswer...)
	}
	b = appendPublish(b, n.inbox(o.peer.id), packetOverhead+len(o.text))
	b = append(append(b, packetVersion), n.id...)
	b = n.keys.seal(b, o.text, packetContext(n.id, o.peer.id), forPackets)
	return append(b, "\r\n"...)
}

func packetContext(from, to NodeID) []byte { return []byte(string(from) + string(to)) }

// putBack lets what Redis did not take, or has not answered, be sent again after a while.
func (n *Node) putBack(packets []outgoing, taken []bool) {
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range packets {
		p := o.peer
		if i < len(taken) && taken[i] || l.peers[p.id] != p || p.stream != o.stream {
			continue
		}
		n.Metrics.resends.Inc()
		p.again()
		p.retry = n.now() + n.times.Resend/4
		p.owed, p.owedSince = p.inStream > 0, n.now()
	}
}
