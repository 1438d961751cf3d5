//go:build linux

package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Secure is pairs of clients over TLS. Each client has goroutines of its own, because
// a Loop reads sockets, and TLS is not in them. So it costs more than a Loop, and is
// for measuring what the server uses, not how much it can do.
type Secure struct {
	pairs []securePair
}

type securePair struct {
	room roomName
	a, b *rawConn
}

// ConnectSecure connects pairs of clients over TLS, each pair in a room of its own.
func ConnectSecure(ctx context.Context, t Target, pairs int) (*Secure, error) {
	s := &Secure{pairs: make([]securePair, pairs)}
	_, err := inParallel(func(i int) bool { return i < pairs }, func(i int) error {
		pair := securePair{room: room(i)}
		var err error
		if pair.a, err = t.open(ctx, pair.room); err != nil {
			return err
		}
		if pair.b, err = t.open(ctx, pair.room); err != nil {
			pair.a.close()
			return err
		}
		s.pairs[i] = pair
		return nil
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Ping sends the pings that clients of Engine.IO 3 owe the server. Without one it ends a
// session after 30 s.
func (s *Secure) Ping() error {
	for _, pair := range s.pairs {
		if err := errors.Join(pair.a.send("2"), pair.b.send("2")); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all connections.
func (s *Secure) Close() {
	for _, pair := range s.pairs {
		for _, c := range []*rawConn{pair.a, pair.b} {
			if c != nil {
				c.close()
			}
		}
	}
	s.pairs = nil
}

// Relay keeps inFlight messages of size bytes in flight in each of some pairs, which it
// uses up. It calls measure at the begin and at the end of the duration d, and returns
// how many messages were relayed in between.
func (s *Secure) Relay(pairs, inFlight, size int, warmup, d time.Duration, measure func() error) (int, error) {
	if pairs > len(s.pairs) {
		return 0, fmt.Errorf("%d pairs are left, and %d are needed", len(s.pairs), pairs)
	}
	used := &Secure{pairs: s.pairs[:pairs]}
	s.pairs = s.pairs[pairs:]
	var relayed atomic.Int64
	var clients sync.WaitGroup
	defer clients.Wait()
	defer used.stop()
	for _, pair := range used.pairs {
		message := newMessage(size)
		frame := bytes.Clone(message.stamp(pair.room, 0))
		for _, c := range []*rawConn{pair.a, pair.b} {
			if err := c.conn.SetDeadline(time.Time{}); err != nil {
				return 0, err
			}
			clients.Go(func() { c.sendBack(frame, &relayed) })
		}
		for range inFlight {
			if _, err := pair.a.conn.Write(frame); err != nil {
				return 0, err
			}
		}
	}
	time.Sleep(warmup)
	if err := measure(); err != nil {
		return 0, err
	}
	before := relayed.Load()
	time.Sleep(d)
	n := int(relayed.Load() - before)
	return n, measure()
}

// stop ends the connections under those that read them.
func (s *Secure) stop() {
	for _, pair := range s.pairs {
		_ = pair.a.conn.Close()
		_ = pair.b.conn.Close()
	}
}

// sendBack sends a message for each that is received, until the connection ends.
func (c *rawConn) sendBack(frame []byte, relayed *atomic.Int64) {
	defer c.release()
	for {
		if _, err := c.expect(messageStart); err != nil {
			return
		}
		relayed.Add(1)
		if _, err := c.conn.Write(frame); err != nil {
			return
		}
	}
}
