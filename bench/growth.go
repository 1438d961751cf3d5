//go:build linux

package main

import (
	"context"
	"time"

	"vidchat/bench/load"
)

// measureGrowth compares what clients and messages cost while there are few
// with what they cost while there are many, and then has all vanish at once.
func measureGrowth(ctx context.Context, b *bench, m *meter) error {
	if err := m.connect(ctx, b.plan.warmup); err != nil {
		return err
	}
	m.loop.Reset(0)
	time.Sleep(settling)
	for _, n := range []int{b.plan.small, b.plan.large} {
		if err := m.growTo(ctx, b, n); err != nil {
			return err
		}
	}
	return m.vanish(ctx, b)
}

// growTo brings clients until there are n, and measures what the second half of
// them costs, which is long enough for a garbage collection or more, and what
// messages between all cost once each has sent and received some: the first
// ones find every client's memory cold.
func (m *meter) growTo(ctx context.Context, b *bench, n int) error {
	used, clients, err := m.grow(ctx, b, n)
	if err != nil {
		return err
	}
	b.add(grown("connection", n), m, each(used, clients))

	const size, some = 200, 2
	prelude := time.Duration(some * float64(n) / b.plan.growthRate * float64(time.Second))
	if _, err := m.loop.Offer(size, b.plan.growthRate, max(prelude, b.plan.prelude)); err != nil {
		return err
	}
	var relayed *load.Relayed
	used, err = m.cpu(func() (err error) {
		relayed, err = m.loop.Offer(size, b.plan.growthRate, b.plan.offer)
		return err
	})
	if err != nil {
		return err
	}
	b.add(grown("message", n), m, each(used, relayed.Messages))
	return nil
}

// grow brings the second half of n clients several times if they are few, so
// that the time can be read.
func (m *meter) grow(ctx context.Context, b *bench, n int) (used time.Duration, clients int, err error) {
	half := n / 2
	if err := m.connect(ctx, half-m.loop.Clients()); err != nil {
		return 0, 0, err
	}
	for {
		once, err := m.cpu(func() error { return m.connect(ctx, half) })
		if err != nil {
			return 0, 0, err
		}
		used, clients = used+once, clients+half
		if 4*clients >= b.plan.large {
			return used, clients, nil
		}
		m.loop.Reset(half)
		time.Sleep(settling)
	}
}

func (m *meter) vanish(ctx context.Context, b *bench) error {
	witnesses, err := m.loop.Witness(ctx, m.Target, m.room, b.plan.witnesses)
	if err != nil {
		return err
	}
	defer witnesses.Close()
	var took time.Duration
	clients := m.loop.Clients()
	used, err := m.cpu(func() (err error) {
		took, err = witnesses.Vanish(m.loop)
		return err
	})
	if err != nil {
		return err
	}
	b.add(vanishTime, m, float64(took.Microseconds())/1000)
	b.add(vanishCPU, m, each(used, clients))
	return nil
}
