//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/process"
	"vidchat/bench/report"
	"vidchat/bench/subject"
)

// measurement is something that is measured of some subjects.
type measurement struct {
	name     string
	subjects []string
	run      func(ctx context.Context, b *bench, s subject.Subject) error
}

// measurements are in the order in which a round has them. The load offered to
// all depends on what was found to saturate the old server before.
func measurements() []measurement {
	all := []string{vidchat, vidchat4, node2, node4, bare}
	each := []string{vidchat, node2, node4, bare}
	signaling := []string{vidchat, node2, node4}
	return []measurement{
		{"connect and join", all, onServer(measureConnect)},
		{"saturated relay", each, onServer(measureSaturation)},
		{"relay one at a time", each, onServer(measureOneByOne)},
		{"relay at the same load", each, onServer(measureOffered)},
		{"call set-up", []string{vidchat, vidchat4, node2, node4}, onServer(measureCalls)},
		{"memory", each, measureMemory},
		{"growth and disconnect", signaling, onServer(measureGrowth)},
	}
}

// onServer gives a measurement a fresh server.
func onServer(measure func(context.Context, *bench, *meter) error) func(context.Context, *bench, subject.Subject) error {
	return func(ctx context.Context, b *bench, s subject.Subject) error {
		m, err := start(ctx, s)
		if err != nil {
			return err
		}
		defer m.stop()
		return measure(ctx, b, m)
	}
}

func measureConnect(ctx context.Context, b *bench, m *meter) error {
	if err := m.connect(ctx, b.plan.warmup); err != nil {
		return err
	}
	n := b.plan.connects
	var took time.Duration
	used, err := m.cpu(func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		return m.connect(ctx, n)
	})
	if err != nil {
		return err
	}
	b.add(connectCPU, m, each(used, n))
	b.add(connectRate, m, float64(n)/took.Seconds())
	return nil
}

func measureSaturation(ctx context.Context, b *bench, m *meter) error {
	return m.saturate(ctx, b, b.plan.burst, saturated)
}

func measureOneByOne(ctx context.Context, b *bench, m *meter) error {
	return m.saturate(ctx, b, 1, oneByOne)
}

// saturate relays as much as the server can while each pair has so many
// messages on their way.
func (m *meter) saturate(ctx context.Context, b *bench, flying int, metric func(size int, what string) report.Metric) error {
	if err := m.connect(ctx, 2*b.plan.pairs); err != nil {
		return err
	}
	for _, size := range sizes {
		if _, err := m.loop.Saturate(b.plan.pairs, flying, size, b.plan.prelude); err != nil {
			return err
		}
		var relayed *load.Relayed
		own, err := process.CPU(os.Getpid())
		if err != nil {
			return err
		}
		used, err := m.cpu(func() (err error) {
			relayed, err = m.loop.Saturate(b.plan.pairs, flying, size, b.plan.saturate)
			return err
		})
		if err != nil {
			return err
		}
		owner, err := process.CPU(os.Getpid())
		if err != nil {
			return err
		}
		b.add(metric(size, "CPU"), m, each(used, relayed.Messages))
		b.add(metric(size, "rate"), m, relayed.Rate())
		b.add(metric(size, "load"), m, each(owner-own, relayed.Messages))
	}
	return nil
}

func measureOffered(ctx context.Context, b *bench, m *meter) error {
	if err := m.connect(ctx, 2*b.plan.pairs); err != nil {
		return err
	}
	for _, size := range sizes {
		most, ok := b.results.Latest(oneByOne(size, "rate"), node2)
		if !ok {
			return errors.New("nothing is known of the old server's saturation")
		}
		rate := most / 2
		if _, err := m.loop.Offer(size, rate, b.plan.prelude); err != nil {
			return err
		}
		var relayed *load.Relayed
		used, err := m.cpu(func() (err error) {
			relayed, err = m.loop.Offer(size, rate, b.plan.offer)
			return err
		})
		if err != nil {
			return err
		}
		b.add(offered(size, "rate"), m, relayed.Rate())
		b.add(offered(size, "CPU"), m, each(used, relayed.Messages))
		b.add(offered(size, "p50"), m, each(relayed.Latency.Quantile(0.5), 1))
		b.add(offered(size, "p99"), m, each(relayed.Latency.Quantile(0.99), 1))
		b.add(offered(size, "max"), m, each(relayed.Latency.Max(), 1))
	}
	return nil
}

func measureCalls(ctx context.Context, b *bench, m *meter) error {
	if err := m.calls(ctx, b.plan.prelude, nil); err != nil {
		return err
	}
	return m.calls(ctx, b.plan.calls, b)
}

// calls sets calls up, and adds what they cost to the results, if any.
func (m *meter) calls(ctx context.Context, d time.Duration, b *bench) error {
	var n int
	var took time.Duration
	used, err := m.cpu(func() (err error) {
		n, took, err = m.Calls(ctx, m.room, d)
		m.room += n
		return err
	})
	if err == nil && b != nil {
		b.add(callCPU, m, each(used, n))
		b.add(callRate, m, float64(n)/took.Seconds())
	}
	return err
}
