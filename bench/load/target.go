//go:build linux

package load

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Protocol is what a server speaks.
type Protocol int

// The protocols. Bare is WebSocket alone, where the path is the room.
const (
	Bare Protocol = 0
	EIO3 Protocol = 3
	EIO4 Protocol = 4
)

// Target is a server that is put under load, and how.
type Target struct {
	Address  string // host:port
	Protocol Protocol
}

// roomName has always the same length, so that it can be put into a message in
// place.
type roomName [8]byte

func room(i int) (name roomName) {
	copy(name[:], fmt.Sprintf("r%07d", i))
	return name
}

// path is that of a request to the server.
func (t Target) path(transport string) string {
	return fmt.Sprintf("/socket.io/?EIO=%d&transport=%s", t.Protocol, transport)
}

// open connects by WebSocket and joins a room.
func (t Target) open(ctx context.Context, room roomName) (*wire, error) {
	w, err := dial(ctx, t.Address)
	if err != nil {
		return nil, err
	}
	if err := t.enter(w, room); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (t Target) enter(w *wire, room roomName) error {
	if t.Protocol == Bare {
		return w.upgrade("/" + string(room[:]))
	}
	if err := w.upgrade(t.path("websocket")); err != nil {
		return err
	}
	if _, err := w.expect("0{"); err != nil {
		return err
	}
	if t.Protocol == EIO4 {
		if err := w.send("40"); err != nil {
			return err
		}
	}
	if _, err := w.expect("40"); err != nil {
		return err
	}
	if err := w.send(joinPacket(room)); err != nil {
		return err
	}
	answer, err := w.expect("42[")
	if err == nil && !hasSeat(answer) {
		err = fmt.Errorf("the server answered a join with %s", answer)
	}
	return err
}

func joinPacket(room roomName) string { return `42["create or join","` + string(room[:]) + `"]` }

// hasSeat tells whether an answer to a join says that there was a seat.
func hasSeat(answer string) bool {
	return strings.Contains(answer, `["created"`) || strings.Contains(answer, `["joined"`)
}

// Client is a connection that a Loop serves.
type Client struct {
	fd      int
	room    roomName
	partner *Client
	partial []byte // the beginning of a frame
	pending []byte // what the socket did not take yet
	sentAt  int64  // when it sent something last, on the loop's clock, in ns
	eio     Protocol
}

// client connects, joins and hands the connection over.
func (t Target) client(ctx context.Context, room roomName) (*Client, error) {
	w, err := t.open(ctx, room)
	if err != nil {
		return nil, err
	}
	fd, unread, err := w.detach()
	return &Client{fd: fd, room: room, partial: unread, eio: t.Protocol}, err
}

// parallel is how many clients connect at the same time.
const parallel = 32

// Connect brings pairs of clients into the loop, each pair in a room of its
// own: those numbered from first to first+pairs-1.
func (l *Loop) Connect(ctx context.Context, t Target, first, pairs int) error {
	var joined sync.Mutex // guards the loop
	return inParallel(pairs, func(i int) error {
		var pair [2]*Client
		for end := range pair {
			c, err := t.client(ctx, room(first+i))
			if err != nil {
				return err
			}
			pair[end] = c
		}
		pair[0].partner, pair[1].partner = pair[1], pair[0]
		joined.Lock()
		defer joined.Unlock()
		return l.add(pair[:])
	})
}

// inParallel calls work with 0 to n-1, until one fails.
func inParallel(n int, work func(i int) error) error {
	var (
		group sync.WaitGroup
		mu    sync.Mutex // guards next and first
		next  int
		first error
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i, next = next, next+1
		return i, i < n && first == nil
	}
	for range min(parallel, n) {
		group.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := work(i); err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return first
}
