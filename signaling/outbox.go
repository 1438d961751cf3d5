package signaling

import (
	"cmp"
	"slices"
	"sync/atomic"

	"vidchat/rooms"
)

// outbox holds the messages to a room that are not settled, oldest first. The mutex of its
// home guards it.
type outbox struct {
	frames []unsettled
	bytes  int
	inAll  *atomic.Int64 // the bytes of all outboxes
}

type unsettled struct {
	origin rooms.Origin
	from   string // the sender's id
	to     string // the receiver's, or "" for all
	body   []byte
}

// What is kept for a room, and for all rooms, at most, apart from one message that is larger
// than all: MAX_PACKET_BYTES bounds that. A room's oldest go first; if there is
// too much for all, those of the rooms that have the most. Owners settle messages within a
// moment, so only one that is silent brings it so far. If the room then gets another owner,
// the clients whose messages are kept no longer lose their connections: so they know that
// the others may have missed something.
const (
	maxUnsettled      = 192
	maxUnsettledBytes = 1 << 20
	maxUnsettledInAll = 24 << 20
	unsettledCost     = 64 // of a message besides its bytes

	// The next owner relays at once what all nodes have kept, so what one member gets of all
	// others together is less than may wait for a client of the engine.
	maxReceived      = 224
	maxReceivedBytes = 896 << 10
)

func (f unsettled) size() int { return unsettledCost + len(f.body) }

// push keeps a message of a room of so many seats, and returns the origins of those that are
// kept no longer.
func (o *outbox) push(f unsettled, capacity int) (dropped []rooms.Origin) {
	o.frames = append(o.frames, f)
	o.count(f.size())
	for len(o.frames) > maxUnsettled || len(o.frames) > 1 && o.bytes > maxUnsettledBytes {
		dropped = append(dropped, o.frames[0].origin)
		o.remove(0)
	}
	senders := max(capacity-1, 1)
	for {
		i := o.excess(f.from, maxReceived/senders, maxReceivedBytes/senders)
		if i < 0 {
			return dropped
		}
		dropped = append(dropped, o.frames[i].origin)
		o.remove(i)
	}
}

// excess finds a receiver for whom more is kept of a sender than a number of messages, or than a
// number of bytes and one message. It returns the place of the oldest of these messages, or -1.
func (o *outbox) excess(from string, most, mostBytes int) int {
	if len(o.frames) <= most && o.bytes <= mostBytes {
		return -1
	}
	type total struct{ count, bytes int }
	each := make(map[string]total)
	for _, f := range o.frames {
		if f.from == from {
			t := each[f.to]
			each[f.to] = total{t.count + 1, t.bytes + f.size()}
		}
	}
	all := each[""]
	for to, t := range each {
		if to != "" {
			t = total{t.count + all.count, t.bytes + all.bytes}
		}
		if t.count > most || t.count > 1 && t.bytes > mostBytes {
			return slices.IndexFunc(o.frames, func(f unsettled) bool { return f.from == from && (f.to == to || f.to == "") })
		}
	}
	return -1
}

func (o *outbox) count(bytes int) {
	o.bytes += bytes
	o.inAll.Add(int64(bytes))
}

func (o *outbox) remove(i int) {
	o.count(-o.frames[i].size())
	copy(o.frames[i:], o.frames[i+1:])
	o.frames[len(o.frames)-1] = unsettled{}
	if o.frames = o.frames[:len(o.frames)-1]; len(o.frames) == 0 {
		o.frames = nil
	}
}

func (o *outbox) settle(origin rooms.Origin) {
	for i := range o.frames {
		if o.frames[i].origin == origin {
			o.remove(i)
			return
		}
	}
}

func (o *outbox) takeAll() []unsettled {
	all := o.frames
	o.count(-o.bytes)
	o.frames = nil
	return all
}

// keep keeps a message until it is settled. The caller holds h.mu.
func (h *home) keep(m forwardedMessage, capacity int, body []byte) {
	f := unsettled{origin: m.origin, from: m.id, body: body}
	if len(m.to) == 1 {
		f.to = m.to[0]
	}
	for _, dropped := range h.outbox.push(f, capacity) {
		h.noteDropped(dropped)
	}
}

// noteDropped notes whose message is kept no longer. The caller holds h.mu.
func (h *home) noteDropped(origin rooms.Origin) {
	for _, m := range h.members {
		if m.stream == origin.Stream {
			m.noteDropped(origin.Number)
		}
	}
}

func (m *membership) noteDropped(number uint64) {
	if m.dropped == nil {
		m.dropped = make(map[uint64]bool)
	}
	if len(m.dropped) >= maxUnsettled {
		number = 0 // which no message has, so it is never settled
	}
	m.dropped[number] = true
}

// settle forgets a message that need not be sent again. The caller holds h.mu.
func (h *home) settle(origin rooms.Origin) {
	h.outbox.settle(origin)
	for _, m := range h.members {
		if m.stream == origin.Stream {
			delete(m.dropped, origin.Number)
		}
	}
}

// relieveOutboxes drops the messages of the rooms that have the most, if all outboxes have
// too much, until a fourth of what may be kept is free.
func (c *cluster) relieveOutboxes() {
	if c.unsettled.Load() <= maxUnsettledInAll {
		return
	}
	type outboxOf struct {
		home  *home
		bytes int
	}
	var all []outboxOf
	for _, h := range c.allHomes() {
		h.mu.Lock()
		all = append(all, outboxOf{h, h.outbox.bytes})
		h.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b outboxOf) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, of := range all {
		if c.unsettled.Load() <= maxUnsettledInAll*3/4 {
			return
		}
		of.home.mu.Lock()
		for _, f := range of.home.outbox.takeAll() {
			of.home.noteDropped(f.origin)
		}
		of.home.mu.Unlock()
	}
}
