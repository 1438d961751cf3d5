package signaling

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

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

	stream, messages uint64 // what the client has sent
	last             uint64 // number of the last message that it was sent
	given            map[uint64]uint64
	arrival

	gone *goodbye // the client has gone, and the owner has yet to be told
	over bool     // the registry here has the seat
}

// knocking is the knock of a client here at a room of another node.
type knocking struct {
	home    *home
	options rooms.Options
}

// enterAnywhere is enterRoom for a room that may be on another node.
func (s *Server) enterAnywhere(p *participant, room string, o rooms.Options) error {
	if s.cluster == nil {
		return s.enterRoom(p, room, o)
	}
	return s.cluster.enter(p, room, o, s.enterRoom)
}

// claimAnywhere is claimSeat for a room that may be on another node.
func (s *Server) claimAnywhere(p *participant, room string, o rooms.Options) error {
	if s.cluster == nil {
		return s.claimSeat(p, room, o)
	}
	return s.cluster.enter(p, room, o, s.claimSeat)
}

// enter enters a room with a function if it is here, and otherwise has its owner do so.
func (c *cluster) enter(p *participant, room string, o rooms.Options, here func(*participant, string, rooms.Options) error) error {
	request, _ := o.Request.(entryRequest)
	o.Key, o.NextKey = hashKey(o.Key), hashKey(o.NextKey)
	if o.Token == "" && o.Key == "" && !o.ClaimOnly { // so that it can be tried again
		o.Token = rooms.NewToken()
	}
	before := p.member.Load()
	err := c.at(room, func(ctx context.Context, h *home, state homeState) error {
		if state == homeThere {
			o.Request = request
			return c.askToEnter(ctx, p, h, o)
		}
		if !c.nodes.Serving() {
			return errUnavailable
		}
		o.Request = request
		return here(p, room, o)
	})
	if err == nil && before != nil && before != p.member.Load() {
		c.leaveMember(before, goodbye{leave: true})
	}
	if m := p.member.Load(); err == nil && m != nil {
		c.server.rooms.Leave(p) // of a room that is here
	}
	return err
}

// at calls a function once it is known where a room is, and again if that turns out to be
// wrong.
func (c *cluster) at(room string, do func(context.Context, *home, homeState) error) error {
	ctx, cancel := context.WithTimeout(c.ctx, answerTime)
	defer cancel()
	h := c.use(room)
	defer func() { c.release(h) }()
	for {
		err := errUnavailable
		if state := c.await(ctx, h); state == homeThere || state == homeHere {
			err = do(ctx, h, state)
		}
		switch {
		case !errors.Is(err, errLost) && !errors.Is(err, rooms.ErrNotOwned):
			return err
		case ctx.Err() != nil:
			return errUnavailable
		}
		c.release(h)
		h = c.use(room)
	}
}

// ask sends the owner a request and waits for the answer.
func (c *cluster) ask(ctx context.Context, h *home, k *call, kind byte, write func(*writer)) error {
	defer c.takeCall(k.number)
	start, socket := time.Now(), uint64(0)
	if k.member != nil {
		socket = c.numberOf(k.member)
	}
	h.mu.Lock()
	if h.state != homeThere {
		h.mu.Unlock()
		return errLost
	}
	h.calls[k] = true
	w := newFrame(kind, h.key, h.epoch, 256)
	w.number(k.number)
	w.number(socket)
	write(&w)
	c.nodes.Send(h.owner, w.b)
	h.mu.Unlock()
	c.metrics.forwarded.Inc()
	defer func() {
		h.mu.Lock()
		delete(h.calls, k)
		h.mu.Unlock()
	}()
	select {
	case err := <-k.done:
		c.metrics.latency.Observe(time.Since(start).Seconds())
		return err
	case <-ctx.Done():
		return errUnavailable
	}
}

func (c *cluster) askToEnter(ctx context.Context, p *participant, h *home, o rooms.Options) error {
	p.probing.Store(true) // it waits for the answer, so its silence proves nothing
	defer p.probing.Store(false)
	k := c.newCall(p, o)
	return c.ask(ctx, h, k, frameEnter, func(w *writer) {
		w.text(h.name)
		w.prefix(p.Client())
		w.options(o)
	})
}

// knockAnywhere is knockAt for a room that may be on another node.
func (s *Server) knockAnywhere(p *participant, room string, o rooms.Options) error {
	if s.cluster == nil {
		return s.knockAt(p, room, o)
	}
	return s.cluster.knock(p, room, o)
}

func (c *cluster) knock(p *participant, room string, o rooms.Options) error {
	return c.at(room, func(ctx context.Context, h *home, state homeState) error {
		if state == homeHere {
			if !c.nodes.Serving() {
				return errUnavailable
			}
			return c.server.knockAt(p, room, o)
		}
		c.numberOf(p)
		waits := &knocking{h, o}
		if before := p.knocking.Swap(waits); before != nil && before.home != h {
			c.forgetKnock(p, before)
		}
		h.mu.Lock()
		h.knocks[p] = waits
		h.mu.Unlock()
		k := c.newCall(p, o)
		err := c.ask(ctx, h, k, frameKnock, func(w *writer) {
			w.text(h.name)
			w.prefix(p.Client())
			w.options(o)
		})
		if err != nil && p.knocking.CompareAndSwap(waits, nil) {
			h.mu.Lock()
			delete(h.knocks, p)
			h.mu.Unlock()
		}
		return err
	})
}

// sendKnock repeats a knock at a new owner. The caller holds h.mu.
func (c *cluster) sendKnock(h *home, p *participant, o rooms.Options, number uint64) {
	w := newFrame(frameKnock, h.key, h.epoch, 256)
	w.number(number)
	w.number(p.number.Load())
	w.text(h.name)
	w.prefix(p.Client())
	w.options(o)
	c.nodes.Send(h.owner, w.b)
}

// forgetKnock withdraws a knock.
func (c *cluster) forgetKnock(p *participant, k *knocking) {
	h := k.home
	h.mu.Lock()
	delete(h.knocks, p)
	if h.state == homeThere {
		w := newFrame(frameForget, h.key, h.epoch, 16)
		w.number(p.number.Load())
		c.nodes.Send(h.owner, w.b)
	}
	h.mu.Unlock()
	c.tidy(h)
}

func (c *cluster) tidy(h *home) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetIfIdle(h)
}

// lock locks or unlocks the room of a member.
func (c *cluster) lock(m *membership, locked bool) error {
	return c.forMember(m, frameLock, func(w *writer) { w.bool(locked) },
		func() error { return c.server.rooms.SetLocked(m.client, locked) })
}

// answerKnock answers a knock at the room of a member.
func (c *cluster) answerKnock(m *membership, id string, admit bool) error {
	return c.forMember(m, frameAnswer, func(w *writer) { w.text(id); w.bool(admit) },
		func() error { return c.server.rooms.AnswerKnock(m.client, id, admit) })
}

// forMember asks the owner for something, or does it if the room has come here.
func (c *cluster) forMember(m *membership, kind byte, write func(*writer), here func() error) error {
	return c.at(m.home.name, func(ctx context.Context, h *home, state homeState) error {
		if state == homeHere {
			return here()
		}
		return c.ask(ctx, h, c.newCall(m.client, rooms.Options{}), kind, write)
	})
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
	h.outbox.push(f.origin, w.b)
	if h.state == homeThere {
		s.cluster.nodes.Send(h.owner, w.b)
	}
	h.mu.Unlock()
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
	m := s.movedMember(p)
	return m != nil && s.cluster.leaveMember(m, goodbye{leave: true})
}

// movedMember is for a client that seems to have no seat, which may be about to become one
// in a room of another node. It waits for that, which takes no longer than a moment.
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
	h.mu.Lock()
	if m.over {
		h.mu.Unlock()
		return false
	}
	m.client.member.CompareAndSwap(m, nil)
	switch {
	case h.members[m.client] != m:
	case h.state == homeThere:
		c.sendGoodbye(m, g)
		delete(h.members, m.client)
	default:
		m.gone = &g
	}
	h.mu.Unlock()
	c.tidy(h)
	return true
}

// sendGoodbye tells the owner that a client has gone. The caller holds h.mu.
func (c *cluster) sendGoodbye(m *membership, g goodbye) {
	w := newFrame(frameGoodbye, m.home.key, m.home.epoch, 32)
	w.number(m.number)
	w.bool(g.leave)
	w.number(uint64(g.hold))
	w.number(m.arrivedUpTo(g.delivered))
	c.nodes.Send(m.home.owner, w.b)
}

// presence is what a new owner has to know. Another node counts what it sends to a socket
// by itself; so what the socket was sent gets the first numbers.
func (m *membership) presence(elsewhere bool) rooms.Presence[details] {
	p := rooms.Presence[details]{
		ID: m.id, Token: m.token, Name: m.name, Key: m.key, Legacy: m.legacy, Room: m.room,
		Number: m.last, Given: maps.Clone(m.given), Known: maps.Clone(m.known), Knocks: slices.Clone(m.waiting),
	}
	p.Unacked = m.unconfirmed(elsewhere)
	return p
}

// sendReentry re-enters a member at the owner. The caller holds h.mu.
func (c *cluster) sendReentry(m *membership) {
	w := newFrame(frameReenter, m.home.key, m.home.epoch, 512)
	w.number(m.number)
	w.text(m.home.name)
	w.prefix(m.client.Client())
	w.presence(m.presence(true))
	c.nodes.Send(m.home.owner, w.b)
}

// receiveEvent delivers an event of the owner of a room to a client.
func (c *cluster) receiveEvent(from string, r reader) {
	key, epoch := r.head()
	number, nth := r.number(), r.number()
	h, p := c.findKey(key), c.socket(number)
	if h == nil || p == nil {
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
	if e.Kind == rooms.Entered {
		m = c.join(h, p, m, &e)
	}
	deliver := !r.failed && h.note(p, m, e)
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

// join makes a client a member after its answer has come. The caller holds h.mu.
func (c *cluster) join(h *home, p *participant, m *membership, e *rooms.Event[details]) *membership {
	number, _ := e.Entry.Request.(uint64)
	k := c.callOf(number)
	if k == nil || k.member != p {
		if m == nil { // the client waits no longer
			c.sendGoodbye(&membership{home: h, client: p, number: p.number.Load()}, goodbye{leave: true})
		}
		return m
	}
	e.Entry.Request = k.options.Request
	if e.Entry.AlreadyInRoom && m != nil {
		return m
	}
	m = &membership{
		home: h, client: p, number: p.number.Load(), id: e.Entry.ID, token: e.Entry.Token,
		name: k.options.Name, key: k.options.NextKey, legacy: k.options.Legacy,
		room:  rooms.RoomOptions{Capacity: e.Entry.Capacity, Proof: k.options.Proof, Locked: e.Entry.Locked},
		known: make(map[string]bool), stream: rand.Uint64() | 1, last: e.Entry.Number,
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
	return m
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
		if e.Number <= m.last {
			return false
		}
		m.last = e.Number
		m.given[e.Origin.Stream] = e.Origin.Number
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
	nth := m.reported
	h.mu.Unlock()
	if over {
		c.server.rooms.Delivered(m.client, n)
	} else if news {
		c.reportDelivered(owner, m.number, nth)
	}
}

// endOf ends the session of a client on behalf of the owner of its room.
func (c *cluster) endOf(r reader) {
	number, reason := r.number(), engineio.Reason(r.text())
	if p := c.socket(number); p != nil && !r.failed {
		p.End(reason)
	}
}
