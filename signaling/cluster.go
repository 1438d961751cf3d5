package signaling

import (
	"context"
	"sync"
	"sync/atomic"

	"vidchat/internal/engineio"
)

// RoomKey is what the nodes call a room.
type RoomKey = [16]byte

// Cluster is what signaling needs of the other nodes, which share its rooms. The functions
// given to the Handle and On methods are called one at a time, and must not block.
type Cluster interface {
	Self() string
	// Serving reports whether this node may decide who gets into its rooms.
	Serving() bool
	Key(room string) RoomKey
	// Send queues a frame for a node. Frames arrive in order, each once, unless that node
	// is lost. It does not block. It keeps body, which must not change any more.
	Send(node string, body []byte)
	// Queue is Send for who calls Flush soon, once it holds no lock. Then no goroutine has to
	// be woken.
	Queue(node string, body []byte)
	Flush()
	// Claim returns which node has a room. If none does, this one has it from now on. It
	// fails if that cannot be known soon.
	Claim(ctx context.Context, room RoomKey, seen uint64) (Claim, error)
	// Save keeps the record of a room for its next owner.
	Save(room RoomKey, epoch uint64, record []byte)
	// Release gives a room without seats up, and HandOver gives it to another node. A Claim
	// that follows does not overtake them.
	Release(room RoomKey, epoch uint64)
	HandOver(room RoomKey, epoch uint64, node string)
	// Nodes returns the nodes that live.
	Nodes() []string

	Handle(func(from string, body []byte))
	// OnLost is told that a node has ended, or that frames between it and this one were
	// lost.
	OnLost(func(node string))
	// OnFenced is told that another node has a room that this one had.
	OnFenced(func(room RoomKey, epoch uint64))
}

// Claim says which node has a room. Each owner has a higher epoch than the one before.
type Claim struct {
	Owner  string
	Epoch  uint64
	Mine   bool
	Record []byte // what the last owner saved, if the room is Mine
}

// cluster shares rooms with other nodes. Each room is owned by one node, whose registry has
// it. The others forward what their clients ask for, and deliver what the owner sends.
//
// homes.go finds the owners, and takeover.go moves to a new one. edge.go and calls.go ask
// them for what clients want, and member.go has the seats of clients here, with what has
// arrived at them (arrival.go). owner.go serves other nodes, whose clients remote.go stands
// for. handover.go gives rooms away, demotion.go gives up those that were taken, and
// outbox.go and settle.go keep what may have to be sent again. frames.go and codec.go are the encoding.
type cluster struct {
	server  *Server
	nodes   Cluster
	metrics clusterMetrics

	ctx        context.Context // ends with the server
	end        context.CancelFunc
	running    sync.WaitGroup // goroutines that ctx ends
	startMu    sync.Mutex     // guards stopped, and Add against Wait
	stopped    bool           // no goroutines are started any longer
	flushed    chan struct{}  // closed when a shutdown has nothing left to tell the other nodes
	setFlushed func()
	changed    chan struct{} // has room for a token: there are changed records
	reports    chan struct{} // has room for a token: there are reports

	// moving is held while seats of the registry become seats of another node's rooms.
	moving sync.RWMutex

	mu      sync.Mutex // guards the fields below; never held while another lock is taken but that of a home
	leaving bool       // rooms are handed over
	names   map[string]*home
	keys    map[RoomKey]*home
	sockets map[uint64]*participant // of clients here that other nodes know
	remotes map[remoteID]*participant
	calls   map[uint64]*call
	last    uint64 // number of a socket or a call
	handed  map[RoomKey]*handedRoom
	awaited map[RoomKey]chan string // gets the next owner, which has confirmed
	records map[string]bool         // to be saved
	taken   int                     // rooms, since the last line in the log

	settling  settling
	unsettled atomic.Int64  // bytes in all outboxes
	goodbyes  atomic.Uint64 // number of the last goodbye
}

// remoteID is a socket on another node.
type remoteID struct {
	node   string
	number uint64
}

func newCluster(s *Server, nodes Cluster) *cluster {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cluster{
		server: s, nodes: nodes, metrics: newClusterMetrics(), ctx: ctx, end: cancel,
		flushed: make(chan struct{}), changed: make(chan struct{}, 1), reports: make(chan struct{}, 1),
		names: make(map[string]*home), keys: make(map[RoomKey]*home),
		sockets: make(map[uint64]*participant), remotes: make(map[remoteID]*participant),
		calls: make(map[uint64]*call), handed: make(map[RoomKey]*handedRoom),
		awaited: make(map[RoomKey]chan string), records: make(map[string]bool),
	}
	c.setFlushed = sync.OnceFunc(func() { close(c.flushed) })
	c.settling.init()
	nodes.Handle(c.receive)
	nodes.OnLost(c.nodeLost)
	nodes.OnFenced(c.fenced)
	return c
}

// run starts what works in the background. The function that it returns ends it.
func (c *cluster) run(ctx context.Context) (stop func()) {
	undo := context.AfterFunc(ctx, c.end)
	c.start(c.saveRecords)
	c.start(c.sendReports)
	return func() {
		undo()
		c.stop()
	}
}

// start starts a goroutine, unless the server ends.
func (c *cluster) start(work func()) {
	c.startMu.Lock()
	defer c.startMu.Unlock()
	if !c.stopped {
		c.running.Go(work)
	}
}

func (c *cluster) stop() {
	c.startMu.Lock()
	c.stopped = true
	c.startMu.Unlock()
	c.end()
	c.running.Wait()
}

// sendQueued sends what was queued for other nodes: at once, or after what other clients have
// sent at the same time, so that it leaves together.
func (c *cluster) sendQueued() {
	if !c.server.sockets.AfterBatch() {
		c.nodes.Flush()
	}
}

// recordChanged is called by the registry.
func (c *cluster) recordChanged(name string) {
	c.mu.Lock()
	c.records[name] = true
	c.mu.Unlock()
	sendToken(c.changed)
}

// saveRecords saves the records of the rooms that have changed, and releases those that
// have no seats any longer.
func (c *cluster) saveRecords() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.changed:
		}
		c.mu.Lock()
		names := c.records
		c.records = make(map[string]bool)
		c.mu.Unlock()
		for name := range names {
			c.saveRecord(name)
		}
	}
}

func (c *cluster) saveRecord(name string) {
	h := c.find(name)
	if h == nil {
		return
	}
	st, ok := c.server.rooms.Record(name)
	if !ok {
		c.releaseIfEmpty(h)
		return
	}
	if _, epoch, here := h.where(); here {
		var w writer
		w.roomState(st, false)
		c.nodes.Save(h.key, epoch, w.b)
	}
}

// readRecord returns the state that a record describes. A record that cannot be read is
// that of another version, and the room starts without it.
func (c *cluster) readRecord(name string, record []byte) (st roomState) {
	r := reader{b: record}
	if len(record) > 0 {
		st = r.roomState(name)
	}
	if r.failed {
		return roomState{}
	}
	return st
}

// numberOf returns what other nodes call a socket.
func (c *cluster) numberOf(p *participant) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := p.number.Load()
	if n == 0 {
		c.last++
		n = c.last
		p.number.Store(n)
		if p.Reason() == "" {
			c.sockets[n] = p
		}
	}
	return n
}

func (c *cluster) socket(number uint64) *participant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sockets[number]
}

// removed is called when a session has ended, or left the namespace. It reports whether
// there is nothing to do in the rooms of this node.
func (c *cluster) removed(p *participant, reason engineio.Reason) bool {
	if reason != "" {
		defer func() {
			c.mu.Lock()
			delete(c.sockets, p.number.Load())
			c.mu.Unlock()
		}()
	}
	if k := p.knocking.Swap(nil); k != nil {
		c.forgetKnock(p, k)
	}
	m := p.member.Load()
	if m == nil {
		return false
	}
	s := c.server
	g := goodbye{hold: s.seatHold, delivered: p.Delivered()}
	switch {
	case s.Draining() && (reason == "" || reason == engineio.ReasonShutdown):
		return true // what it has sent is still to be forwarded; see sayGoodbyes
	case reason == "" || reason.Goodbye():
		g.leave = true
	case reason == engineio.ReasonSocketClosed:
		g.hold = min(s.briefHold, s.seatHold)
	}
	if !c.leaveMember(m, g) {
		return false
	}
	p.Log().Once(resultLeft).Bool("goodbye", g.leave).Msg("left a room")
	return true
}
