package signaling

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"vidchat/rooms"
)

// handedRoom is a room that its owner has handed over.
type handedRoom struct {
	from    string
	body    []byte
	until   time.Time
	waiting []waitingFrame    // commands that have come before the room is here
	missed  map[string][]byte // by node: the head of one of those that were too many
}

type waitingFrame struct {
	from string
	body []byte
}

// maxWaiting is how many commands wait for a room. Beyond that, they are refused, and come
// again.
const maxWaiting = 4096

const (
	// handOverTime is how long a shutdown waits for the next owners, and then until they have
	// what clients here have said. On machines that are not busy, both take a moment.
	handOverTime = 3 * time.Second
	// confirmTime is how long the first of them has before another one is asked.
	confirmTime = 300 * time.Millisecond
	// claimHandedTime is how long the next owner waits until it may claim the room.
	claimHandedTime = 3 * time.Second
)

// handOverAll hands the rooms of this node over to others, with all that is kept. It is for
// the shutdown.
func (c *cluster) handOverAll(ctx context.Context) {
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	others := c.others()
	if len(others) == 0 || !c.nodes.Serving() {
		return // the next node finds the records
	}
	ctx, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	var all []*handing
	for i, h := range c.allHomes() {
		if x := c.takeOut(h, slices.Concat(others[i%len(others):], others[:i%len(others)])); x != nil {
			all = append(all, x)
		}
	}
	handed := 0
	for _, x := range all {
		if c.handOver(ctx, x) {
			handed++
		}
	}
	c.refuseAll()
	if len(all) > 0 {
		c.server.log.Info().Int("rooms", len(all)).Int("confirmed", handed).Msg("handed rooms over")
	}
}

// handing is a room that is being handed over.
type handing struct {
	home      *home
	epoch     uint64
	frame     []byte
	to        []string // nodes to ask, one after the other
	confirmed chan string
	asked     time.Time
}

// takeOut takes a room out of the registry and offers it to the first of some nodes, or to
// one that has members: that certainly lives. Until handOver has ended, clients here wait.
func (c *cluster) takeOut(h *home, others []string) *handing {
	c.moving.Lock()
	defer c.moving.Unlock()
	_, epoch, here := h.where() // now that nobody else gives it away
	if !here {
		return nil
	}
	st, knocks, ok := c.server.rooms.TakeOut(h.name)
	if !c.becomeEdge(h, st, knocks, nil) {
		return nil
	}
	if !ok {
		c.nodes.Release(h.key, epoch)
		c.start(func() { c.claimReleased(h) })
		return nil
	}
	x := &handing{home: h, epoch: epoch, confirmed: make(chan string, len(others)), asked: time.Now()}
	for _, s := range st.Seats {
		if s.Present && s.Socket.remote != nil && slices.Contains(others, s.Socket.remote.id.node) {
			first := s.Socket.remote.id.node
			others = slices.DeleteFunc(slices.Clone(others), func(n string) bool { return n == first })
			others = slices.Concat([]string{first}, others)
			break
		}
	}
	x.to = others
	c.mu.Lock()
	c.awaited[h.key] = x.confirmed
	c.mu.Unlock()
	w := newFrame(frameHandOver, h.key, epoch, 1024)
	w.text(h.name)
	w.roomState(st, true)
	x.frame = w.b
	freeUnsettled(st)
	c.nodes.Send(x.to[0], x.frame)
	return x
}

// claimReleased seeks the owner of a room that was released, since it has no seats. It does so
// if somebody here needs it, and after a delay: a node that stops releases it again.
func (c *cluster) claimReleased(h *home) {
	if c.stopSeeking(h) {
		return
	}
	select {
	case <-time.After(retryDelay):
	case <-c.ctx.Done():
	}
	c.claim(h)
}

// stopSeeking stops seeking an owner that nobody here needs. It reports false if somebody does.
func (c *cluster) stopSeeking(h *home) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.mu.Lock()
	needed := h.uses > 0 || !h.isIdle()
	if !needed {
		h.state = homeUnknown
		close(h.settled)
	}
	h.mu.Unlock()
	if !needed {
		c.forgetIfIdle(h)
	}
	return !needed
}

// freeUnsettled frees the seats of a room that is given away. Nothing is settled by that: the
// nodes of those who have said something keep it until the next owner has it for certain.
func freeUnsettled(st roomState) {
	for _, seat := range st.Seats {
		for _, e := range seat.Events {
			e.Event.Message.from = nil
			e.Event.Free()
		}
	}
}

// handOver waits until a node has confirmed that it has a room, and gives it to that. If one
// does not answer, another one is asked.
func (c *cluster) handOver(ctx context.Context, x *handing) (handed bool) {
	wait := time.Until(x.asked.Add(confirmTime))
	for i := 0; !handed && ctx.Err() == nil; wait = confirmTime {
		select {
		case node := <-x.confirmed:
			c.nodes.HandOver(x.home.key, x.epoch, node)
			handed = true
		case <-time.After(wait):
			if i++; i < len(x.to) {
				c.nodes.Send(x.to[i], x.frame)
			}
		case <-ctx.Done(): // whoever needs the room finds its record once this node is gone
		}
	}
	c.start(func() { c.claim(x.home) })
	return handed
}

// sayGoodbyes tells the owners of rooms that the clients here are gone, for the shutdown.
func (c *cluster) sayGoodbyes() {
	for _, h := range c.allHomes() {
		h.mu.Lock()
		members := slices.Collect(maps.Values(h.members))
		h.mu.Unlock()
		for _, m := range members {
			c.leaveMember(m, goodbye{hold: c.server.seatHold, delivered: m.client.Delivered()})
		}
	}
}

// flush waits until the owners of other rooms have what clients here have said, and know
// that they are gone, and until rooms that this node was given meanwhile are given on.
func (c *cluster) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	var asked sync.WaitGroup
	for _, h := range c.allHomes() {
		h.mu.Lock()
		pending := h.state != homeHere && len(h.outbox.frames)+len(h.members)+len(h.departed) > 0
		h.mu.Unlock()
		c.mu.Lock()
		pending = pending || c.handed[h.key] != nil
		c.mu.Unlock()
		if pending {
			asked.Go(func() { c.ping(ctx, h) })
		}
	}
	asked.Wait()
}

// ping waits until the owner has handled what it was sent before.
func (c *cluster) ping(ctx context.Context, h *home) {
	for ctx.Err() == nil {
		switch c.await(ctx, h) {
		case homeUnknown: // nobody here needs it
			c.mu.Lock()
			handed := c.handed[h.key] != nil
			c.mu.Unlock()
			if !handed {
				return
			}
			select {
			case <-time.After(retryDelay):
			case <-ctx.Done():
			}
		case homeHere: // for a moment, until it is passed on
			if _, hasSeats := c.server.rooms.Record(h.name); !hasSeats || len(c.others()) == 0 {
				return
			}
			select {
			case <-time.After(retryDelay / 5):
			case <-ctx.Done():
			}
		case homeThere:
			if c.ask(ctx, h, c.newCall(nil, rooms.Options{}), framePing, func(*writer) {}) == nil {
				return
			}
		}
	}
}

// others returns the nodes that live, apart from this one.
func (c *cluster) others() []string {
	self := c.nodes.Self()
	return slices.DeleteFunc(slices.Clone(c.nodes.Nodes()), func(n string) bool { return n == self })
}

// passOn takes a room and gives it to another node at once, since this one stops. It may
// have more of the room than the record: what the owner before has handed over.
func (c *cluster) passOn(h *home, claim Claim) {
	c.moveHere(h, claim)
	others := c.others()
	if len(others) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, handOverTime)
	defer cancel()
	rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	if x := c.takeOut(h, others); x != nil {
		c.handOver(ctx, x)
	}
}

// refuseAll tells the nodes that have sockets here that their rooms are elsewhere.
func (c *cluster) refuseAll() {
	type at struct {
		node  string
		key   RoomKey
		epoch uint64
	}
	told := make(map[at]bool)
	c.mu.Lock()
	for id, p := range c.remotes {
		p.remote.mu.Lock()
		h := p.remote.home
		p.remote.mu.Unlock()
		told[at{id.node, h.key, h.ownEpoch()}] = true
	}
	clear(c.remotes)
	c.mu.Unlock()
	for x := range told {
		w := newFrame(frameRefused, x.key, x.epoch, 0)
		c.nodes.Send(x.node, w.b)
	}
}

// receiveHandOver keeps a room until this node may claim it.
func (c *cluster) receiveHandOver(from string, r reader) {
	key, epoch := r.head()
	body := slices.Clone(r.b)
	name := r.text()
	if r.failed || c.nodes.Key(name) != key || c.isLeaving() {
		return
	}
	c.mu.Lock()
	handed := &handedRoom{from: from, body: body, until: time.Now().Add(claimHandedTime), missed: make(map[string][]byte)}
	if before := c.handed[key]; before != nil {
		handed.waiting, handed.missed = before.waiting, before.missed
	}
	c.handed[key] = handed
	c.mu.Unlock()
	w := newFrame(frameConfirm, key, epoch, 0)
	c.nodes.Send(from, w.b)
	h := c.use(name)
	h.mu.Lock()
	isLate := (h.state == homeHere || h.state == homeThere) && h.epoch > epoch
	if !isLate && h.state != homeHere {
		c.seek(h)
	}
	h.mu.Unlock()
	if isLate {
		c.handleWaiting(h)
	}
	c.release(h)
}

func (c *cluster) receiveConfirm(from string, r reader) {
	key, _ := r.head()
	c.mu.Lock()
	confirmed := c.awaited[key]
	delete(c.awaited, key)
	c.mu.Unlock()
	if confirmed != nil {
		confirmed <- from // has room, since only the first is passed on
	}
}

// isHandedBy reports whether the owner of a room is about to give it to this node.
func (c *cluster) isHandedBy(h *home, claim Claim) bool {
	c.mu.Lock()
	handed := c.handed[h.key]
	c.mu.Unlock()
	switch {
	case handed == nil:
		return false
	case claim.Owner == handed.from && time.Now().Before(handed.until):
		return true
	}
	c.handleWaiting(h) // which is refused
	return false
}

// takeHanded returns the state of a room that was handed over to this node.
func (c *cluster) takeHanded(h *home) (st roomState, ok bool) {
	c.mu.Lock()
	handed := c.handed[h.key]
	c.mu.Unlock()
	if handed == nil {
		return st, false
	}
	r := reader{b: handed.body}
	r.text()
	st = r.roomState(h.name)
	return st, !r.failed
}

// holdBack keeps a command for a room that was handed over and is not here yet.
func (c *cluster) holdBack(from string, key RoomKey, body []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	handed := c.handed[key]
	if handed == nil {
		return false
	}
	if len(handed.waiting) >= maxWaiting {
		handed.missed[from] = slices.Clone(body[:headSize])
	} else if handed.missed[from] == nil {
		handed.waiting = append(handed.waiting, waitingFrame{from, slices.Clone(body)})
	}
	return true
}

// handleWaiting handles what was held back. Meanwhile, more is.
func (c *cluster) handleWaiting(h *home) {
	for {
		c.mu.Lock()
		handed := c.handed[h.key]
		if handed == nil || len(handed.waiting) == 0 {
			delete(c.handed, h.key)
			c.mu.Unlock()
			if handed != nil {
				for node, head := range handed.missed {
					h.greet(node, false)
					c.nodes.Send(node, append([]byte{frameRefused}, head[1:]...))
				}
			}
			return
		}
		waiting := handed.waiting
		handed.waiting = nil
		c.mu.Unlock()
		for _, f := range waiting {
			c.command(f.from, f.body)
		}
	}
}

// hashKey hashes a session id, which is a secret that the other nodes need not know.
func hashKey(sid string) string {
	if sid == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(sid))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
