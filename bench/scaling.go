//go:build linux

package main

import (
	"context"
	"time"

	"vidchat/bench/load"
)

// measureScaling compares the costs of clients and messages between few and many
// clients.
func measureScaling(ctx context.Context, b *bench, t *testbed) error {
	if err := t.connect(ctx, b.plan.warmupClients); err != nil {
		return err
	}
	t.loop.Reset(0)
	time.Sleep(settleTime)
	for _, n := range []int{b.plan.small, b.plan.large} {
		if err := t.scaleTo(ctx, b, n); err != nil {
			return err
		}
	}
	return nil
}

// scaleTo measures with n clients. The cost of a connection is that of the second half
// of them, which is enough for a garbage collection or more. The cost of a message is
// measured after each client has sent and received some, because the first messages
// find every client's memory out of the CPU's caches.
func (t *testbed) scaleTo(ctx context.Context, b *bench, n int) error {
	used, clients, err := t.connectSecondHalf(ctx, b, n)
	if err != nil {
		return err
	}
	b.add(cpuAt("connection", n), t, perItem(used, clients))

	const size, messagesPerClient = 200, 2
	warmup := time.Duration(messagesPerClient * float64(n) / b.plan.scalingRate * float64(time.Second))
	if _, err := t.loop.SendAtRate(size, b.plan.scalingRate, max(warmup, b.plan.warmup)); err != nil {
		return err
	}
	var relayed *load.Relayed
	used, err = t.cpu(func() (err error) {
		relayed, err = t.loop.SendAtRate(size, b.plan.scalingRate, b.plan.sameLoadTime)
		return err
	})
	if err != nil {
		return err
	}
	b.add(cpuAt("message", n), t, perItem(used, relayed.Messages))
	return nil
}

// connectSecondHalf connects the second half of n clients. If they are few, it repeats
// that until the CPU time, which has a resolution of 10 ms, is long enough.
func (t *testbed) connectSecondHalf(ctx context.Context, b *bench, n int) (used time.Duration, clients int, err error) {
	half := n / 2
	if err := t.connect(ctx, half-t.loop.Clients()); err != nil {
		return 0, 0, err
	}
	for {
		once, err := t.cpu(func() error { return t.connect(ctx, half) })
		if err != nil {
			return 0, 0, err
		}
		used, clients = used+once, clients+half
		if 4*clients >= b.plan.large {
			return used, clients, nil
		}
		t.loop.Reset(half)
		time.Sleep(settleTime)
	}
}

// measureDisconnect measures how long it takes until the seats of many clients that
// disconnect at once are free.
func measureDisconnect(ctx context.Context, b *bench, t *testbed) error {
	if err := t.connect(ctx, b.plan.large); err != nil {
		return err
	}
	probe, err := t.loop.NewSeatProbe(ctx, t.Target, t.room, b.plan.probeRooms)
	if err != nil {
		return err
	}
	defer probe.Close()
	var took time.Duration
	clients := t.loop.Clients()
	used, err := t.cpu(func() (err error) {
		took, err = probe.DisconnectAll(t.loop)
		return err
	})
	if err != nil {
		return err
	}
	b.add(disconnectTime, t, microseconds(took)/1000)
	b.add(disconnectCPU, t, perItem(used, clients))
	return nil
}
