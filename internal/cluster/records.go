package cluster

import (
	"context"
	"time"
)

// writeBack writes all records again, and finds out which rooms others own now. With
// 20,000 rooms that takes most of a second, so it has longer than a command, and less
// than the lease.
func (n *Node) writeBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.times.Serve-n.times.Renew)
	defer cancel()
	done := make(chan error, 1)
	select {
	case n.owned.flush <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keepRecords writes records until ctx ends, and renews all of them long before
// Redis forgets them.
func (n *Node) keepRecords(ctx context.Context) {
	renew := time.NewTicker(n.times.Record / 4)
	defer renew.Stop()
	for {
		select {
		case <-n.owned.wake:
			if n.writeRecords(ctx) != nil {
				pause(ctx, n.times.Renew/2)
				wake(n.owned.wake)
			}
		case <-renew.C:
			n.owned.markAll()
			wake(n.owned.wake)
		case done := <-n.owned.flush:
			n.owned.markAll()
			done <- n.writeRecords(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (o *ownership) markAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for room, r := range o.rooms {
		o.markDirty(room, r)
	}
}

// recordBatch is how many records are written at once.
const recordBatch = 256

// writeRecords writes what is to be written.
func (n *Node) writeRecords(ctx context.Context) error {
	for {
		b := n.takeRecords()
		if len(b.calls) == 0 {
			return nil
		}
		if err := n.writeBatch(ctx, b); err != nil {
			return err
		}
	}
}

// batch is a part of what is to be written: records first, then what gives rooms up.
type batch struct {
	calls  []call
	rooms  []RoomKey
	epochs []Epoch
}

func (n *Node) takeRecords() (b batch) {
	o := &n.owned
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.dirty) > 0 && len(b.calls) < recordBatch {
		room := o.dirty[len(o.dirty)-1]
		o.dirty = o.dirty[:len(o.dirty)-1]
		r := o.rooms[room]
		if r == nil || !r.dirty {
			continue
		}
		r.dirty = false
		b.rooms, b.epochs = append(b.rooms, room), append(b.epochs, r.epoch)
		b.calls = append(b.calls, call{saveScript, []string{n.roomKey(room)},
			[]string{string(n.id), r.epoch.text(), n.sealRecord(room, r.record), ms(n.times.Record)}})
	}
	count := min(len(o.calls), max(recordBatch-len(b.calls), 0))
	b.calls = append(b.calls, o.calls[:count]...)
	o.calls = o.calls[count:]
	o.busy = len(b.calls) > 0
	return b
}

// writeBatch writes a part. What fails is written again later.
func (n *Node) writeBatch(ctx context.Context, b batch) (failure error) {
	ctx, cancel := context.WithTimeout(ctx, n.times.Command)
	defer cancel()
	results := n.runAll(ctx, b.calls)
	var fenced []int
	n.owned.mu.Lock()
	defer n.owned.mu.Unlock()
	n.owned.busy = false
	for i, result := range results {
		written, err := result.AsInt64()
		switch {
		case err != nil && i < len(b.rooms):
			failure = err
			if r := n.owned.rooms[b.rooms[i]]; r != nil {
				n.owned.markDirty(b.rooms[i], r)
			}
		case err != nil:
			failure = err
			n.owned.calls = append(n.owned.calls, b.calls[i])
		case i >= len(b.rooms):
			n.owned.noteGivenUp(b.calls[i])
		case written == 0:
			fenced = append(fenced, i)
		}
	}
	for _, i := range fenced {
		n.fence(b.rooms[i], b.epochs[i])
	}
	return failure
}

// fence drops a room that another node owns. It is called with the lock held.
func (n *Node) fence(room RoomKey, epoch Epoch) {
	if r := n.owned.rooms[room]; r == nil || r.epoch != epoch {
		return
	}
	delete(n.owned.rooms, room)
	n.Metrics.fences.Inc()
	n.events.add(func() {
		for _, told := range n.onFenced {
			told(room, epoch)
		}
	})
}
