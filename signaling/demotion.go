package signaling

import (
	"cmp"
	"slices"

	"vidchat/rooms"
)

// becomeEdge makes the clients here of a room that this node had members of a room of
// another one, who have said something that the others may not have got. They wait until the
// caller has the owner sought, by claim. It reports false if the room was not here. The caller
// holds c.moving.
func (c *cluster) becomeEdge(h *home, st roomState, knocks []rooms.KnockState[*participant], unheard []forwardedMessage) bool {
	members := make([]*membership, 0, len(st.Seats))
	for _, seat := range st.Seats {
		if seat.Present && seat.Socket.remote == nil {
			members = append(members, c.memberFrom(h, st, seat))
		}
	}
	for _, k := range knocks {
		if k.Socket.remote == nil {
			c.numberOf(k.Socket)
		}
	}
	h.mu.Lock()
	if h.state != homeHere {
		h.mu.Unlock()
		return false
	}
	h.state, h.settled, h.given = homeSought, make(chan struct{}), h.epoch
	clear(h.greeted)
	for _, m := range members { // first, since too much of what they have said may be unheard
		h.members[m.client] = m
	}
	for _, m := range unheard { // before what these clients say from now on
		w := newFrame(frameMessage, h.key, 0, len(m.text)+64)
		w.message(m)
		h.keep(m, st.Capacity, w.b)
	}
	for _, m := range members {
		m.client.member.Store(m)
	}
	for _, k := range knocks {
		if p := k.Socket; p.remote == nil {
			again := &knocking{h, rooms.Options{Name: k.Name, Group: k.Group, Proof: st.Proof}}
			h.knocks[p] = again
			p.knocking.Store(again)
		}
	}
	h.mu.Unlock()
	for _, m := range members {
		if reason := m.client.Reason(); reason != "" { // it has gone meanwhile
			c.removed(m.client, reason)
		}
	}
	return true
}

// memberFrom makes a membership of a seat of a client here.
func (c *cluster) memberFrom(h *home, st roomState, seat seatState) *membership {
	m := &membership{
		home: h, client: seat.Socket, number: c.numberOf(seat.Socket), id: seat.ID, token: seat.Token,
		name: seat.Name, key: seat.Key, legacy: seat.Legacy,
		room:  rooms.RoomOptions{Capacity: st.Capacity, Proof: st.Proof, Locked: st.Locked},
		known: make(map[string]bool), stream: seat.Stream, messages: seat.Sent,
		last: seat.Given, given: seat.Had, arrival: arrival{missing: missing{seat.Missing, seat.MissingNth}, acked: seat.Socket.Delivered()},
	}
	for _, other := range st.Seats {
		if other.ID == seat.ID {
			continue
		}
		m.known[other.ID] = other.Away
	}
	for _, e := range seat.Events {
		if e.Event.Kind != rooms.Message || e.Nth == 0 {
			continue
		}
		m.recordSent(e.Nth, e.Nth, e.Event)
		m.kept[len(m.kept)-1].Event.Message = e.Event.Message.Copy()
	}
	return m
}

// fenced is called when another node has a room that this one had. What clients here have
// said meanwhile is sent to the new owner.
func (c *cluster) fenced(key RoomKey, epoch uint64) {
	h := c.findKey(key)
	if h == nil {
		return
	}
	if !c.giveUp(h, epoch) {
		return
	}
	c.metrics.fenced.Inc()
	c.mu.Lock()
	for id, p := range c.remotes {
		p.remote.mu.Lock()
		if p.remote.home == h {
			delete(c.remotes, id)
		}
		p.remote.mu.Unlock()
	}
	c.mu.Unlock()
	c.start(func() { c.claim(h) })
}

// giveUp gives up a room that another node has at an epoch. It reports false if the room is
// not here, or here again.
func (c *cluster) giveUp(h *home, epoch uint64) bool {
	c.moving.Lock()
	defer c.moving.Unlock()
	if _, own, here := h.where(); !here || own > epoch { // now that nobody else gives it away
		return false
	}
	st, knocks, _ := c.server.rooms.TakeOut(h.name)
	defer freeSeats(st)
	return c.becomeEdge(h, st, knocks, unheard(st))
}

func freeSeats(st roomState) {
	for _, seat := range st.Seats {
		freeEvents(seat.Events)
	}
}

// unheard returns the messages that members may not have got. Other nodes have some of them
// too; the next owner relays each once.
func unheard(st roomState) (all []forwardedMessage) {
	at := make(map[rooms.Origin]int)
	for _, s := range st.Seats {
		for _, e := range s.Events {
			if e.Event.Kind != rooms.Message {
				continue
			}
			i, ok := at[e.Event.Origin]
			if !ok {
				i = len(all)
				at[e.Event.Origin] = i
				all = append(all, forwardedMessage{id: e.Event.ID, origin: e.Event.Origin, text: slices.Clone(e.Event.Message.json)})
			}
			all[i].to = append(all[i].to, s.ID)
		}
	}
	slices.SortFunc(all, func(a, b forwardedMessage) int {
		return cmp.Or(cmp.Compare(a.origin.Stream, b.origin.Stream), cmp.Compare(a.origin.Number, b.origin.Number))
	})
	return all
}
