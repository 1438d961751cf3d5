//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/report"
	"vidchat/bench/server"
)

// bench is one run of the benchmark.
type bench struct {
	plan    plan
	options options
	servers []server.Server
	// turnServers relay media, and are measured by other means.
	turnServers []server.Server
	results     report.Results
	out         io.Writer
}

// compare makes every measurement in every round. Within a round it takes the servers
// one after the other, so that a temporary disturbance affects all of them.
func (b *bench) compare(ctx context.Context) error {
	began := time.Now()
	for round := range b.plan.rounds {
		for _, m := range measurements() {
			for _, s := range b.rotated(round) {
				if !slices.Contains(m.servers, s.Name) || b.skips(m.name) {
					continue
				}
				fmt.Fprintf(b.out, "%6.0f s  round %d of %d: %s, %s\n", time.Since(began).Seconds(), round+1, b.plan.rounds, m.name, s.Name)
				if err := m.run(ctx, b, s); err != nil {
					return fmt.Errorf("%s of %s: %w", m.name, s.Name, causeOf(ctx, err))
				}
			}
		}
		if err := b.compareTURN(ctx, began, round); err != nil {
			return err
		}
	}
	return b.publish(began)
}

// compareTURN measures the TURN servers.
func (b *bench) compareTURN(ctx context.Context, began time.Time, round int) error {
	for i := range b.turnServers {
		s := b.turnServers[(round+i)%len(b.turnServers)]
		if b.skips("turn") {
			continue
		}
		fmt.Fprintf(b.out, "%6.0f s  round %d of %d: turn, %s\n", time.Since(began).Seconds(), round+1, b.plan.rounds, s.Name)
		if err := measureTURN(ctx, b, s); err != nil {
			return fmt.Errorf("turn of %s: %w", s.Name, causeOf(ctx, err))
		}
	}
	return nil
}

// skips reports whether the options exclude a measurement of this name.
func (b *bench) skips(name string) bool {
	return b.options.only != nil && !b.options.only.MatchString(name)
}

// causeOf returns why a measurement failed: once ctx is done, connections break
// because the servers are killed.
func causeOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// rotated returns the servers, starting with another one in each round.
func (b *bench) rotated(round int) []server.Server {
	first := round % len(b.servers)
	return slices.Concat(b.servers[first:], b.servers[:first])
}

func (b *bench) add(m report.Metric, t *testbed, value float64) {
	b.results.Add(m, t.name, value)
}

// testbed is a server that is being measured, with the clients that load it.
type testbed struct {
	*server.Process
	name string
	loop *load.Loop
	room int // the number of the next unused room
}

// start starts a fresh server for a measurement. The caller has to stop it.
func start(ctx context.Context, s server.Server) (*testbed, error) {
	loop, err := load.NewLoop()
	if err != nil {
		return nil, err
	}
	process, err := s.Start(ctx)
	if err != nil {
		loop.Close()
		return nil, err
	}
	return &testbed{Process: process, name: s.Name, loop: loop}, nil
}

func (t *testbed) stop() {
	t.Stop()
	t.loop.Close()
}

// connect connects clients in new rooms of two. Between batches, clients that have been
// silent for long send their pings.
func (t *testbed) connect(ctx context.Context, clients int) error {
	const batch = 500
	for left := clients / 2; left > 0; {
		pairs := min(left, batch)
		if err := t.loop.Connect(ctx, t.Target, t.room, pairs); err != nil {
			return err
		}
		left -= pairs
		t.room += pairs
		if err := t.loop.Idle(0); err != nil {
			return err
		}
	}
	return nil
}

// settleTime lets a server finish what it has started.
const settleTime = 200 * time.Millisecond

// cpu returns the CPU time that the server uses for some work and its aftermath.
func (t *testbed) cpu(work func() error) (time.Duration, error) {
	before, err := t.CPU()
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	time.Sleep(settleTime)
	after, err := t.CPU()
	return after - before, err
}

// microseconds converts a duration to µs.
func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// perItem returns a duration divided by n items, in µs.
func perItem(d time.Duration, n int) float64 { return microseconds(d) / float64(max(n, 1)) }
