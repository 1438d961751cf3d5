package cluster

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
)

// Claim is who owns a room. Record is what the last owner wanted remembered, for a
// node that has become the owner.
type Claim struct {
	Owner  NodeID
	Epoch  Epoch
	Record []byte
	Mine   bool
}

// ownership is what this node owns. One goroutine writes it to Redis: see keepRecords.
type ownership struct {
	wake  chan struct{}   // has room for one token
	flush chan chan error // asks for everything to be written again

	mu    sync.Mutex // guards what follows
	rooms map[RoomKey]*ownedRoom
	dirty []RoomKey // rooms whose record is to be written
	calls []call    // releases and hand-overs
	busy  bool      // something is being written
	// givenUp are the rooms of calls that are not written yet, by their key in Redis. A
	// channel is closed once its call is: a claim that overtook it would get the room back.
	givenUp map[string]chan struct{}
}

// ownedRoom is a room of this node. Its record is kept, so that it can be written
// again when Redis has forgotten it.
type ownedRoom struct {
	epoch  Epoch
	record []byte
	dirty  bool
}

func (o *ownership) init() {
	o.wake, o.flush = make(chan struct{}, 1), make(chan chan error)
	o.rooms, o.givenUp = make(map[RoomKey]*ownedRoom), make(map[string]chan struct{})
}

func (o *ownership) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.rooms)
}

func (o *ownership) isWritten() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.busy && len(o.dirty) == 0 && len(o.calls) == 0
}

func (n *Node) roomKey(room RoomKey) string { return n.key("room:" + hex.EncodeToString(room[:])) }

func (e Epoch) text() string { return fmt.Sprintf("%016d", uint64(e)) }

// Claim returns the owner of a room. If the owner on record is not alive, this node
// becomes the owner, with an epoch greater than seen and than the one on record. It
// waits for a Redis that came back without its memory, and for a time for one that cannot
// be reached.
func (n *Node) Claim(ctx context.Context, room RoomKey, seen Epoch) (Claim, error) {
	for overdue := n.now() + n.times.Claim; ; {
		c, err := n.claim(ctx, room, seen)
		switch {
		case isFull(err):
			return Claim{}, ErrFull
		case err == nil && c.Owner != "":
			return c, nil
		case err == nil:
			overdue = n.now() + n.times.Claim
		}
		pause(ctx, n.times.Renew/10)
		if ctx.Err() != nil || n.now() > overdue {
			return Claim{}, ErrUnreachable
		}
	}
}

// errNotServing is why a node that is cut off claims nothing.
var errNotServing = errors.New("this node has no lease")

// claim tries once. Without an error and an owner, the claim has to wait.
func (n *Node) claim(ctx context.Context, room RoomKey, seen Epoch) (Claim, error) {
	if !n.Serving() {
		return Claim{}, errNotServing
	}
	ctx, cancel := context.WithTimeout(ctx, n.times.Command)
	defer cancel()
	if err := n.owned.awaitGivenUp(ctx, n.roomKey(room)); err != nil {
		return Claim{}, err
	}
	reply, err := n.run(ctx, call{
		claimScript,
		[]string{n.roomKey(room), n.key("young"), n.key("boot")},
		[]string{string(n.id), strconv.FormatUint(uint64(seen), 10), strconv.Itoa(rand.IntN(1 << epochRandomBits)),
			strconv.Itoa(1 << epochRandomBits), ms(n.times.Record), n.key("node:"), strconv.Itoa(idLength)},
	}).AsStrSlice()
	if err != nil {
		return Claim{}, err
	}
	if len(reply) != 4 || reply[0] == "" {
		return Claim{}, nil
	}
	epoch, err := strconv.ParseUint(reply[1], 10, 64)
	if err != nil {
		return Claim{}, err
	}
	c := Claim{Owner: NodeID(reply[0]), Epoch: Epoch(epoch), Mine: reply[3] == "1"}
	if !c.Mine {
		return c, nil
	}
	c.Record = n.openRecord(room, []byte(reply[2]))
	n.owned.mu.Lock()
	n.owned.rooms[room] = &ownedRoom{epoch: c.Epoch, record: bytes.Clone(c.Record)}
	n.owned.mu.Unlock()
	return c, nil
}

func (n *Node) sealRecord(room RoomKey, record []byte) string {
	if len(record) == 0 {
		return ""
	}
	return string(n.keys.seal(nil, record, room[:], forRecords))
}

// openRecord returns nil for a record that cannot be read: the room is new then.
func (n *Node) openRecord(room RoomKey, sealed []byte) []byte {
	if len(sealed) == 0 {
		return nil
	}
	record, err := n.keys.open(sealed, room[:], forRecords)
	if err != nil {
		n.log.Warn().Err(err).Msg("a room's record in Redis cannot be read; the room starts anew")
		return nil
	}
	return record
}

// Save lets Redis remember the record of a room that this node owns at an epoch.
// It returns at once; of several, the last one counts.
func (n *Node) Save(room RoomKey, epoch Epoch, record []byte) {
	n.owned.mu.Lock()
	defer n.owned.mu.Unlock()
	r := n.owned.rooms[room]
	if r == nil || r.epoch != epoch {
		return // given up or fenced since
	}
	r.record = bytes.Clone(record)
	n.owned.markDirty(room, r)
	wake(n.owned.wake)
}

// markDirty is called with the lock held.
func (o *ownership) markDirty(room RoomKey, r *ownedRoom) {
	if !r.dirty {
		r.dirty = true
		o.dirty = append(o.dirty, room)
	}
}

// Release gives a room up. Redis forgets it.
func (n *Node) Release(room RoomKey, epoch Epoch) {
	n.giveUp(room, epoch, func(*ownedRoom) call {
		return call{releaseScript, []string{n.roomKey(room)}, []string{string(n.id), epoch.text()}}
	})
}

// HandOver makes another node the owner of a room. Its next Claim gets the record.
func (n *Node) HandOver(room RoomKey, epoch Epoch, to NodeID) {
	n.giveUp(room, epoch, func(r *ownedRoom) call {
		record := n.sealRecord(room, r.record)
		return call{handOverScript, []string{n.roomKey(room)}, []string{string(n.id), epoch.text(), record, ms(n.times.Record), string(to)}}
	})
}

func (n *Node) giveUp(room RoomKey, epoch Epoch, call func(*ownedRoom) call) {
	n.owned.mu.Lock()
	defer n.owned.mu.Unlock()
	r := n.owned.rooms[room]
	if r == nil || r.epoch != epoch {
		return
	}
	delete(n.owned.rooms, room)
	n.owned.calls = append(n.owned.calls, call(r))
	if key := n.roomKey(room); n.owned.givenUp[key] == nil {
		n.owned.givenUp[key] = make(chan struct{})
	}
	wake(n.owned.wake)
}

// awaitGivenUp waits until Redis knows that this node has given a room up, if it has.
func (o *ownership) awaitGivenUp(ctx context.Context, key string) error {
	o.mu.Lock()
	written := o.givenUp[key]
	o.mu.Unlock()
	if written == nil {
		return nil
	}
	select {
	case <-written:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// noteGivenUp notes that a call is written. It is called with the lock held.
func (o *ownership) noteGivenUp(c call) {
	key := c.keys[0]
	if written := o.givenUp[key]; written != nil {
		close(written)
		delete(o.givenUp, key)
	}
}
