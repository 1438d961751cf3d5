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
	"vidchat/bench/server"
)

// measurement is one kind of measurement and the servers it applies to.
type measurement struct {
	name    string
	servers []string
	run     func(ctx context.Context, b *bench, s server.Server) error
}

// measurements returns all measurements in their order within a round. "same load"
// depends on what "one at a time" found for socket.io 2.3.
func measurements() []measurement {
	all := []string{vidchat, vidchatEIO4, socketIO2, socketIO4, bareRelay}
	relays := []string{vidchat, socketIO2, socketIO4, bareRelay}
	return []measurement{
		{"connect and join", all, onFreshServer(measureConnect)},
		{"saturated relay", relays, onFreshServer(measureSaturated)},
		{"relay one at a time", relays, onFreshServer(measureOneAtATime)},
		{"relay at the same load", relays, onFreshServer(measureSameLoad)},
		{"call set-up", []string{vidchat, vidchatEIO4, socketIO2, socketIO4}, onFreshServer(measureCalls)},
		{"memory", relays, measureMemory},
		{"scaling", []string{vidchat, socketIO2, socketIO4}, onFreshServer(measureScaling)},
		{"disconnect", []string{vidchat, socketIO2, socketIO4}, withoutHold(measureDisconnect)},
		{"https", []string{vidchat, socketIO2}, measureSecure},
		{"pages", []string{vidchat}, measurePages},
	}
}

// onFreshServer starts a server for a measurement and stops it afterwards.
func onFreshServer(measure func(context.Context, *bench, *testbed) error) func(context.Context, *bench, server.Server) error {
	return func(ctx context.Context, b *bench, s server.Server) error {
		t, err := start(ctx, s)
		if err != nil {
			return err
		}
		defer t.stop()
		return measure(ctx, b, t)
	}
}

// withoutHold is onFreshServer with a vidchat that frees seats at once, as the others do.
func withoutHold(measure func(context.Context, *bench, *testbed) error) func(context.Context, *bench, server.Server) error {
	return func(ctx context.Context, b *bench, s server.Server) error {
		if s.Name == vidchat {
			s.Env = []string{"SEAT_HOLD=off"}
		}
		return onFreshServer(measure)(ctx, b, s)
	}
}

func measureConnect(ctx context.Context, b *bench, t *testbed) error {
	if err := t.connect(ctx, b.plan.warmupClients); err != nil {
		return err
	}
	n := b.plan.connects
	var took time.Duration
	used, err := t.cpu(func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		return t.connect(ctx, n)
	})
	if err != nil {
		return err
	}
	b.add(connectCPU, t, perItem(used, n))
	b.add(connectRate, t, float64(n)/took.Seconds())
	return nil
}

func measureSaturated(ctx context.Context, b *bench, t *testbed) error {
	return t.saturate(ctx, b, b.plan.burst, saturated)
}

func measureOneAtATime(ctx context.Context, b *bench, t *testbed) error {
	return t.saturate(ctx, b, 1, oneAtATime)
}

// saturate measures how much the server relays while each pair has inFlight messages
// in flight.
func (t *testbed) saturate(ctx context.Context, b *bench, inFlight int, metric func(size int, quantity string) report.Metric) error {
	if err := t.connect(ctx, 2*b.plan.pairs); err != nil {
		return err
	}
	for _, size := range sizes {
		if _, err := t.loop.Saturate(b.plan.pairs, inFlight, size, b.plan.warmup); err != nil {
			return err
		}
		var relayed *load.Relayed
		clientsBefore, err := process.CPU(os.Getpid())
		if err != nil {
			return err
		}
		used, err := t.cpu(func() (err error) {
			relayed, err = t.loop.Saturate(b.plan.pairs, inFlight, size, b.plan.saturateTime)
			return err
		})
		if err != nil {
			return err
		}
		clientsAfter, err := process.CPU(os.Getpid())
		if err != nil {
			return err
		}
		b.add(metric(size, "CPU"), t, perItem(used, relayed.Messages))
		b.add(metric(size, "rate"), t, relayed.Rate())
		b.add(metric(size, "client CPU"), t, perItem(clientsAfter-clientsBefore, relayed.Messages))
	}
	return nil
}

func measureSameLoad(ctx context.Context, b *bench, t *testbed) error {
	if err := t.connect(ctx, 2*b.plan.pairs); err != nil {
		return err
	}
	for _, size := range sizes {
		capacity, ok := b.results.Values(oneAtATime(size, "rate"), socketIO2).Latest()
		if !ok {
			return errors.New("the capacity of socket.io 2.3 has not been measured")
		}
		if err := t.relayAtRate(b, size, capacity/2); err != nil {
			return err
		}
	}
	return nil
}

func (t *testbed) relayAtRate(b *bench, size int, rate float64) error {
	if _, err := t.loop.SendAtRate(size, rate, b.plan.warmup); err != nil {
		return err
	}
	var relayed *load.Relayed
	used, err := t.cpu(func() (err error) {
		relayed, err = t.loop.SendAtRate(size, rate, b.plan.sameLoadTime)
		return err
	})
	if err != nil {
		return err
	}
	b.add(sameLoad(size, "rate"), t, relayed.Rate())
	b.add(sameLoad(size, "CPU"), t, perItem(used, relayed.Messages))
	b.add(sameLoad(size, "p50"), t, microseconds(relayed.Latency.Quantile(0.5)))
	b.add(sameLoad(size, "p99"), t, microseconds(relayed.Latency.Quantile(0.99)))
	b.add(sameLoad(size, "max"), t, microseconds(relayed.Latency.Max()))
	return nil
}

func measureCalls(ctx context.Context, b *bench, t *testbed) error {
	if _, _, _, err := t.calls(ctx, b.plan.warmup); err != nil {
		return err
	}
	used, n, took, err := t.calls(ctx, b.plan.callTime)
	if err != nil {
		return err
	}
	b.add(callCPU, t, perItem(used, n))
	b.add(callRate, t, float64(n)/took.Seconds())
	return nil
}

// calls sets up calls for the duration d. It returns the server's CPU time, the number
// of calls and the time they took.
func (t *testbed) calls(ctx context.Context, d time.Duration) (used time.Duration, n int, took time.Duration, err error) {
	used, err = t.cpu(func() (err error) {
		n, took, err = t.Calls(ctx, t.room, d)
		t.room += n
		return err
	})
	return used, n, took, err
}
