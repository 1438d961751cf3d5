package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// lease is what this node knows of its own life, and of that of others.
type lease struct {
	good atomic.Int64 // when the last good renewal was sent, on the node's clock; 0 before

	mu        sync.Mutex // guards what follows
	live      map[NodeID]bool
	left      map[NodeID]bool // said goodbye; an id never comes again
	failure   error           // of the last renewal
	disturbed bool            // what Redis holds may be older than what it was told
	boot      string          // names a life of Redis's memory
	held      bool            // had a lease before
	serving   bool            // as others were told
	foreign   map[byte]bool   // formats of packets that could not be read
}

func (l *lease) init() {
	l.live, l.left, l.foreign = make(map[NodeID]bool), make(map[NodeID]bool), make(map[byte]bool)
	l.failure = errStarting
}

func (l *lease) problem() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.failure {
	case nil:
		return nil
	case errStarting:
		return problem("waiting for Redis: " + errStarting.Error())
	}
	var format formatError
	if errors.As(l.failure, &format) {
		return format // Redis is there
	}
	return problem("waiting for Redis: " + inWords(l.failure))
}

// formatError is that nodes of another format run.
type formatError string

func (e formatError) Error() string {
	return fmt.Sprintf("nodes of another version of vidchat are running, whose packets have format %s; this one has format %d, and joins once they have been stopped", string(e), Format)
}

// noteFormat is for a node that may not join. It says so once for each format.
func (n *Node) noteFormat(other string) {
	err := formatError(other)
	n.lease.mu.Lock()
	known := n.lease.failure == error(err)
	n.lease.mu.Unlock()
	n.lease.fail(err)
	if !known {
		n.log.Warn().Str("node", string(n.id)).Str("format", other).Int("own_format", Format).Msg(err.Error())
	}
}

// notePacket is for a packet of another format. A node that sends one does not know that it
// may not join; whatever it sends is ignored.
func (n *Node) notePacket(format byte) {
	n.Metrics.damaged.Inc()
	n.lease.mu.Lock()
	known := n.lease.foreign[format]
	n.lease.foreign[format] = true
	n.lease.mu.Unlock()
	if !known {
		n.log.Warn().Str("node", string(n.id)).Uint8("format", format).Int("own_format", Format).
			Msg("a node of another version of vidchat sends packets that cannot be read: stop it, or its callers and those here do not find each other")
	}
}

// problem is an error in words.
type problem string

func (p problem) Error() string { return string(p) }

func (l *lease) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failure = err
	l.disturbed = true
}

// Serving reports whether this node may act as an owner: its last good renewal was
// sent a short time ago. Redis keeps the lease for longer, counted from a later
// moment, so nobody else can own a room meanwhile.
func (n *Node) Serving() bool {
	good := n.lease.good.Load()
	return good != 0 && n.now()-time.Duration(good) < n.times.Serve
}

// Nodes lists the live nodes, this one too.
func (n *Node) Nodes() []NodeID {
	n.lease.mu.Lock()
	defer n.lease.mu.Unlock()
	nodes := make([]NodeID, 0, len(n.lease.live))
	for id := range n.lease.live {
		nodes = append(nodes, id)
	}
	return nodes
}

func (n *Node) key(name string) string { return n.options.Prefix + name }

func (n *Node) leaseKey(id NodeID) string { return n.key("node:" + string(id)) }

// keepLease renews the lease until ctx ends.
func (n *Node) keepLease(ctx context.Context) {
	client := n.reach(ctx)
	if client == nil {
		return
	}
	n.commands.Store(&client)
	tick := time.NewTicker(n.times.Renew)
	defer tick.Stop()
	for {
		ending := n.renew(ctx)
		n.tellServing()
		select {
		case <-tick.C:
		case <-ending:
		case <-ctx.Done():
			return
		}
	}
}

// renew renews the lease once. After a lapse, the node first finds out which rooms
// others have taken, and acts as an owner only then. If a node has missed renewals, the
// channel tells when its lease ends, so that others need not wait longer.
func (n *Node) renew(running context.Context) (ending <-chan time.Time) {
	ctx, cancel := context.WithTimeout(running, n.times.Command)
	defer cancel()
	n.lease.mu.Lock()
	held := "0"
	if n.lease.held {
		held = "1"
	}
	n.lease.mu.Unlock()
	sent := n.now()
	reply, err := n.run(ctx, call{
		renewScript,
		[]string{n.leaseKey(n.id), n.key("nodes"), n.key("boot"), n.key("young")},
		[]string{string(n.id), ms(n.times.Lease), ms(n.times.Record), ms(n.times.Young), string(newID()), held, n.key("node:"), strconv.Itoa(Format)},
	}).AsStrSlice()
	switch {
	case err == nil && len(reply) == 1:
		n.noteFormat(reply[0])
		return nil
	case err == nil && len(reply) < 3:
		err = errPacket
	}
	if err != nil {
		n.lease.fail(err)
		return nil
	}
	boot, young, lapsed := reply[0], reply[1] != "", reply[2] == "1"
	if n.mustWriteBack(boot, lapsed) {
		if err := n.writeBack(running); err != nil {
			n.lease.fail(err)
			return nil
		}
	}
	n.lease.mu.Lock()
	n.lease.boot, n.lease.held, n.lease.disturbed, n.lease.failure = boot, true, false, nil
	n.lease.mu.Unlock()
	n.lease.good.Store(max(int64(sent), 1))
	live, soonest := parseNodes(reply[3:])
	n.noteNodes(live, young, sent)
	n.probe(ctx)
	if soonest < n.times.Renew {
		return time.After(soonest + time.Millisecond)
	}
	return nil
}

// parseNodes reads the list of nodes, and the time until the first of their leases ends.
func parseNodes(list []string) (live map[NodeID]bool, soonest time.Duration) {
	live, soonest = make(map[NodeID]bool, len(list)), time.Hour
	for _, entry := range list {
		if len(entry) <= idLength {
			continue
		}
		live[NodeID(entry[:idLength])] = true
		if left, err := strconv.Atoi(entry[idLength:]); err == nil {
			soonest = min(soonest, time.Duration(left)*time.Millisecond)
		}
	}
	return live, soonest
}

// mustWriteBack reports whether Redis may have forgotten something, or given a room
// of this node away.
func (n *Node) mustWriteBack(boot string, lapsed bool) bool {
	n.lease.mu.Lock()
	defer n.lease.mu.Unlock()
	return n.lease.held && (lapsed || n.lease.disturbed || n.lease.boot != boot)
}

// noteNodes compares the list of nodes with the one before. While Redis is young,
// nobody is missing: it has to hear from all of them first.
func (n *Node) noteNodes(live map[NodeID]bool, young bool, sent time.Duration) {
	l := &n.lease
	l.mu.Lock()
	for id := range l.left {
		delete(live, id)
	}
	var gone []NodeID
	for id := range l.live {
		switch {
		case live[id]:
		case young:
			live[id] = true
		default:
			gone = append(gone, id)
		}
	}
	l.live = live
	l.mu.Unlock()
	if !young {
		gone = append(gone, n.link.strangers(live, sent)...)
	}
	for _, id := range gone {
		if id != n.id {
			n.events.add(func() { n.lose(id, "lease_ended") })
		}
	}
}

// noteGoodbye is for a node that has left in order.
func (l *lease) noteGoodbye(id NodeID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, id)
	if len(l.left) >= maxEnded {
		clear(l.left)
	}
	l.left[id] = true
}

// tellServing tells when Serving has changed.
func (n *Node) tellServing() {
	serving := n.Serving()
	n.lease.mu.Lock()
	changed := n.lease.serving != serving
	n.lease.serving = serving
	failure := n.lease.failure
	n.lease.mu.Unlock()
	if !changed {
		return
	}
	if serving {
		n.log.Info().Str("node", string(n.id)).Int("nodes", len(n.Nodes())).Msg("joined the cluster")
	} else {
		line := n.log.Warn().Str("node", string(n.id))
		if failure != nil {
			line.Str("reason", inWords(failure))
		}
		line.Msg("cut off from the cluster: calls go on, and joins of other nodes' calls wait")
	}
	n.events.add(func() {
		for _, told := range n.onServing {
			told(serving)
		}
	})
}

// leaveTime bounds how long a node takes to leave.
const leaveTime = 500 * time.Millisecond

// leave sends what is still to be sent, says goodbye, and gives the lease back.
func (n *Node) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if n.client() == nil {
		return
	}
	for _, id := range n.Nodes() {
		if id != n.id {
			n.Send(id, controlChannel, []byte{controlGoodbye})
		}
	}
	for ctx.Err() == nil && !(n.link.isEmpty() && n.owned.isWritten()) {
		pause(ctx, 5*time.Millisecond)
	}
	ctx, cancelLast := context.WithTimeout(context.Background(), leaveTime)
	defer cancelLast()
	n.run(ctx, call{leaveScript, []string{n.leaseKey(n.id), n.key("nodes")}, []string{string(n.id)}})
	n.lease.good.Store(0)
}

func ms(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// Knows reports whether a node is alive, as far as this one can tell.
func (n *Node) Knows(id NodeID) bool {
	n.lease.mu.Lock()
	defer n.lease.mu.Unlock()
	return n.lease.live[id]
}

// probe lets a node see whether its own inbox still gets what is published.
func (n *Node) probe(ctx context.Context) {
	if client := n.client(); client != nil {
		client.Do(ctx, client.B().Publish().Channel(n.inbox(n.id)).Message(string([]byte{probeVersion})).Build())
	}
}
