package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"vidchat/internal/engineio/buffer"
)

// subscribe reads the inbox of this node until ctx ends, over a connection of its own.
// A subscription that is lost is made again, and what it missed is asked for.
func (n *Node) subscribe(ctx context.Context) {
	for ctx.Err() == nil {
		if client := n.client(); client != nil {
			n.listen(ctx, client)
		}
		pause(ctx, n.times.Renew/10)
	}
}

// errDeaf is that a subscription gets nothing, not even what the node sends itself.
var errDeaf = errors.New("the subscription has gone quiet")

// listen returns when the subscription has ended.
func (n *Node) listen(ctx context.Context, client rueidis.Client) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var heard atomic.Int64
	heard.Store(int64(n.now()))
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { n.watch(ctx, &heard, cancel) })
	defer cancel(nil)
	conn, _ := client.Dedicate()
	defer conn.Close()
	over := conn.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage: func(m rueidis.PubSubMessage) {
			heard.Store(int64(n.now()))
			n.take(m.Message, ctx.Done())
		},
		OnSubscription: func(s rueidis.PubSubSubscription) {
			if s.Kind == "subscribe" {
				n.askAgain()
			}
		},
	})
	if err := conn.Do(ctx, conn.B().Subscribe().Channel(n.inbox(n.id)).Build()).Error(); err != nil {
		n.Metrics.failed(err)
		return
	}
	select {
	case <-over:
		n.Metrics.resubscribed.Inc()
	case <-ctx.Done():
		if context.Cause(ctx) == errDeaf {
			n.Metrics.resubscribed.Inc()
		}
	}
}

// quiet is how many renewals a subscription may miss.
const quiet = 3

// watch ends a subscription that gets nothing. A connection can be open and dead: the
// node sends itself something with each renewal.
func (n *Node) watch(ctx context.Context, heard *atomic.Int64, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(n.times.Renew)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			good := n.lease.good.Load() // without one, Redis itself is gone
			last := heard.Load()
			if good > last && n.now()-time.Duration(last) > quiet*n.times.Renew+n.times.Command {
				cancel(errDeaf)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// askAgain asks all nodes for what has not arrived.
func (n *Node) askAgain() {
	l := &n.link
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.peers {
		if p.inStream > 0 {
			p.resend = true
			l.markReady(p)
		}
	}
}

// take opens what was published, and queues it for the handlers.
func (n *Node) take(message string, ended <-chan struct{}) {
	if len(message) > 0 && message[0] == probeVersion {
		return
	}
	const header = 1 + idLength
	switch {
	case len(message) < header:
		n.Metrics.damaged.Inc()
		return
	case message[0] != packetVersion:
		n.notePacket(message[0])
		return
	}
	from := NodeID(message[1:header])
	memory := buffer.New(len(message) - header).AppendString(message[header:])
	text, err := n.keys.open(memory.Bytes(), packetContext(from, n.id), forPackets)
	if err != nil {
		n.Metrics.damaged.Inc()
		return
	}
	in, err := parsePacket(text)
	if err != nil {
		n.Metrics.damaged.Inc()
		return
	}
	n.events.addPacket(func() {
		n.receive(from, in)
		memory.Free() // bodies are valid during the call of their handler
	}, ended)
}
