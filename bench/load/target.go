//go:build linux

package load

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
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
	_, err := inParallel(func(i int) bool { return i < pairs }, func(i int) error {
		pair, err := t.pair(ctx, room(first+i))
		if err != nil {
			return err
		}
		joined.Lock()
		defer joined.Unlock()
		return l.add(pair)
	})
	return err
}

// pair brings two clients into a room.
func (t Target) pair(ctx context.Context, room roomName) ([]*Client, error) {
	a, err := t.client(ctx, room)
	if err != nil {
		return nil, err
	}
	b, err := t.client(ctx, room)
	if err != nil {
		_ = syscall.Close(a.fd)
		return nil, err
	}
	return []*Client{a, b}, nil
}

// inParallel calls work with 0, 1, 2 …, several at a time, as long as there is
// more to do and none has failed. It returns how many were begun.
func inParallel(more func(i int) bool, work func(i int) error) (begun int, first error) {
	var (
		group sync.WaitGroup
		mu    sync.Mutex // guards begun and first
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil || !more(begun) {
			return 0, false
		}
		begun++
		return begun - 1, true
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
	return begun, first
}
