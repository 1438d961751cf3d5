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

// Witnesses are rooms with one member that stays and one that is among the
// clients of a loop. They tell when those who vanish have lost their seats,
// from outside and of any server: a third client gets a seat as soon as one is
// free, and none before.
type Witnesses struct {
	target Target
	rooms  []roomName
	stay   *Loop // of those that stay
	probe  *wire
}

// Witness adds n witnesses in the rooms from first on. Close them.
func (l *Loop) Witness(ctx context.Context, t Target, first, n int) (w *Witnesses, err error) {
	w = &Witnesses{target: t}
	if w.stay, err = NewLoop(); err != nil {
		return nil, err
	}
	if w.probe, err = t.open(ctx, room(first+n)); err != nil {
		w.stay.Close()
		return nil, err
	}
	for i := range n {
		if err := w.add(ctx, l, room(first+i)); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, nil
}

func (w *Witnesses) add(ctx context.Context, l *Loop, room roomName) error {
	stays, err := w.target.client(ctx, room)
	if err != nil {
		return err
	}
	vanishes, err := w.target.client(ctx, room)
	if err != nil {
		return errors.Join(err, w.stay.add([]*Client{stays}))
	}
	w.rooms = append(w.rooms, room)
	return errors.Join(w.stay.add([]*Client{stays}), l.add([]*Client{vanishes}))
}

// Close ends the connections of those that stayed.
func (w *Witnesses) Close() {
	w.probe.close()
	w.stay.Close()
}

const (
	probeInterval = 2 * time.Millisecond
	probeLimit    = time.Minute // of all probes together
)

// Vanish resets all connections of the loop at once, in random order, and
// returns how long it takes until the last witness has a seat to offer. Those
// that stay answer pings meanwhile.
func (w *Witnesses) Vanish(l *Loop) (took time.Duration, err error) {
	vigil := &vigil{}
	ended := make(chan error, 1)
	go func() { ended <- w.stay.run(vigil) }()
	took, err = w.vanish(l)
	vigil.over.Store(true)
	return took, errors.Join(err, <-ended)
}

func (w *Witnesses) vanish(l *Loop) (time.Duration, error) {
	rand.Shuffle(len(l.clients), func(i, j int) { l.clients[i], l.clients[j] = l.clients[j], l.clients[i] })
	began := time.Now()
	l.Reset(0)
	for i, room := range w.rooms {
		for seated := false; !seated; {
			if time.Since(began) > probeLimit {
				return 0, fmt.Errorf("%d of %d seats are still taken after %v", len(w.rooms)-i, len(w.rooms), probeLimit)
			}
			var err error
			if seated, err = w.seated(room); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(began), nil
}

// vigil is the traffic of clients that only answer, until it is over.
type vigil struct{ over atomic.Bool }

func (v *vigil) due(time.Duration) (time.Duration, bool, error) {
	const attention = 10 * time.Millisecond
	return attention, v.over.Load(), nil
}

func (*vigil) received(*Client, time.Duration, time.Duration) error { return nil }

// seated tries to join. The original's server does not answer where there is
// no seat.
func (w *Witnesses) seated(room roomName) (bool, error) {
	if err := w.probe.send(joinPacket(room)); err != nil {
		return false, err
	}
	if err := w.probe.conn.SetReadDeadline(time.Now().Add(probeInterval)); err != nil {
		return false, err
	}
	_, err := w.probe.expect(`42["joined","` + string(room[:]) + `"`)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
