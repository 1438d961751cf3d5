//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"
)

// SeatProbe finds out from outside, for any server, when the seats of clients that
// disconnect are free. It has rooms in which one member stays and the other is a
// client of a loop: a third client can join such a room only after the server has
// freed the seat of the disconnected member.
type SeatProbe struct {
	target Target
	rooms  []roomName
	stay   *Loop    // the members that stay
	probe  *rawConn // the third client
}

// NewSeatProbe returns a probe with n rooms numbered from first on, each with a member
// that it adds to the loop. The caller has to close it.
func (l *Loop) NewSeatProbe(ctx context.Context, t Target, first, n int) (p *SeatProbe, err error) {
	p = &SeatProbe{target: t}
	if p.stay, err = NewLoop(); err != nil {
		return nil, err
	}
	if p.probe, err = t.open(ctx, room(first+n)); err != nil {
		p.stay.Close()
		return nil, err
	}
	for i := range n {
		if err := p.addRoom(ctx, l, room(first+i)); err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

func (p *SeatProbe) addRoom(ctx context.Context, l *Loop, room roomName) error {
	pair, err := p.target.pair(ctx, room)
	if err != nil {
		return err
	}
	p.rooms = append(p.rooms, room)
	return errors.Join(p.stay.add(pair[:1]), l.add(pair[1:]))
}

// Close closes the connections of the members that stayed.
func (p *SeatProbe) Close() {
	p.probe.close()
	p.stay.Close()
}

const (
	joinTimeout  = 2 * time.Millisecond
	probeTimeout = time.Minute // for all rooms together
)

// DisconnectAll resets all connections of the loop at once, in random order. It
// returns the time until a client can join every room of the probe. The members that
// stay answer pings meanwhile.
func (p *SeatProbe) DisconnectAll(l *Loop) (took time.Duration, err error) {
	pings := &answerPings{}
	ended := make(chan error, 1)
	go func() { ended <- p.stay.run(pings) }()
	took, err = p.disconnectAll(l)
	pings.stop.Store(true)
	return took, errors.Join(err, <-ended)
}

func (p *SeatProbe) disconnectAll(l *Loop) (time.Duration, error) {
	rand.Shuffle(len(l.clients), func(i, j int) { l.clients[i], l.clients[j] = l.clients[j], l.clients[i] })
	began := time.Now()
	l.Reset(0)
	for i, room := range p.rooms {
		for joined := false; !joined; {
			if time.Since(began) > probeTimeout {
				return 0, fmt.Errorf("%d of %d seats are still taken after %v", len(p.rooms)-i, len(p.rooms), probeTimeout)
			}
			var err error
			if joined, err = p.tryJoin(room); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(began), nil
}

// answerPings is the traffic of clients that only answer pings.
type answerPings struct{ stop atomic.Bool }

func (t *answerPings) sendDue(time.Duration) (time.Duration, bool, error) {
	const checkInterval = 10 * time.Millisecond
	return checkInterval, t.stop.Load(), nil
}

func (*answerPings) received(*Client, time.Duration, time.Duration) error { return nil }

// tryJoin reports whether the third client got a seat. The original's server does not
// answer if there is none, so the wait is short.
func (p *SeatProbe) tryJoin(room roomName) (bool, error) {
	if err := p.probe.send(joinPacket(room)); err != nil {
		return false, err
	}
	if err := p.probe.conn.SetReadDeadline(time.Now().Add(joinTimeout)); err != nil {
		return false, err
	}
	_, err := p.probe.expect(`42["joined","` + string(room[:]) + `"`)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
