package signaling

import (
	"errors"
	"time"

	"vidchat/internal/engineio"
	"vidchat/rooms"
)

// receive handles a frame of another node.
func (c *cluster) receive(from string, body []byte) {
	if len(body) == 0 {
		return
	}
	r := reader{b: body[1:]}
	switch kind := body[0]; kind {
	case frameEvent:
		c.receiveEvent(from, r)
	case frameMessage, frameEnter, frameKnock, frameLock, frameAnswer, frameGoodbye, frameReenter, frameForget, framePing, frameHello:
		c.receiveCommand(from, body, r)
	case frameRefused:
		c.receiveRefused(from, r)
	case frameReply:
		c.receiveReply(r)
	case frameGone:
		c.receiveGone(from, r)
	case frameSettled:
		c.receiveSettled(from, r)
	case frameDelivered:
		c.receiveDelivered(from, r)
	case frameProbe:
		c.receiveProbe(from, r)
	case frameAsked, frameAlive:
		c.receiveSign(from, kind, r)
	case frameEnd:
		c.endOf(r)
	case frameHandOver:
		c.receiveHandOver(from, r)
	case frameConfirm:
		c.receiveConfirm(from, r)
	}
}

// receiveCommand handles a command about a room that should be here, or soon is.
func (c *cluster) receiveCommand(from string, body []byte, r reader) {
	if key, _ := r.head(); r.failed || c.holdBack(from, key, body) {
		return
	}
	c.command(from, body)
}

func (c *cluster) command(from string, body []byte) {
	kind, r := body[0], reader{b: body[1:]}
	key, epoch := r.head()
	h := c.findKey(key)
	here := false
	if h != nil {
		var own uint64
		_, own, here = h.where()
		here = here && own == epoch && c.nodes.Serving()
		if here && kind == frameHello {
			h.greet(from, true)
		}
	}
	if !here || !h.isGreeted(from) {
		if h != nil {
			h.greet(from, false)
		}
		c.refuse(from, kind, key, epoch, r)
		return
	}
	switch kind {
	case frameHello:
	case frameMessage:
		c.relayForeign(from, h, r)
	case frameEnter:
		c.admit(from, h, r)
	case frameReenter:
		c.reenter(from, h, r)
	case frameGoodbye:
		c.receiveGoodbye(from, h, r)
	case frameForget:
		c.receiveForget(from, r)
	default:
		c.obey(from, kind, h, r)
	}
}

// refuse says that a room is not here, at that epoch. This node may have it without knowing,
// if the answer to its claim was lost; then it looks for it.
func (c *cluster) refuse(from string, kind byte, key RoomKey, epoch uint64, r reader) {
	c.metrics.fenced.Inc()
	w := newFrame(frameRefused, key, epoch, 0)
	c.nodes.Send(from, w.b)
	if kind != frameEnter && kind != frameReenter || c.isLeaving() {
		return
	}
	r.number()
	if kind == frameEnter {
		r.number()
	}
	if name := r.text(); !r.failed && c.nodes.Key(name) == key {
		h := c.use(name)
		h.mu.Lock()
		if h.state == homeUnknown {
			c.seek(h)
		}
		h.mu.Unlock()
		c.release(h)
	}
}

// refuseTakenOut is refuse for a room that is about to be given away: what has come since it
// was taken out is for the next owner.
func (c *cluster) refuseTakenOut(from string, kind byte, h *home, r reader) {
	h.greet(from, false)
	c.refuse(from, kind, h.key, h.ownEpoch(), r)
}

func (c *cluster) receiveRefused(from string, r reader) {
	key, epoch := r.head()
	if h := c.findKey(key); h != nil && !r.failed {
		h.mu.Lock()
		if h.state == homeThere && h.owner == from && h.epoch == epoch {
			h.refused = epoch
		}
		h.mu.Unlock()
		c.lost(h, from, epoch)
	}
}

// wasTakenOut reports whether a room was given away while a command of another node was
// handled. If it is back already, that node has to say hello again.
func (c *cluster) wasTakenOut(from string, h *home) bool {
	return !c.server.rooms.Owns(h.name) || !h.isGreeted(from)
}

// relayForeign relays a message of another node.
func (c *cluster) relayForeign(from string, h *home, r reader) {
	m := r.message()
	if r.failed {
		return
	}
	f := c.beginMessage(from, h.key, m.origin)
	recipients, fresh, err := c.server.rooms.RelayFrom(h.name, m.id, m.origin, m.to, details{json: m.text, from: f})
	if err != nil && c.wasTakenOut(from, h) {
		c.refuseTakenOut(from, frameMessage, h, r)
		return
	}
	c.messageRelayed(f, fresh)
	if fresh && recipients == 0 {
		c.server.metrics.withoutRecipient.Inc()
	}
}

// admit has a client of another node enter, on a goroutine, since members may have to be
// asked first.
func (c *cluster) admit(from string, h *home, r reader) {
	number, socket, _ := r.number(), r.number(), r.text()
	client, o := r.prefix(), r.options()
	if r.failed {
		return
	}
	o.Request = number
	p := c.useRemote(from, socket, client, h)
	c.start(func() {
		defer c.doneWith(p)
		enter := c.server.enterRoom
		if o.ClaimOnly {
			enter = c.server.claimSeat
		}
		c.reply(from, number, h, enter(p, h.name, o))
	})
}

// reenter gives a client of another node its seat back.
func (c *cluster) reenter(from string, h *home, r reader) {
	number, _, client, entry := r.number(), r.text(), r.prefix(), r.number()
	presence := r.presence(h.name)
	if r.failed {
		return
	}
	p := c.useRemote(from, number, client, h)
	defer c.doneWith(p)
	p.remote.mu.Lock()
	p.remote.entry, p.remote.nth, p.remote.arrived = entry, uint64(len(presence.Unacked)), 0
	p.remote.mu.Unlock()
	switch err := c.server.rooms.Reenter(h.name, p, presence); {
	case errors.Is(err, rooms.ErrNotOwned):
		c.refuseTakenOut(from, frameMessage, h, r)
	case err != nil:
		p.End(engineio.ReasonSilent) // its client enters again
	}
}

// obey handles a command that does not take long.
func (c *cluster) obey(from string, kind byte, h *home, r reader) {
	s := c.server
	number, socket := r.number(), r.number()
	var err error
	switch kind {
	case frameKnock:
		_, client, o := r.text(), r.prefix(), r.options()
		if r.failed {
			return
		}
		p := c.useRemote(from, socket, client, h)
		err = s.knockAt(p, h.name, o)
		c.doneWith(p)
	case frameLock:
		locked := r.bool()
		if err = rooms.ErrNoSeat; c.findRemote(from, socket) != nil {
			err = s.rooms.SetLocked(c.findRemote(from, socket), locked)
		}
	case frameAnswer:
		id, admit := r.text(), r.bool()
		if err = rooms.ErrNoSeat; c.findRemote(from, socket) != nil {
			err = s.rooms.AnswerKnock(c.findRemote(from, socket), id, admit)
		}
	}
	if errors.Is(err, rooms.ErrNoSeat) && c.wasTakenOut(from, h) {
		err = rooms.ErrNotOwned // so the next owner is asked
	}
	if number != 0 && !r.failed {
		c.reply(from, number, h, err)
	}
}

// receiveGoodbye removes a member that has gone. Its node says so to each owner, until one
// has confirmed it.
func (c *cluster) receiveGoodbye(from string, h *home, r reader) {
	socket, id, g := r.goodbye()
	if r.failed {
		return
	}
	p := c.findRemote(from, socket)
	if c.server.rooms.Depart(h.name, id, p, g.delivered, g.seatHold()) != nil {
		c.refuseTakenOut(from, frameGoodbye, h, r)
		return
	}
	if p != nil {
		c.forgetIfGone(p)
	}
	if _, epoch, _ := h.where(); g.number != 0 {
		w := newFrame(frameGone, h.key, epoch, 8)
		w.number(g.number)
		c.nodes.Send(from, w.b)
	}
}

func (c *cluster) receiveForget(from string, r reader) {
	if p := c.findRemote(from, r.number()); p != nil {
		c.server.rooms.Withdraw(p)
		c.forgetIfGone(p)
	}
}

// errorsByCode are the errors of a request that another node has to know.
var errorsByCode = []error{
	nil, rooms.ErrFull, rooms.ErrDenied, rooms.ErrLocked, rooms.ErrTooManyRooms, rooms.ErrNoSeat, rooms.ErrInUse,
	rooms.ErrName, rooms.ErrToken, rooms.ErrNotOwned, errWrongProofs, errUnsure, errUnavailable, errArguments,
}

func (c *cluster) reply(node string, number uint64, h *home, err error) {
	w := writer{[]byte{frameReply}}
	w.number(number)
	code := len(errorsByCode) - 1
	for i, known := range errorsByCode {
		if errors.Is(err, known) {
			code = i
			break
		}
	}
	w.number(uint64(code))
	var limited limitedError
	errors.As(err, &limited)
	w.number(uint64(limited.wait))
	c.nodes.Send(node, w.b)
}

func (c *cluster) receiveReply(r reader) {
	number, code, wait := r.number(), r.number(), time.Duration(r.number())
	k := c.takeCall(number)
	if k == nil || r.failed || code >= uint64(len(errorsByCode)) {
		return
	}
	err := errorsByCode[code]
	if wait > 0 {
		err = limitedError{err, wait}
	}
	k.end(err)
}
