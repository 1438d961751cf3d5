package signaling

import (
	"vidchat/internal/engineio"
	"vidchat/rooms"
)

// moveThere re-enters the members of this node at the owner, and sends what may not have
// arrived at the one before. It reports false if the owner has said that it has the room no
// longer.
func (c *cluster) moveThere(h *home, claim Claim) bool {
	var incomplete []*participant
	defer func() { endAll(incomplete) }()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == claim.Epoch && h.owner == claim.Owner {
		h.refused = 0 // once more after the delay: a refusal may be older than the claim
		return false
	}
	incomplete = h.takeIncomplete()
	h.owner, h.epoch, h.state = claim.Owner, claim.Epoch, homeThere
	c.nodes.Send(h.owner, newFrame(frameHello, h.key, h.epoch, 0).b)
	for _, m := range h.members {
		c.sendReentry(m)
	}
	for _, m := range h.departed {
		if !m.gone.leave { // so that what it may not have handled is kept for it
			c.sendReentry(m)
		}
	}
	for p, k := range h.knocks {
		c.sendKnock(h, p, k.options, 0)
	}
	for _, f := range h.outbox.frames {
		c.nodes.Send(h.owner, withEpoch(f.body, h.epoch))
	}
	for _, m := range h.departed { // after what they have said
		c.sendGoodbye(m)
	}
	close(h.settled)
	return true
}

// moveHere takes a room: with the seats that the last owner has handed over or left in the
// record, and the members of this node.
func (c *cluster) moveHere(h *home, claim Claim) {
	st := c.readRecord(h.name, claim.Record)
	if handed, ok := c.takeHanded(h); ok {
		st = handed
	}
	s := c.server
	s.rooms.Own(h.name, st)
	h.mu.Lock()
	incomplete := h.takeIncomplete()
	h.owner, h.epoch, h.greeted = c.nodes.Self(), claim.Epoch, make(map[string]bool)
	members := make([]*membership, 0, len(h.members))
	for _, m := range h.members {
		members = append(members, m)
	}
	for _, m := range h.departed {
		if !m.gone.leave {
			members = append(members, m)
		}
	}
	h.mu.Unlock()
	for _, m := range members {
		h.mu.Lock()
		presence := m.presence(false)
		h.mu.Unlock()
		if s.rooms.Reenter(h.name, m.client, presence) != nil {
			freeEvents(presence.Unacked)
			m.client.End(engineio.ReasonSilent) // its client enters again
		}
	}
	c.relayOutbox(h)
	endAll(incomplete)
	c.knockHere(h)
	c.handleWaiting(h)
	c.mu.Lock()
	c.taken++
	c.mu.Unlock()
	c.metrics.taken.Inc()
	sendToken(c.reports)
	c.recordChanged(h.name)
}

// takeIncomplete returns the clients here of whose messages some are lost with the owner, as
// they are kept no longer. The caller holds h.mu.
func (h *home) takeIncomplete() (all []*participant) {
	for p, m := range h.members {
		if len(m.dropped) > 0 {
			m.dropped = nil
			all = append(all, p)
		}
	}
	return all
}

// endAll ends the sessions of clients, which come back to their seats.
func endAll(all []*participant) {
	for _, p := range all {
		p.End(engineio.ReasonSilent)
	}
}

// relayOutbox relays what members here have sent to earlier owners, and what they send
// meanwhile, and removes those that have gone. Then the room is here.
func (c *cluster) relayOutbox(h *home) {
	for {
		h.mu.Lock()
		frames, departed := h.outbox.takeAll(), h.departed
		if len(frames)+len(departed) == 0 {
			for p, m := range h.members {
				m.over = true
				p.member.CompareAndSwap(m, nil)
			}
			clear(h.members)
			h.state = homeHere
			close(h.settled)
			h.mu.Unlock()
			return
		}
		h.departed = make(map[uint64]*membership)
		h.mu.Unlock()
		for _, f := range frames {
			r := reader{b: f.body[headSize:]}
			m := r.message()
			_, _, _ = c.server.rooms.RelayFrom(h.name, m.id, m.origin, m.to, details{json: m.text})
		}
		for _, m := range departed {
			_ = c.server.rooms.Depart(h.name, m.id, m.client, m.gone.delivered, m.gone.seatHold()) // it is owned here
		}
	}
}

// knockHere repeats the knocks of this node at a room that is here now.
func (c *cluster) knockHere(h *home) {
	h.mu.Lock()
	knocks := h.knocks
	h.knocks = make(map[*participant]*knocking)
	h.mu.Unlock()
	for p, k := range knocks {
		if p.knocking.CompareAndSwap(k, nil) {
			_, _ = c.server.rooms.Knock(h.name, p, k.options) // a room that is open admits it
		}
	}
}

// lost seeks the owner again if it was a node at an epoch.
func (c *cluster) lost(h *home, node string, epoch uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == homeThere && h.owner == node && (epoch == 0 || h.epoch == epoch) {
		c.seek(h)
	}
}

// nodeLost is called when a node has ended, or frames to or from it were lost.
func (c *cluster) nodeLost(node string) {
	for _, h := range c.allHomes() {
		c.lost(h, node, 0)
		h.greet(node, false)
	}
	c.mu.Lock()
	var lost []*participant
	for id, p := range c.remotes {
		if id.node == node {
			delete(c.remotes, id)
			lost = append(lost, p)
		}
	}
	c.mu.Unlock()
	for _, p := range lost {
		p.remote.end(engineio.ReasonConnectionLost)
		c.server.rooms.Lose(p, p.Delivered())
	}
}

// freeEvents frees what a registry has copied.
func freeEvents(all []rooms.Sent[details]) {
	for _, e := range all {
		e.Event.Free()
	}
}
