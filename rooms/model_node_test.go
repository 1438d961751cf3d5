package rooms

import (
	"maps"
	"slices"
	"time"
)

// talk is what the messages of nodesModel consist of.
type talk struct {
	text string
	of   *unsettledTalk // nil for one of the registry's own clients
}

// unsettledTalk counts who keeps a message of another node.
type unsettledTalk struct {
	uses    int
	settled func()
}

func (k talk) Size() int { return len(k.text) }

func (k talk) Copy() talk {
	if k.of != nil {
		k.of.uses++
	}
	return k
}

func (k talk) Free() {
	if k.of != nil {
		k.of.release()
	}
}

func (u *unsettledTalk) release() {
	if u.uses--; u.uses == 0 {
		u.settled()
	}
}

// line is the connection of a client as a registry sees it.
type line struct {
	model  *nodesModel
	client *modelClient
	owner  *modelNode // whose registry it is in

	entry, nth, arrived uint64 // as in package signaling
}

// modelNode is a node. It has a registry, or edges.
type modelNode struct {
	model    *nodesModel
	number   int
	registry *Registry[*line, talk]
	isCut    bool // from all others
	epoch    uint64
	edges    map[*modelClient]*modelEdge
	outbox   []sharedMessage         // not settled
	open     map[Origin][]*modelNode // messages that are kept, of these nodes
}

// modelEdge is what the node of a client knows of its seat.
type modelEdge struct {
	entry, epoch     uint64
	stream, messages uint64
	last             uint64
	given            map[uint64]uint64
	known            map[string]bool
	kept             []Sent[talk]
	nth              uint64 // of the last event that has arrived
	earlier          uint64
	since            time.Time
}

// sharedMessage is one that is forwarded to the owner.
type sharedMessage struct {
	id     string
	origin Origin
	to     []string
	text   string
}

func (m *nodesModel) addNode() *modelNode {
	n := &modelNode{model: m, number: len(m.nodes), edges: make(map[*modelClient]*modelEdge), open: make(map[Origin][]*modelNode)}
	cfg := config
	cfg.KeptBytes = 1 << 20
	cfg.MinAway = hold
	cfg.Changed = func(string) {}
	n.registry = New(cfg, n.send)
	m.nodes = append(m.nodes, n)
	return n
}

// setConnected notes whether a client is connected, and setLine by what: timers read both.
func (m *nodesModel) setConnected(c *modelClient, is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.connected = is
}

func (m *nodesModel) setLine(c *modelClient, l *line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.line = l
}

// send is the SendFunc of the registry.
func (n *modelNode) send(l *line, e Event[talk]) (sent, arrived uint64) {
	m, c := n.model, l.client
	m.mu.Lock()
	l.nth++
	nth, entry := l.nth, l.entry
	epoch := m.epoch
	there, current := c.node, c.connected && c.line == l
	if there == n && current {
		c.receive(e)
	}
	m.mu.Unlock()
	if there != n {
		frame := func() { there.deliver(c, epoch, entry, nth, e) }
		m.post(n, there, frame)
		if e.Kind == Message && nth%5 == 0 {
			m.post(n, there, frame)
		}
	}
	return nth, l.arrived
}

// deliver gives an event of the owner to a client here.
func (n *modelNode) deliver(c *modelClient, epoch, entry, nth uint64, e Event[talk]) {
	x := n.edges[c]
	if e.Kind == Entered && epoch == n.epoch && c.connected && c.node == n {
		x = &modelEdge{
			entry: entry, epoch: epoch, stream: NewStream(), last: e.Entry.Number,
			given: cloneMap(e.Entry.Given), known: make(map[string]bool),
		}
		for _, peer := range e.Entry.Peers {
			x.known[peer.ID] = peer.Away
		}
		n.edges[c] = x
	}
	if x == nil || epoch != n.epoch || entry != x.entry || e.Kind == Message && e.Number != x.last+1 {
		return
	}
	switch e.Kind {
	case Message:
		x.last = e.Number
		x.given[e.Origin.Stream] = e.Origin.Number
		x.kept = append(x.kept, Sent[talk]{nth, textOnly(e)})
	case Joined, Back:
		x.known[e.ID] = false
	case Away:
		x.known[e.ID] = true
	case Left:
		delete(x.known, e.ID)
	}
	x.nth = nth
	c.receive(e)
}

// say sends what a client here says.
func (n *modelNode) say(c *modelClient, text string) {
	x := n.edges[c]
	if x == nil {
		_, _ = n.registry.Relay(c.line, nil, nil, talk{text: text})
		return
	}
	x.messages++
	f := sharedMessage{c.id, Origin{x.stream, x.messages}, nil, text}
	n.outbox = append(n.outbox, f)
	n.forward(f)
}

// forward sends a message to the owner: some of them twice.
func (n *modelNode) forward(f sharedMessage) {
	for range 1 + n.model.rng.IntN(2) {
		n.model.command(n, func(owner *modelNode) { owner.relay(n, f) })
	}
}

// relay relays a message of another node, or, if from is nil, of this one.
func (n *modelNode) relay(from *modelNode, f sharedMessage) {
	k := talk{text: f.text}
	if from != nil {
		k.of = &unsettledTalk{uses: 1, settled: func() {
			for _, node := range append(n.open[f.origin], from) {
				n.model.post(n, node, func() { node.settled(f.origin) })
			}
			delete(n.open, f.origin)
		}}
	}
	_, fresh, _ := n.registry.RelayFrom(sharedRoom, f.id, f.origin, f.to, k)
	switch {
	case from == nil:
	case fresh:
		n.open[f.origin] = []*modelNode{from}
		k.of.release()
	case n.open[f.origin] != nil:
		n.open[f.origin] = append(n.open[f.origin], from)
	default:
		k.of.release()
	}
}

func (n *modelNode) settled(origin Origin) {
	n.outbox = slices.DeleteFunc(n.outbox, func(f sharedMessage) bool { return f.origin == origin })
}

// acknowledge has everything arrive that a client here was sent.
func (n *modelNode) acknowledge(c *modelClient) {
	x, l := n.edges[c], c.line
	if x == nil {
		l.arrived = l.nth
		n.registry.Delivered(l, l.nth)
		return
	}
	if now := time.Now(); now.Sub(x.since) >= handlingTime {
		x.kept = slices.DeleteFunc(x.kept, func(s Sent[talk]) bool { return s.Nth <= x.earlier })
		x.earlier, x.since = x.nth, now
	}
	nth, entry := x.nth, x.entry
	n.model.command(n, func(*modelNode) {
		if l.entry == entry {
			l.arrived = max(l.arrived, nth)
			l.owner.registry.Delivered(l, nth)
		}
	})
}

// goodbye tells that a client here has gone.
func (n *modelNode) goodbye(c *modelClient, leaves bool) {
	tell := func(l *line, arrived uint64) {
		if leaves {
			l.owner.registry.Leave(l)
		} else {
			l.owner.registry.Lose(l, arrived)
		}
	}
	l, x := c.line, n.edges[c]
	if x == nil {
		tell(l, l.arrived)
		return
	}
	delete(n.edges, c)
	nth := uint64(0)
	if l.entry == x.entry {
		nth = l.arrived
	}
	n.model.command(n, func(*modelNode) { tell(l, nth) })
}

// presence is what a new owner has to know.
func (x *modelEdge) presence(c *modelClient, again, elsewhere bool) Presence[talk] {
	p := Presence[talk]{
		ID: c.id, Token: c.token, Room: RoomOptions{Capacity: sharedSeats},
		Number: x.last, Given: maps.Clone(x.given), Known: maps.Clone(x.known), Again: again,
	}
	for i := range x.kept {
		if elsewhere {
			x.kept[i].Nth = uint64(i + 1)
		}
		p.Unacked = append(p.Unacked, x.kept[i])
	}
	if elsewhere {
		x.nth, x.earlier = 0, 0
	}
	return p
}
