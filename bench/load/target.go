//go:build linux

package load

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
)

// Protocol is the protocol of a server.
type Protocol int

// Protocols. Bare is plain WebSocket with the room as the path.
const (
	Bare Protocol = 0
	EIO3 Protocol = 3
	EIO4 Protocol = 4
)

// Target is a server under load.
type Target struct {
	Address  string // host:port
	Other    string // the address for the second client of a pair, if it is another
	Protocol Protocol
}

// roomName has a fixed length, so that a message can be stamped in place.
type roomName [8]byte

func room(i int) (name roomName) {
	copy(name[:], fmt.Sprintf("r%07d", i))
	return name
}

// path returns the path of an Engine.IO request.
func (t Target) path(transport string) string {
	return fmt.Sprintf("/socket.io/?EIO=%d&transport=%s", t.Protocol, transport)
}

// open connects by WebSocket and joins a room.
func (t Target) open(ctx context.Context, room roomName) (*rawConn, error) {
	c, err := dial(ctx, t.Address)
	if err != nil {
		return nil, err
	}
	if err := t.join(c, room); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (t Target) join(c *rawConn, room roomName) error {
	if t.Protocol == Bare {
		return c.upgrade("/" + string(room[:]))
	}
	if err := c.upgrade(t.path("websocket")); err != nil {
		return err
	}
	if _, err := c.expect("0{"); err != nil {
		return err
	}
	if t.Protocol == EIO4 {
		if err := c.send("40"); err != nil {
			return err
		}
	}
	if _, err := c.expect("40"); err != nil {
		return err
	}
	if err := c.send(joinPacket(room)); err != nil {
		return err
	}
	answer, err := c.expect("42[")
	if err == nil && !hasSeat(answer) {
		err = fmt.Errorf("the server answered a join with %s", answer)
	}
	return err
}

func joinPacket(room roomName) string { return `42["create or join","` + string(room[:]) + `"]` }

// hasSeat reports whether the answer to a join grants a seat.
func hasSeat(answer string) bool {
	return strings.Contains(answer, `["created"`) || strings.Contains(answer, `["joined"`)
}

// Client is a connection that a Loop serves.
type Client struct {
	fd      int
	room    roomName
	partial []byte // received beginning of a frame
	pending []byte // bytes that the socket has not accepted yet
	sentAt  int64  // time of the last write on the loop's clock, in ns
	eio     Protocol
}

// client connects, joins a room and detaches the socket for a Loop.
func (t Target) client(ctx context.Context, room roomName) (*Client, error) {
	c, err := t.open(ctx, room)
	if err != nil {
		return nil, err
	}
	fd, unread, err := c.detach()
	return &Client{fd: fd, room: room, partial: unread, eio: t.Protocol}, err
}

// parallel is the number of concurrent clients during setup.
const parallel = 32

// Connect adds pairs of clients to the loop, each pair in a room of its own. The
// rooms are numbered from first to first+pairs-1.
func (l *Loop) Connect(ctx context.Context, t Target, first, pairs int) error {
	var mu sync.Mutex // guards the loop
	_, err := inParallel(func(i int) bool { return i < pairs }, func(i int) error {
		pair, err := t.pair(ctx, room(first+i))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		return l.add(pair)
	})
	return err
}

// pair connects two clients to one room.
func (t Target) pair(ctx context.Context, room roomName) ([]*Client, error) {
	a, err := t.client(ctx, room)
	if err != nil {
		return nil, err
	}
	if t.Other != "" {
		t.Address = t.Other
	}
	b, err := t.client(ctx, room)
	if err != nil {
		_ = syscall.Close(a.fd)
		return nil, err
	}
	return []*Client{a, b}, nil
}

// inParallel calls work with 0, 1, 2 … on several goroutines until more returns
// false or a call fails. It returns the number of calls and the first error.
func inParallel(more func(i int) bool, work func(i int) error) (started int, first error) {
	var (
		group sync.WaitGroup
		mu    sync.Mutex // guards started and first
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil || !more(started) {
			return 0, false
		}
		started++
		return started - 1, true
	}
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
	}
	for range parallel {
		group.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := work(i); err != nil {
					fail(err)
				}
			}
		})
	}
	group.Wait()
	return started, first
}
