package signaling

import (
	"maps"
	"slices"

	"vidchat/internal/engineio"
	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// membership is the seat of a client here in a room of another node. The mutex of its home
// guards it.
type membership struct {
	home   *home
	client *participant
	number uint64 // of the client, for other nodes

	id, token, name, key string
	legacy               bool
	room                 rooms.RoomOptions
	known                map[string]bool // the other members, and whether as away
	waiting              []string        // the ids of the knocks

	epoch uint64 // of the owner that it has the seat from
	// entry counts how often it has entered. The events of each entry count from 1, and
	// those of the one before are of no use.
	entry uint64

	stream, messages uint64          // what the client has sent
	dropped          map[uint64]bool // the numbers of those that are kept no longer, though they are not settled
	last             uint64          // number of the last message that it was sent
	given            map[uint64]uint64
	arrival

	gone goodbye // once it is among the departed
	over bool    // the registry here has the seat
}

// forwardMessage sends a message of a member to the owner of its room.
func (s *Server) forwardMessage(m *membership, room, to, text []byte) {
	h, p := m.home, m.client
	if len(room) > 0 && string(room) != h.name {
		p.Refuse(socketio.RefusedRoom)
		return
	}
	h.mu.Lock()
	if m.over {
		h.mu.Unlock()
		if _, err := s.rooms.Relay(p, room, to, details{json: text}); err != nil {
			p.Refuse(socketio.RefusedRoom)
		}
		return
	}
	m.messages++
	f := forwardedMessage{id: m.id, origin: rooms.Origin{Stream: m.stream, Number: m.messages}, text: text}
	if len(to) > 0 {
		f.to = []string{string(to)}
	}
	w := newFrame(frameMessage, h.key, h.epoch, len(text)+64)
	w.message(f)
	h.keep(f, m.room.Capacity, w.b)
	if h.state == homeThere {
		s.cluster.nodes.Queue(h.owner, w.b)
	}
	h.mu.Unlock()
	s.cluster.sendQueued()
	s.cluster.relieveOutboxes()
	s.cluster.metrics.forwarded.Inc()
	s.metrics.relayed(p)
}

// leaveAnywhere is for a client that leaves its room.
func (s *Server) leaveAnywhere(p *participant) bool {
	if k := p.knocking.Swap(nil); k != nil {
		s.cluster.forgetKnock(p, k)
	}
	if m := p.member.Load(); m != nil && s.cluster.leaveMember(m, goodbye{leave: true}) {
		return true
	}
	if _, ok := s.rooms.Leave(p); ok {
		return true
	}
	if s.cluster == nil {
		return false
	}
	if m := s.movedMember(p); m != nil && s.cluster.leaveMember(m, goodbye{leave: true}) {
		return true
	}
	_, ok := s.rooms.Leave(p)
	return ok
}

// movedMember is for a client that seems to have no seat, which may be about to become one
// in a room of another node. It waits for that, which takes no longer than a moment. If it
// returns nil, the seat may be here again.
func (s *Server) movedMember(p *participant) *membership {
	if s.cluster == nil {
		return nil
	}
	s.cluster.moving.RLock()
	defer s.cluster.moving.RUnlock()
	return p.member.Load()
}

// leaveMember ends a membership. It reports false if the room is here now.
func (c *cluster) leaveMember(m *membership, g goodbye) bool {
	h := m.home
	g.number = c.goodbyes.Add(1)
	h.mu.Lock()
	if m.over {
		h.mu.Unlock()
		return false
	}
	m.client.member.CompareAndSwap(m, nil)
	if h.members[m.client] == m { // else it has gone before
		delete(h.members, m.client)
		m.depart(g)
		if h.state == homeThere {
			c.sendGoodbye(m)
		}
	}
	h.mu.Unlock()
	c.tidy(h)
	return true
}

// depart keeps a member that has gone until the owner knows: one that is about to give the
// room away, or to fail, may never have heard of it. The caller holds h.mu.
func (m *membership) depart(g goodbye) {
	m.gone = g
	m.home.departed[g.number] = m
	if g.leave {
		m.dropAll() // nobody comes back for it
	}
}

// sendGoodbye tells the owner that a client has gone. The caller holds h.mu.
func (c *cluster) sendGoodbye(m *membership) {
	w := newFrame(frameGoodbye, m.home.key, m.home.epoch, 64)
	m.confirm(m.gone.delivered)
	w.goodbye(m.number, m.id, m.gone, m.reported)
	c.nodes.Send(m.home.owner, w.b)
}

// sendBriefGoodbye tells an owner that nobody takes a seat. A client that still is about to
// ask again finds it held for a moment.
func (c *cluster) sendBriefGoodbye(owner string, key RoomKey, epoch, number uint64, id string) {
	w := newFrame(frameGoodbye, key, epoch, 64)
	w.goodbye(number, id, goodbye{hold: min(c.server.briefHold, c.server.seatHold)}, 0)
	c.nodes.Send(owner, w.b)
}

// receiveGone forgets a member that the owner knows has gone.
func (c *cluster) receiveGone(from string, r reader) {
	key, epoch := r.head()
	number := r.number()
	h := c.findKey(key)
	if h == nil || r.failed {
		return
	}
	h.mu.Lock()
	if m := h.departed[number]; m != nil && h.owner == from && h.epoch == epoch {
		m.dropAll()
		delete(h.departed, number)
	}
	h.mu.Unlock()
	c.tidy(h)
}

// presence is what a new owner has to know. If the owner is this node, it takes over what the
// client has yet to confirm. Another node counts what it sends to a socket by itself; so what
// the socket was sent gets the first numbers.
func (m *membership) presence(elsewhere bool) rooms.Presence[details] {
	p := rooms.Presence[details]{
		ID: m.id, Token: m.token, Name: m.name, Key: m.key, Legacy: m.legacy, Room: m.room,
		Number: m.last, Missing: m.missing.number, Lost: m.missing.sent > m.acked, Again: m.epoch == m.home.epoch, Given: maps.Clone(m.given), Known: maps.Clone(m.known), Knocks: slices.Clone(m.waiting),
	}
	if elsewhere {
		p.Unacked = m.unconfirmed()
	} else {
		p.Unacked = m.takeUnconfirmed()
	}
	return p
}

// sendReentry re-enters a member at the owner. The caller holds h.mu.
func (c *cluster) sendReentry(m *membership) {
	w := newFrame(frameReenter, m.home.key, m.home.epoch, 512)
	w.number(m.number)
	w.text(m.home.name)
	w.prefix(m.client.Client())
	m.entry++
	w.number(m.entry)
	w.presence(m.presence(true))
	m.epoch = m.home.epoch
	c.nodes.Send(m.home.owner, w.b)
}

// receiveEvent delivers an event of the owner of a room to a client.
func (c *cluster) receiveEvent(from string, r reader) {
	key, epoch := r.head()
	number, nth, entry := r.number(), r.number(), r.number()
	h, p := c.findKey(key), c.socket(number)
	if h == nil || p == nil {
		if e := r.event(""); e.Kind == rooms.Entered && !r.failed && (h == nil || h.isAt(from, epoch)) {
			c.sendBriefGoodbye(from, key, epoch, number, e.Entry.ID)
		}
		return
	}
	h.mu.Lock()
	if h.state != homeThere || h.owner != from || h.epoch != epoch {
		h.mu.Unlock()
		c.metrics.fenced.Inc()
		return
	}
	e := r.event(h.name)
	m := h.members[p]
	isAnswer := true
	if e.Kind == rooms.Entered {
		m, isAnswer = c.join(h, p, m, entry, &e)
	}
	deliver := !r.failed && isAnswer && (m == nil || m.entry == entry) && h.note(p, m, e)
	h.mu.Unlock()
	if !deliver {
		return
	}
	sent, _ := c.server.notify(p, e)
	if m != nil {
		h.mu.Lock()
		m.recordSent(sent, nth, e)
		h.mu.Unlock()
		c.delivered(m, p.Delivered())
	}
}

// join makes a client a member after its answer has come. It reports false if nobody waits
// for that. The caller holds h.mu.
func (c *cluster) join(h *home, p *participant, m *membership, entry uint64, e *rooms.Event[details]) (*membership, bool) {
	number, _ := e.Entry.Request.(uint64)
	k := c.callOf(number)
	if k == nil || k.member != p {
		k = h.entryOf(p) // the first of two requests, if the owner was asked once more
	}
	switch {
	case k != nil:
	case m == nil: // the client waits no longer, or is about to ask again
		c.sendBriefGoodbye(h.owner, h.key, h.epoch, p.number.Load(), e.Entry.ID)
		return nil, false
	}
	if k == nil || k.answered {
		return m, false
	}
	k.answered = true
	e.Entry.Request = k.options.Request
	if e.Entry.AlreadyInRoom && m != nil {
		return m, true
	}
	m = &membership{
		home: h, client: p, number: p.number.Load(), epoch: h.epoch, entry: entry, id: e.Entry.ID, token: e.Entry.Token,
		name: k.options.Name, key: k.options.NextKey, legacy: k.options.Legacy,
		room:  rooms.RoomOptions{Capacity: e.Entry.Capacity, Proof: k.options.Proof, Locked: e.Entry.Locked},
		known: make(map[string]bool), stream: rooms.NewStream(), last: e.Entry.Number,
		given: e.Entry.Given,
	}
	for _, peer := range e.Entry.Peers {
		m.known[peer.ID] = peer.Away
	}
	for _, knock := range e.Entry.Knocks {
		m.waiting = append(m.waiting, knock.ID)
	}
	h.members[p] = m
	delete(h.knocks, p)
	p.knocking.Store(nil)
	p.member.Store(m)
	if p.Reason() != "" { // it has gone meanwhile
		c.start(func() { c.removed(p, p.Reason()) })
	}
	return m, true
}

// entryOf returns a request of a client to enter that waits, or nil. The caller holds h.mu.
func (h *home) entryOf(p *participant) *call {
	for k := range h.calls {
		if k.member == p && k.options.Request != nil {
			return k
		}
	}
	return nil
}

// note notes what a client is about to be told. It reports false if the client has been
// told so before. The caller holds h.mu.
func (h *home) note(p *participant, m *membership, e rooms.Event[details]) (deliver bool) {
	switch {
	case e.Kind == rooms.Admitted, e.Kind == rooms.Denied:
		delete(h.knocks, p) // it is repeated no longer, but withdrawn when the client goes
		return true
	case m == nil:
		return false
	}
	switch e.Kind {
	case rooms.Message:
		if e.Number != m.last+1 {
			return false // it was sent before the re-entry was handled, and is sent again
		}
		m.last = e.Number
		rooms.NoteGiven(m.given, e.Origin)
	case rooms.Joined, rooms.Back:
		m.known[e.ID] = false
	case rooms.Away:
		m.known[e.ID] = true
	case rooms.Left:
		delete(m.known, e.ID)
	case rooms.Locked:
		m.room.Locked = e.Locked
	case rooms.Knocked:
		m.waiting = append(m.waiting, e.ID)
	case rooms.Unknocked:
		m.waiting = slices.DeleteFunc(m.waiting, func(id string) bool { return id == e.ID })
	case rooms.Moved:
		m.over = true // nothing that the client does concerns the seat any longer
		m.dropAll()
		delete(h.members, p)
		p.member.CompareAndSwap(m, nil)
	}
	return true
}

// delivered is told which packets have arrived at a client.
func (c *cluster) delivered(m *membership, n uint64) {
	h := m.home
	h.mu.Lock()
	over, news := m.over, m.confirm(n)
	owner := h.owner
	if h.state != homeThere {
		news = false
	}
	of := arrived{m.entry, m.reported}
	h.mu.Unlock()
	if over {
		c.server.rooms.Delivered(m.client, n)
	} else if news {
		c.reportDelivered(owner, m.number, of)
	}
}

// endOf ends the session of a client on behalf of the owner of its room.
func (c *cluster) endOf(r reader) {
	number, reason := r.number(), engineio.Reason(r.text())
	if p := c.socket(number); p != nil && !r.failed {
		p.End(reason)
	}
}
