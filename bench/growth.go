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

// growTo brings clients until there are n, and measures the last of them, and
// messages between all.
func (m *meter) growTo(ctx context.Context, b *bench, n int) error {
	step := b.plan.step
	if err := m.connect(ctx, n-step-m.loop.Clients()); err != nil {
		return err
	}
	used, err := m.cpu(func() error { return m.connect(ctx, step) })
	if err != nil {
		return err
	}
	b.add(grown("connection", n), m, each(used, step))

	const size = 200
	if _, err := m.loop.Offer(size, b.plan.growthRate, b.plan.prelude); err != nil {
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
