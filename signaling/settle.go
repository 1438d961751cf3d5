package signaling

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vidchat/rooms"
)

// A message that a client has sent is kept on its node until it is settled: everybody who
// is to get it has it, or is gone. A new owner is sent what is not settled. What a client
// was sent is kept on its node until it has arrived, for the same reason.

// forwarded is a message of another node that the registry has. It counts those who keep it.
type forwarded struct {
	cluster *cluster
	nodes   []string // that have it in an outbox; guarded by the mutex of settling
	key     RoomKey
	origin  rooms.Origin
	uses    atomic.Int32
}

func (f *forwarded) hold() { f.uses.Add(1) }

func (f *forwarded) release() {
	if f.uses.Add(-1) == 0 {
		f.cluster.settled(f)
	}
}

// settling is what other nodes are to be told soon.
type settling struct {
	mu        sync.Mutex // guards the fields below; no other lock is taken while it is held
	open      map[rooms.Origin]*forwarded
	settled   map[string][]*forwarded
	delivered map[string]map[uint64]arrived
}

// arrived is what has arrived at a client: the first nth events since an entry.
type arrived struct{ entry, nth uint64 }

func (s *settling) init() {
	*s = settling{
		open: make(map[rooms.Origin]*forwarded), settled: make(map[string][]*forwarded),
		delivered: make(map[string]map[uint64]arrived),
	}
}

// beginMessage prepares to relay a message of another node.
func (c *cluster) beginMessage(node string, key RoomKey, origin rooms.Origin) *forwarded {
	f := &forwarded{cluster: c, nodes: []string{node}, key: key, origin: origin}
	f.uses.Store(1)
	return f
}

// messageRelayed ends it. A message that is not new has been, or will be, settled by itself.
func (c *cluster) messageRelayed(f *forwarded, fresh bool) {
	if fresh {
		c.settling.mu.Lock()
		c.settling.open[f.origin] = f
		c.settling.mu.Unlock()
		f.release()
		return
	}
	c.settling.mu.Lock()
	open := c.settling.open[f.origin]
	if open != nil && !slices.Contains(open.nodes, f.nodes[0]) {
		open.nodes = append(open.nodes, f.nodes[0])
	}
	c.settling.mu.Unlock()
	if open == nil {
		c.settled(f)
	}
}

func (c *cluster) settled(f *forwarded) {
	c.settling.mu.Lock()
	delete(c.settling.open, f.origin)
	for _, node := range f.nodes {
		c.settling.settled[node] = append(c.settling.settled[node], f)
	}
	c.settling.mu.Unlock()
	sendToken(c.reports)
}

// reportDelivered tells an owner what has arrived at a client.
func (c *cluster) reportDelivered(owner string, number uint64, now arrived) {
	c.settling.mu.Lock()
	of := c.settling.delivered[owner]
	if of == nil {
		of = make(map[uint64]arrived)
		c.settling.delivered[owner] = of
	}
	of[number] = now
	c.settling.mu.Unlock()
	sendToken(c.reports)
}

// reportTime is how long reports are collected.
const reportTime = 200 * time.Millisecond

// sendReports tells other nodes what is settled, and what has arrived.
func (c *cluster) sendReports() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.reports:
		}
		select {
		case <-c.ctx.Done():
			return
		case <-time.After(reportTime):
		}
		c.report()
	}
}

func (c *cluster) report() {
	c.settling.mu.Lock()
	settled, delivered := c.settling.settled, c.settling.delivered
	c.settling.settled, c.settling.delivered = make(map[string][]*forwarded), make(map[string]map[uint64]arrived)
	c.settling.mu.Unlock()
	c.mu.Lock()
	taken, owned := c.taken, 0
	c.taken = 0
	if taken > 0 {
		for _, h := range c.names {
			if _, _, here := h.where(); here {
				owned++
			}
		}
	}
	c.mu.Unlock()
	for node, of := range delivered {
		w := writer{[]byte{frameDelivered}}
		w.number(uint64(len(of)))
		for number, now := range of {
			w.number(number)
			w.number(now.entry)
			w.number(now.nth)
		}
		c.nodes.Send(node, w.b)
	}
	for node, all := range settled {
		w := writer{[]byte{frameSettled}}
		w.number(uint64(len(all)))
		for _, f := range all {
			w.b = append(w.b, f.key[:]...)
			w.number(f.origin.Stream)
			w.number(f.origin.Number)
		}
		c.nodes.Send(node, w.b)
	}
	if taken > 0 {
		c.server.log.Info().Int("rooms", taken).Int("owned", owned).Msg("took rooms")
	}
}

// receiveSettled forgets messages that need not be sent again.
func (c *cluster) receiveSettled(from string, r reader) {
	for range r.count() {
		if len(r.b) < 16 {
			return
		}
		key := RoomKey(r.b[:16])
		r.b = r.b[16:]
		origin := rooms.Origin{Stream: r.number()}
		origin.Number = r.number()
		if h := c.findKey(key); h != nil {
			h.mu.Lock()
			if h.owner == from { // another one has nothing to say
				h.settle(origin)
			}
			empty := len(h.outbox.frames) == 0
			h.mu.Unlock()
			if empty {
				c.tidy(h)
			}
		}
	}
}
