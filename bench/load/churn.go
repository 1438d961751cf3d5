//go:build linux

package load

import (
	"context"
	"math/rand/v2"
	"time"
)

// Churn makes short calls for the duration d, in both versions of Engine.IO: half
// of them start over polling and end at once, half use WebSockets and last up to a
// second. It returns the number of calls.
func (t Target) Churn(ctx context.Context, d time.Duration) (calls int, err error) {
	return repeatFor(ctx, d, func(i int) error {
		as := Target{Address: t.Address, Protocol: EIO3}
		if i%4 < 2 {
			as.Protocol = EIO4
		}
		if i%2 == 0 {
			return as.Call(ctx, room(i))
		}
		return as.webSocketCall(ctx, room(i))
	})
}

// webSocketCall makes a call over WebSockets that lasts up to a second.
func (t Target) webSocketCall(ctx context.Context, room roomName) error {
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
