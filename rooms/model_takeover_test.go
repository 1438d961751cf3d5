package rooms

import (
	"cmp"
	"maps"
	"slices"
)

// takeOver makes a node the owner, with what is on record.
func (m *nodesModel) takeOver(n *modelNode) { m.own(n, m.record) }

// own makes a node the owner. All others re-enter their clients there.
func (m *nodesModel) own(n *modelNode, st RoomState[*line, talk]) {
	m.mu.Lock()
	m.epoch++
	m.owner, n.epoch = n, m.epoch
	m.mu.Unlock()
	n.registry.Own(sharedRoom, st)
	edges, outbox := n.edges, n.outbox
	n.edges, n.outbox = make(map[*modelClient]*modelEdge), nil
	for _, c := range m.clients {
		if x := edges[c]; x != nil {
			m.setLine(c, &line{model: m, client: c, owner: n})
			m.reenter(n, c, x.presence(c, false, true))
		}
	}
	for _, f := range outbox {
		n.relay(nil, f)
	}
	for _, other := range m.nodes {
		if other != n && !other.isCut {
			m.moveThere(other)
		}
	}
	m.save()
}

// reenter gives the client of a node its seat back.
func (m *nodesModel) reenter(owner *modelNode, c *modelClient, p Presence[talk]) {
	c.line.nth = uint64(len(p.Unacked))
	if err := owner.registry.Reenter(sharedRoom, c.line, p); err != nil {
		m.t.Errorf("%s comes back with its node: %v", c.name, err)
	}
}

// moveThere re-enters the clients of a node at the owner, and sends what may not have
// arrived.
func (m *nodesModel) moveThere(n *modelNode) {
	n.epoch = m.epoch
	owner := m.owner
	for _, c := range m.clients {
		x := n.edges[c]
		if x == nil {
			continue
		}
		p := x.presence(c, x.epoch == m.epoch, true)
		x.entry++
		x.epoch = m.epoch
		l := &line{model: m, client: c, owner: owner, entry: x.entry}
		m.setLine(c, l)
		m.command(n, func(*modelNode) {
			if c.line == l {
				m.reenter(owner, c, p)
			}
		})
	}
	for _, f := range n.outbox {
		n.forward(f)
	}
}

// kill kills a node, and starts another one. If it was the owner, any other one is, and
// finds what is on record.
func (m *nodesModel) kill() {
	n := m.pickNode()
	m.note("node %d is killed", n.number)
	n.isCut = true
	m.dropFrames(func(l link) bool { return l.from == n || l.to == n })
	for _, c := range m.everyone {
		m.loseWords(c, n)
	}
	for _, c := range slices.Clone(m.clients) {
		wasOwner := m.owner == n
		if c.node == n {
			m.setConnected(c, false)
			m.loseMemory(c)
		} else if wasOwner && !c.connected {
			m.loseMemory(c)
		}
		if wasOwner && !c.connected && !m.isOnRecord(c) {
			m.clients = remove(m.clients, c) // it comes back as another one
		}
	}
	n.edges, n.outbox = nil, nil
	n.registry.Clear()
	m.nodes = remove(m.nodes, n)
	m.addNode().number = n.number + 10
	if m.owner == n {
		m.takeOver(m.pickNode())
		return
	}
	m.loseLines(n)
}

// loseLines is for a node that the owner has lost: so are the connections of its clients.
func (m *nodesModel) loseLines(n *modelNode) {
	for _, l := range slices.Collect(maps.Keys(m.owner.registry.bySocket)) {
		if l.client.node == n {
			m.owner.registry.Lose(l, l.arrived)
		}
	}
}

// loseWords is for a node that was killed: what a client said by way of it may not be heard.
func (m *nodesModel) loseWords(c *modelClient, killed *modelNode) {
	for voice, said := range c.said {
		for _, other := range m.clients {
			if c.via[voice] == killed {
				other.gaps[voice] = said
			}
		}
	}
}

func (m *nodesModel) isOnRecord(c *modelClient) bool {
	return slices.ContainsFunc(m.record.Seats, func(s SeatState[*line, talk]) bool { return s.ID == c.id })
}

// stop has the owner give the room to another node, with everything, and end.
func (m *nodesModel) stop() {
	from, to := m.owner, m.pickNode()
	if from == to || from.isCut {
		return
	}
	m.note("node %d stops, and hands over to node %d", from.number, to.number)
	for _, c := range m.clients {
		if c.node.isCut || !c.connected {
			m.loseMemory(c) // for it, the next owner alone has what those of this node said
		}
	}
	st := m.becomeEdge(from, false)
	m.own(to, st)
	for _, c := range m.clients {
		if c.node == from && c.connected {
			m.setConnected(c, false)
			from.goodbye(c, false)
		}
	}
	m.pumpAll()
	m.nodes = remove(m.nodes, from)
	m.addNode().number = from.number + 10
}

// becomeEdge takes the room out of a registry, and makes its clients those of a room of
// another node. If that has taken the room, it needs what it has not been told.
func (m *nodesModel) becomeEdge(n *modelNode, taken bool) RoomState[*line, talk] {
	st, _, _ := n.registry.TakeOut(sharedRoom)
	if taken {
		n.outbox = append(n.outbox, unheardTalk(st)...)
	}
	for _, s := range st.Seats {
		if !s.Present || s.Socket.client.node != n {
			continue
		}
		x := &modelEdge{
			stream: s.Stream, messages: s.Sent, last: s.Given, given: s.Had, known: make(map[string]bool), nth: s.Socket.arrived,
		}
		for _, other := range st.Seats {
			if other.ID != s.ID {
				x.known[other.ID] = other.Away
			}
		}
		for _, e := range s.Events {
			if e.Nth > 0 && e.Event.Kind == Message {
				x.kept = append(x.kept, Sent[talk]{e.Nth, textOnly(e.Event)})
			}
		}
		n.edges[s.Socket.client] = x
	}
	return st
}

// textOnly returns a message that is nobody's.
func textOnly(e Event[talk]) Event[talk] {
	e.Message, e.owned = talk{text: e.Message.text}, false
	return e
}

// unheardTalk is what members may not have got.
func unheardTalk(st RoomState[*line, talk]) (all []sharedMessage) {
	for _, s := range st.Seats {
		for _, e := range s.Events {
			if e.Event.Kind == Message {
				all = append(all, sharedMessage{e.Event.ID, e.Event.Origin, []string{s.ID}, e.Event.Message.text})
			}
		}
	}
	return mergeRecipients(all)
}

// mergeRecipients makes one message of those with the same origin, and sorts them.
func mergeRecipients(all []sharedMessage) (merged []sharedMessage) {
	slices.SortStableFunc(all, func(a, b sharedMessage) int {
		return cmp.Or(cmp.Compare(a.origin.Stream, b.origin.Stream), cmp.Compare(a.origin.Number, b.origin.Number))
	})
	for _, f := range all {
		if last := len(merged) - 1; last >= 0 && merged[last].origin == f.origin {
			merged[last].to = append(merged[last].to, f.to...)
		} else {
			merged = append(merged, f)
		}
	}
	return merged
}

// cutOff cuts the owner off: another one has the room before it finds out.
func (m *nodesModel) cutOff() {
	n := m.owner
	for _, other := range m.nodes {
		if other.isCut {
			return
		}
	}
	m.note("node %d is cut off", n.number)
	m.dropFrames(func(l link) bool { return l.from == n || l.to == n })
	n.isCut = true
	for _, c := range m.clients {
		if !c.connected {
			m.loseMemory(c) // only the old owner knows what it has got
		}
	}
	m.takeOver(m.pickNode())
}

// heal ends that: those who are at the node re-enter.
func (m *nodesModel) heal() {
	for _, n := range m.nodes {
		if n.isCut {
			m.note("node %d is back", n.number)
			n.isCut = false
			st := m.becomeEdge(n, true)
			for _, s := range st.Seats {
				for _, e := range s.Events {
					e.Event.Free()
				}
			}
			m.moveThere(n)
		}
	}
}

// loseLink loses what the owner and another node send each other.
func (m *nodesModel) loseLink() {
	n := m.pickNode()
	if n == m.owner || m.owner.isCut {
		return
	}
	m.note("nodes %d and %d lose each other", m.owner.number, n.number)
	m.dropFrames(func(l link) bool { return l == link{n, m.owner} || l == link{m.owner, n} })
	m.loseLines(n)
	m.moveThere(n)
}
