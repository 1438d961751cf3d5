//go:build linux

package load

import (
	"context"
	"math/rand/v2"
	"time"
)

// Churn keeps coming and going for as long as d: half the clients set a call
// up over polling and go at once, half meet over WebSockets and stay for up to
// a second, in both versions of Engine.IO.
// It returns how many calls there were.
func (t Target) Churn(ctx context.Context, d time.Duration) (calls int, err error) {
	return forAWhile(ctx, d, func(i int) error {
		as := Target{Address: t.Address, Protocol: EIO3}
		if i%4 < 2 {
			as.Protocol = EIO4
		}
		if i%2 == 0 {
			return as.Call(ctx, room(i))
		}
		return as.meet(ctx, room(i))
	})
}

// meet is a call over WebSockets that lasts a moment.
func (t Target) meet(ctx context.Context, room roomName) error {
	a, err := t.open(ctx, room)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := t.open(ctx, room)
	if err != nil {
		return err
	}
	defer b.close()
	if err := exchange(a, b, room); err != nil {
		return err
	}
	time.Sleep(rand.N(time.Second))
	return nil
}
