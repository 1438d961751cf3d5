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
	"vidchat/bench/subject"
)

// bench is a run.
type bench struct {
	plan     plan
	options  options
	subjects []subject.Subject
	results  report.Results
	out      io.Writer
}

// compare measures everything in every round, each thing with all servers one
// after the other, so that what disturbs the machine for a while disturbs all.
func (b *bench) compare(ctx context.Context) error {
	began := time.Now()
	for round := range b.plan.rounds {
		for _, m := range measurements() {
			for _, s := range b.inTurn(round) {
				if !slices.Contains(m.subjects, s.Name) || b.skips(m) {
					continue
				}
				fmt.Fprintf(b.out, "%6.0f s  round %d of %d: %s, %s\n", time.Since(began).Seconds(), round+1, b.plan.rounds, m.name, s.Name)
				if err := m.run(ctx, b, s); err != nil {
					return fmt.Errorf("%s of %s: %w", m.name, s.Name, stopped(ctx, err))
				}
			}
		}
	}
	return b.publish(began)
}

// skips tells whether a measurement was not asked for.
func (b *bench) skips(m measurement) bool {
	return b.options.only != nil && !b.options.only.MatchString(m.name)
}

// stopped is why a measurement failed: a server that was ended breaks
// connections.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// inTurn begins with another subject in each round.
func (b *bench) inTurn(round int) []subject.Subject {
	first := round % len(b.subjects)
	return slices.Concat(b.subjects[first:], b.subjects[:first])
}

func (b *bench) add(m report.Metric, s *meter, value float64) {
	b.results.Add(m, s.name, value)
}

// meter is a server that is being measured, with the load on it.
type meter struct {
	*subject.Server
	name string
	loop *load.Loop
	room int // the next that nobody was in
}

// start starts a server of its own for a measurement. Stop it.
func start(ctx context.Context, s subject.Subject) (*meter, error) {
	loop, err := load.NewLoop()
	if err != nil {
		return nil, err
	}
	server, err := s.Start(ctx)
	if err != nil {
		loop.Close()
		return nil, err
	}
	return &meter{Server: server, name: s.Name, loop: loop}, nil
}

func (m *meter) stop() {
	m.Stop()
	m.loop.Close()
}

// connect brings clients into new rooms, two in each. Between some of them,
// clients that were silent for long send their pings.
func (m *meter) connect(ctx context.Context, clients int) error {
	const some = 500
	for left := clients / 2; left > 0; {
		pairs := min(left, some)
		if err := m.loop.Connect(ctx, m.Target, m.room, pairs); err != nil {
			return err
		}
		left -= pairs
		m.room += pairs
		if err := m.loop.Idle(0); err != nil {
			return err
		}
	}
	return nil
}

// settling is what a server is given to end what it has begun.
const settling = 200 * time.Millisecond

// cpu is the server's processor time for some work, and for what the work
// leaves to be done.
func (m *meter) cpu(work func() error) (time.Duration, error) {
	before, err := m.CPU()
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	time.Sleep(settling)
	after, err := m.CPU()
	return after - before, err
}

// each is how much of a time belongs to one of n, in µs.
func each(d time.Duration, n int) float64 {
	return float64(d) / float64(time.Microsecond) / float64(max(n, 1))
}
