package signaling

import (
	"context"
	"sync"
	"time"
)

// home is what this node knows of where a room is.
type home struct {
	name string
	key  RoomKey

	uses int // events being handled that need it; guarded by the mutex of the cluster

	mu       sync.Mutex // guards the fields below; held while frames are queued, which keeps their order
	state    homeState
	owner    string
	epoch    uint64
	settled  chan struct{} // closed when the state is no longer homeSought
	members  map[*participant]*membership
	departed map[uint64]*membership // who has gone, by the number of the goodbye, which the owner has yet to confirm
	knocks   map[*participant]*knocking
	calls    map[*call]bool // that the owner has to answer
	outbox   outbox
	refused  uint64 // the epoch at which the owner said that the room is not there
	given    uint64 // the epoch at which this node had the room, and gave it up
	gone     bool   // it is no longer listed
	failures int    // how often Redis could not say
	// greeted are the nodes of which nothing was refused since they said hello to this
	// owner. What comes from others may follow on something that was lost.
	greeted map[string]bool
}

type homeState int

const (
	homeSought  homeState = iota
	homeHere              // this node's registry has the room
	homeThere             // the owner's
	homeUnknown           // Redis could not say
)

// use returns the home of a room. The caller calls release when it needs it no longer.
func (c *cluster) use(name string) *home {
	key := c.nodes.Key(name)
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.names[name]
	if h == nil {
		h = &home{
			name: name, key: key, state: homeUnknown, settled: closedChannel(),
			members: make(map[*participant]*membership), departed: make(map[uint64]*membership), knocks: make(map[*participant]*knocking),
			calls: make(map[*call]bool), outbox: outbox{inAll: &c.unsettled},
		}
		c.names[name], c.keys[key] = h, h
	}
	h.uses++
	return h
}

func closedChannel() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func (c *cluster) release(h *home) {
	c.mu.Lock()
	h.uses--
	c.forgetIfIdle(h)
	c.mu.Unlock()
	if _, _, here := h.where(); here {
		c.recordChanged(h.name) // the room may be empty
	}
}

// forgetIfIdle forgets a home that nobody here needs. The caller holds c.mu.
func (c *cluster) forgetIfIdle(h *home) {
	h.mu.Lock()
	defer h.mu.Unlock()
	idle := h.isIdle()
	if h.uses == 0 && idle && !h.gone && (h.state == homeThere || h.state == homeUnknown) {
		h.gone = true
		delete(c.names, h.name)
		delete(c.keys, h.key)
	}
}

// isIdle reports whether no client here needs the owner. The caller holds h.mu.
func (h *home) isIdle() bool {
	return len(h.members)+len(h.departed)+len(h.knocks)+len(h.outbox.frames) == 0
}

func (c *cluster) find(name string) *home {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[name]
}

func (c *cluster) findKey(key RoomKey) *home {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys[key]
}

func (c *cluster) allHomes() (all []*home) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.names {
		all = append(all, h)
	}
	return all
}

// where returns the owner and the epoch, and whether the room is here.
func (h *home) where() (owner string, epoch uint64, here bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owner, h.epoch, h.state == homeHere
}

// isAt reports whether a node is the last known owner, at an epoch.
func (h *home) isAt(node string, epoch uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owner == node && h.epoch == epoch
}

// ownEpoch returns the epoch at which this node has the room, or had it last. What other nodes
// ask of it is for that one, even if the next owner is known.
func (h *home) ownEpoch() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == homeHere {
		return h.epoch
	}
	return h.given
}

// greet notes whether a node may send commands.
func (h *home) greet(node string, may bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !may {
		delete(h.greeted, node)
	} else if h.state == homeHere {
		h.greeted[node] = true
	}
}

func (h *home) isGreeted(node string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.greeted[node]
}

// releaseIfEmpty gives up a room of this node that has no seats, and that nobody is about to
// enter.
func (c *cluster) releaseIfEmpty(h *home) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.uses > 0 || h.gone || h.state != homeHere || !c.server.rooms.Disown(h.name) {
		return
	}
	h.gone = true
	delete(c.names, h.name)
	delete(c.keys, h.key)
	c.nodes.Release(h.key, h.epoch)
}

// await waits until it is known where a room is, or that this cannot be known now.
func (c *cluster) await(ctx context.Context, h *home) homeState {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == homeUnknown {
		c.seek(h)
	}
	for failures := h.failures; h.state == homeSought && h.failures == failures && ctx.Err() == nil; {
		settled := h.settled
		h.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
		}
		h.mu.Lock()
	}
	return h.state
}

// seek finds the owner. The caller holds h.mu.
func (c *cluster) seek(h *home) {
	if h.state == homeSought {
		return
	}
	h.state, h.settled = homeSought, make(chan struct{})
	for k := range h.calls {
		k.end(errLost)
	}
	clear(h.calls)
	c.start(func() { c.claim(h) })
}

// claim asks Redis for the owner until there is one, or nobody needs to know.
func (c *cluster) claim(h *home) {
	for {
		h.mu.Lock()
		seen := h.epoch
		h.mu.Unlock()
		claim, err := c.nodes.Claim(c.ctx, h.key, seen)
		delay := retryDelay
		switch {
		case c.ctx.Err() != nil:
			c.giveUpSeeking(h, true)
			return
		case err != nil:
			if c.giveUpSeeking(h, false) {
				return
			}
		case claim.Mine && c.isLeaving():
			c.passOn(h, claim)
			return
		case claim.Mine:
			c.moveHere(h, claim)
			return
		case claim.Owner == c.nodes.Self(), c.isHandedBy(h, claim):
			delay = retryDelay / 5
		case claim.Epoch < seen:
		case c.moveThere(h, claim):
			c.isHandedBy(h, claim) // what an earlier owner has handed over meanwhile is of no use
			return
		}
		select {
		case <-time.After(delay):
		case <-c.ctx.Done():
		}
	}
}

func (c *cluster) isLeaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaving
}

// giveUpSeeking tells those who wait that the owner is not known. It reports whether nobody
// else needs it: otherwise it is sought again.
func (c *cluster) giveUpSeeking(h *home, force bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.mu.Lock()
	idle := force || h.isIdle()
	h.failures++
	close(h.settled)
	if idle {
		h.state = homeUnknown
	} else {
		h.settled = make(chan struct{})
	}
	h.mu.Unlock()
	if idle {
		c.forgetIfIdle(h)
	}
	return idle
}
