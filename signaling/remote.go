package signaling

import (
	"net/netip"
	"sync"
	"time"

	"vidchat/internal/engineio"
	"vidchat/rooms"
)

// remote is the connection of a client on another node.
type remote struct {
	cluster *cluster
	id      remoteID
	client  netip.Prefix

	uses int // requests that are being handled; guarded by the mutex of the cluster
	used int // how many there were so far; guarded by the mutex of the cluster

	mu        sync.Mutex // guards the fields below
	home      *home
	entry     uint64 // see membership
	nth       uint64 // of the last event that it was sent
	arrived   uint64
	asked     time.Time // when its node last confirmed that it was asked for a sign of life
	heard     time.Time
	endReason engineio.Reason
}

// send sends an event to the node of the client.
func (x *remote) send(e rooms.Event[details]) (sent, arrived uint64) {
	x.mu.Lock()
	h := x.home
	x.nth++
	sent, arrived = x.nth, x.arrived
	entry := x.entry
	x.mu.Unlock()
	if h.name != e.Room { // an answer about the room before
		if h = x.cluster.find(e.Room); h == nil {
			return sent, arrived
		}
	}
	_, epoch, _ := h.where()
	w := newFrame(frameEvent, h.key, epoch, len(e.Message.json)+96)
	w.number(x.id.number)
	w.number(sent)
	w.number(entry)
	w.event(e)
	x.cluster.nodes.Queue(x.id.node, w.b)
	x.cluster.sendQueued()
	if e.Kind == rooms.Moved {
		if p := x.cluster.findRemote(x.id.node, x.id.number); p != nil {
			x.cluster.forgetIfGone(p)
		}
	}
	return sent, arrived
}

func (x *remote) end(why engineio.Reason) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.endReason == "" {
		x.endReason = why
	}
}

func (x *remote) tell(kind byte) {
	w := writer{[]byte{kind}}
	w.number(x.id.number)
	x.cluster.nodes.Send(x.id.node, w.b)
}

// Client is the address of the client.
func (p *participant) Client() netip.Prefix {
	if p.remote != nil {
		return p.remote.client
	}
	return p.Socket.Client()
}

// Reason is why the session has ended, or "".
func (p *participant) Reason() engineio.Reason {
	if p.remote == nil {
		return p.Socket.Reason()
	}
	p.remote.mu.Lock()
	defer p.remote.mu.Unlock()
	return p.remote.endReason
}

// End ends the session.
func (p *participant) End(why engineio.Reason) {
	if p.remote == nil {
		p.Socket.End(why)
		return
	}
	w := writer{[]byte{frameEnd}}
	w.number(p.remote.id.number)
	w.text(string(why))
	p.remote.cluster.nodes.Send(p.remote.id.node, w.b)
	p.remote.end(why)
}

// Delivered is how many events are known to have arrived.
func (p *participant) Delivered() uint64 {
	if p.remote == nil {
		return p.Socket.Delivered()
	}
	p.remote.mu.Lock()
	defer p.remote.mu.Unlock()
	return p.remote.arrived
}

// Probe asks the client for a sign of life.
func (p *participant) Probe() {
	if p.remote == nil {
		p.Socket.Probe()
	} else {
		p.remote.tell(frameProbe)
	}
}

// ActiveWithin reports whether something of the client has arrived within a time.
func (p *participant) ActiveWithin(d time.Duration) bool {
	if p.remote == nil {
		return p.Socket.ActiveWithin(d)
	}
	p.remote.mu.Lock()
	defer p.remote.mu.Unlock()
	return !p.remote.heard.IsZero() && time.Since(p.remote.heard) <= d
}

// verdict is the state of a probe that has had no answer for as long as timeout. Only a
// client that was asked can have failed to answer.
func (p *participant) verdict(began time.Time, timeout time.Duration) probeState {
	if p.remote == nil {
		return probeFailed
	}
	p.remote.mu.Lock()
	defer p.remote.mu.Unlock()
	switch asked := p.remote.asked; {
	case asked.Before(began):
		return probeUnsure
	case time.Since(asked) >= timeout:
		return probeFailed
	}
	return probePending
}

// useRemote returns the participant for a socket on another node, which may get a seat by what
// is being handled. The caller calls doneWith afterwards.
func (c *cluster) useRemote(node string, number uint64, client netip.Prefix, h *home) *participant {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := remoteID{node, number}
	p := c.remotes[id]
	if p == nil {
		p = &participant{remote: &remote{cluster: c, id: id, client: client}}
		c.remotes[id] = p
	}
	p.remote.uses++
	p.remote.used++
	p.remote.mu.Lock()
	p.remote.home = h
	p.remote.heard = time.Now()
	p.remote.mu.Unlock()
	return p
}

func (c *cluster) findRemote(node string, number uint64) *participant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remotes[remoteID{node, number}]
}

// doneWith ends useRemote. What got neither a seat nor a knock is forgotten.
func (c *cluster) doneWith(p *participant) {
	c.mu.Lock()
	p.remote.uses--
	c.mu.Unlock()
	c.forgetIfGone(p)
}

// forgetIfGone forgets a socket that has neither a seat nor a knock, unless it is about to get
// one: a client may ask again as soon as it is refused.
func (c *cluster) forgetIfGone(p *participant) {
	c.mu.Lock()
	uses, used := p.remote.uses, p.remote.used
	c.mu.Unlock()
	if uses > 0 || c.server.rooms.Has(p) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.remote.used == used && c.remotes[p.remote.id] == p {
		delete(c.remotes, p.remote.id)
	}
}

func (c *cluster) receiveDelivered(from string, r reader) {
	for range r.count() {
		number, of := r.number(), arrived{r.number(), r.number()}
		if p := c.findRemote(from, number); p != nil && p.remote.note(of) {
			c.server.rooms.Delivered(p, of.nth)
		}
	}
}

// note notes what has arrived, which is no sign of life: the report may be late. It reports
// false if the events were counted anew meanwhile.
func (x *remote) note(of arrived) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if of.entry != x.entry {
		return false
	}
	x.arrived = max(x.arrived, of.nth)
	return true
}

// receiveProbe asks a client here for a sign of life, on behalf of another node.
func (c *cluster) receiveProbe(from string, r reader) {
	number := r.number()
	p := c.socket(number)
	if r.failed {
		return
	}
	sign := func(kind byte) {
		w := writer{[]byte{kind}}
		w.number(number)
		c.nodes.Send(from, w.b)
	}
	sign(frameAsked)
	if p == nil {
		return // it has gone, which the owner does not know, and so it gives no sign
	}
	b := c.server.probeOf(p, true)
	c.start(func() {
		done := make(chan struct{}, 1)
		b.wake(done)
		select {
		case <-done:
		case <-c.ctx.Done():
			return
		}
		if b.stateAfter(c.server.newMemberWait) == probeAnswered {
			sign(frameAlive)
		}
	})
}

func (c *cluster) receiveSign(from string, kind byte, r reader) {
	p := c.findRemote(from, r.number())
	if p == nil || r.failed {
		return
	}
	p.remote.mu.Lock()
	defer p.remote.mu.Unlock()
	if kind == frameAsked {
		p.remote.asked = time.Now()
	} else {
		p.remote.heard = time.Now()
	}
}
