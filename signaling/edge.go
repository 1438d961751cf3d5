package signaling

import (
	"context"
	"errors"
	"time"

	"vidchat/rooms"
)

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
	before, there := p.member.Load(), false
	err := c.at(room, func(ctx context.Context, h *home, state homeState) error {
		if there = state == homeThere; there {
			o.Request = request
			return c.askToEnter(ctx, p, h, o)
		}
		if !c.nodes.Serving() {
			return errUnavailable
		}
		o.Request = request
		return here(p, room, o)
	})
	if err != nil {
		return err
	}
	if before != nil && (!there || before != p.member.Load()) {
		c.leaveMember(before, goodbye{leave: true})
	}
	if there {
		c.server.rooms.LeaveOther(p, room)
	}
	return nil
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
	cutOff := time.NewTicker(servingCheck)
	defer cutOff.Stop()
	for {
		select {
		case err := <-k.done:
			c.metrics.latency.Observe(time.Since(start).Seconds())
			return err
		case <-cutOff.C:
			if !c.nodes.Serving() { // so no answer can come
				return errUnavailable
			}
		case <-ctx.Done():
			return errUnavailable
		}
	}
}

func (c *cluster) askToEnter(ctx context.Context, p *participant, h *home, o rooms.Options) error {
	p.probing.Store(true) // it waits for the answer, so its silence proves nothing
	defer p.probing.Store(false)
	k := c.newCall(p, o)
	return c.ask(ctx, h, k, frameEnter, func(w *writer) {
		o.Unanswered = h.members[p] == nil
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
