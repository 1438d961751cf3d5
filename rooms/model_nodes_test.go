package rooms

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vidchat/internal/enginetest/counts"
)

// nodeHistories is how many histories of several nodes are tried. It is 10,000 in make soak.
func nodeHistories(t *testing.T) int { return counts.Of(t, "NODE_HISTORIES", 400) }

// Whatever becomes of the nodes that share a room, of their owners, and of what they send
// each other, the room has no more members than seats, and everybody whose node lives hears
// everything once and in order. Finally, everything is freed.
func TestNodeHistories(t *testing.T) {
	const batches = 4
	for batch := range batches {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			t.Parallel()
			for i := range nodeHistories(t) / batches {
				synctest.Test(t, func(t *testing.T) { newNodesModel(t, uint64(batch), uint64(i)).run() })
				if t.Failed() {
					return
				}
			}
		})
	}
}

const (
	sharedRoom  = "x"
	sharedSeats = 4
	nodeSteps   = 60
)

// nodesModel is some nodes with a registry each, of which one owns the room. The others
// forward what their clients send, as package signaling does.
type nodesModel struct {
	t     *testing.T
	rng   *rand.Rand
	steps []string

	mu       sync.Mutex // guards what events change, since timers send some
	nodes    []*modelNode
	owner    *modelNode
	epoch    uint64
	record   RoomState[*line, talk]
	clients  []*modelClient // with a seat
	everyone []*modelClient // so far
	links    map[link][]func()
}

type link struct{ from, to *modelNode }

func newNodesModel(t *testing.T, seed1, seed2 uint64) *nodesModel {
	m := &nodesModel{t: t, rng: rand.New(rand.NewPCG(seed1, seed2)), links: make(map[link][]func())}
	for range 3 {
		m.addNode()
	}
	m.takeOver(m.nodes[0])
	return m
}

func (m *nodesModel) run() {
	actions := []func(){
		m.enter, m.enter, m.say, m.say, m.say, m.say, m.pump, m.pump, m.pump, m.acknowledge, m.acknowledge,
		m.lose, m.comeBack, m.comeBack, m.leave, m.kill, m.stop, m.cutOff, m.heal, m.loseLink, m.passTime,
	}
	for range nodeSteps {
		actions[m.rng.IntN(len(actions))]()
		synctest.Wait()
		m.save()
		m.check()
		if m.t.Failed() {
			m.t.Fatalf("after %q", m.steps)
		}
	}
	m.settle()
	m.expectAllHeard()
	for len(m.clients) > 0 {
		m.leaveAs(m.clients[0])
	}
	m.pumpAll()
	time.Sleep(hold + grace)
	synctest.Wait()
	m.pumpAll()
	m.expectNothingLeft()
	if m.t.Failed() {
		m.t.Fatalf("after %q", m.steps)
	}
}

func (m *nodesModel) note(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

func (m *nodesModel) check() {
	if _, seats := m.owner.registry.Size(); seats > sharedSeats {
		m.t.Errorf("%d seats of %d are taken", seats, sharedSeats)
	}
}

// settle brings everything to rest, with everyone connected.
func (m *nodesModel) settle() {
	m.heal()
	m.pumpAll()
	for _, c := range m.clients {
		if !c.connected {
			m.returnAs(c)
		}
	}
	m.pumpAll()
	time.Sleep(grace)
	synctest.Wait()
	m.pumpAll()
}

func (m *nodesModel) expectAllHeard() {
	for _, c := range m.clients {
		for _, other := range m.clients {
			for voice, said := range other.said {
				if c != other && max(c.heard[voice], c.gaps[voice]) < said {
					m.t.Errorf("finally, %s has heard %d of %d of %s", c.name, c.heard[voice], said, voice)
				}
			}
		}
	}
}

func (m *nodesModel) expectNothingLeft() {
	for i, n := range m.nodes {
		rooms, seats := n.registry.Size()
		if kept := n.registry.Kept(); rooms+seats+kept+len(n.registry.bySocket)+len(n.edges) != 0 {
			m.t.Errorf("finally, node %d has %d rooms, %d seats, %d bytes, and %d members elsewhere", i, rooms, seats, kept, len(n.edges))
		}
		if len(n.outbox) != 0 {
			m.t.Errorf("finally, %d messages of node %d are not settled", len(n.outbox), i)
		}
	}
}

// save has the owner's record reach Redis.
func (m *nodesModel) save() { m.record, _ = m.owner.registry.Record(sharedRoom) }

func (m *nodesModel) passTime() {
	m.note("time passes")
	time.Sleep(time.Duration(m.rng.IntN(int(1500 * time.Millisecond))))
}

// post sends a frame from node to node, unless it is lost.
func (m *nodesModel) post(from, to *modelNode, frame func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !from.isCut && !to.isCut {
		l := link{from, to}
		m.links[l] = append(m.links[l], frame)
	}
}

// command sends the owner a frame, which is of no use once there is another one.
func (m *nodesModel) command(from *modelNode, frame func(owner *modelNode)) {
	owner, epoch := m.owner, m.epoch
	m.post(from, owner, func() {
		if m.owner == owner && m.epoch == epoch {
			frame(owner)
		}
	})
}

// pump delivers some frames.
func (m *nodesModel) pump() {
	for _, from := range m.nodes {
		for _, to := range m.nodes {
			for range m.rng.IntN(4) {
				m.deliver(link{from, to})
			}
		}
	}
}

func (m *nodesModel) pumpAll() {
	for again := true; again; {
		again = false
		for _, from := range m.nodes {
			for _, to := range m.nodes {
				for m.deliver(link{from, to}) {
					again = true
				}
			}
		}
		synctest.Wait()
	}
}

func (m *nodesModel) deliver(l link) bool {
	m.mu.Lock()
	frames := m.links[l]
	if len(frames) > 0 {
		m.links[l] = frames[1:]
	}
	m.mu.Unlock()
	if len(frames) == 0 {
		return false
	}
	frames[0]()
	return true
}

// dropFrames loses what is on its way from and to a node.
func (m *nodesModel) dropFrames(lost func(link) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.links, func(l link, _ []func()) bool { return lost(l) })
}

// modelClient is a client, which checks what it hears.
type modelClient struct {
	model     *nodesModel
	name      string
	node      *modelNode
	connected bool
	line      *line // to the registry of its node, or of the owner
	token, id string
	last      uint64         // number of the last message
	voice     string         // its connection: what is said by way of one keeps its order
	said      map[string]int // by voice
	via       map[string]*modelNode
	heard     map[string]int // by voice, as what follows
	again     map[string]int // may be heard again
	gaps      map[string]int // may never be heard, or late
}

// receive gets an event by way of its node.
func (c *modelClient) receive(e Event[talk]) {
	switch e.Kind {
	case Entered:
		if c.token != "" && !e.Entry.Resumed {
			c.model.t.Errorf("%s has lost its seat", c.name)
		}
		c.token, c.id = e.Entry.Token, e.ID
	case Message:
		if e.Number != c.last+1 {
			c.model.t.Errorf("%s got message %d after %d", c.name, e.Number, c.last)
		}
		c.last = e.Number
		var from string
		var k int
		_, _ = fmt.Sscan(e.Message.text, &from, &k)
		switch {
		case k == c.heard[from]+1, k > c.heard[from] && k <= c.gaps[from]+1:
			c.heard[from] = k
		case k > max(c.again[from], c.gaps[from]):
			c.model.t.Errorf("%s heard %d of %s after %d", c.name, k, from, c.heard[from])
		}
	}
}

// loseMemory is for a client of whom nobody knows what it has got: its node was killed, or
// it was away when the owner was.
func (m *nodesModel) loseMemory(c *modelClient) {
	c.again = maps.Clone(c.heard)
	for _, other := range m.everyone {
		maps.Copy(c.gaps, other.said)
	}
}

// pick returns a random client that is connected or not, or nil.
func (m *nodesModel) pick(connected bool) *modelClient {
	var some []*modelClient
	for _, c := range m.clients {
		if c.connected == connected && !c.node.isCut {
			some = append(some, c)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[m.rng.IntN(len(some))]
}

func (m *nodesModel) pickNode() *modelNode {
	for {
		if n := m.nodes[m.rng.IntN(len(m.nodes))]; !n.isCut {
			return n
		}
	}
}

// enter adds a client.
func (m *nodesModel) enter() {
	c := &modelClient{
		model: m, name: fmt.Sprint("c", len(m.everyone)+1),
		said: make(map[string]int), via: make(map[string]*modelNode), heard: make(map[string]int), again: make(map[string]int), gaps: make(map[string]int),
	}
	m.pumpAll()
	m.loseMemory(c)
	_, seats := m.owner.registry.Size()
	err := m.connect(c)
	m.note("%s enters at node %d: %v", c.name, c.node.number, err)
	switch {
	case err == nil:
		m.clients, m.everyone = append(m.clients, c), append(m.everyone, c)
	case !errors.Is(err, ErrFull) || seats < sharedSeats:
		m.t.Errorf("entering a room with %d seats taken: %v", seats, err)
	}
}

// connect has a client enter by way of any node.
func (m *nodesModel) connect(c *modelClient) error {
	c.node = m.pickNode()
	c.node.epoch = m.epoch
	o := Options{Capacity: sharedSeats, Token: c.token, Seen: new(c.last)}
	m.setLine(c, &line{model: m, client: c, owner: m.owner})
	m.setConnected(c, true)
	c.voice = fmt.Sprint(c.name, ".", len(c.via))
	c.via[c.voice] = c.node
	_, err := m.owner.registry.Enter(sharedRoom, c.line, o)
	if err == nil && c.node != m.owner && len(c.node.edges) == 0 && m.rng.IntN(3) == 0 {
		m.note("the answer to %s is lost", c.name)
		m.dropFrames(func(l link) bool { return l == link{m.owner, c.node} })
		m.moveThere(c.node)
		o.Unanswered = true
		_, err = m.owner.registry.Enter(sharedRoom, c.line, o)
	}
	m.pumpAll()
	m.setConnected(c, err == nil)
	return err
}

func (m *nodesModel) comeBack() {
	if c := m.pick(false); c != nil {
		m.pumpAll()
		m.returnAs(c)
	}
}

func (m *nodesModel) returnAs(c *modelClient) {
	err := m.connect(c)
	m.note("%s is back at node %d, with %d: %v", c.name, c.node.number, c.last, err)
	if err != nil {
		m.t.Errorf("%s comes back: %v", c.name, err)
	}
}

func (m *nodesModel) say() {
	if c := m.pick(true); c != nil {
		c.said[c.voice]++
		m.note("%s says %d", c.voice, c.said[c.voice])
		c.node.say(c, fmt.Sprint(c.voice, " ", c.said[c.voice]))
	}
}

func (m *nodesModel) acknowledge() {
	if c := m.pick(true); c != nil {
		c.node.acknowledge(c)
	}
}

// lose ends the connection of a client.
func (m *nodesModel) lose() {
	if c := m.pick(true); c != nil {
		m.note("%s loses its connection", c.name)
		if m.owner.registry.bySocket[c.line] == nil {
			m.loseMemory(c) // its node has had no time to say what it has got
		}
		m.setConnected(c, false)
		c.node.goodbye(c, false)
	}
}

func (m *nodesModel) leave() {
	if c := m.pick(true); c != nil && m.rng.IntN(2) == 0 {
		m.note("%s leaves", c.name)
		m.leaveAs(c)
	}
}

func (m *nodesModel) leaveAs(c *modelClient) {
	m.clients = remove(m.clients, c)
	m.setConnected(c, false)
	c.node.goodbye(c, true)
}
