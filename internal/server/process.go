package server

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// signalingServer is what a process needs of signaling.
type signalingServer interface {
	// Run works until ctx ends or Shutdown is done.
	Run(ctx context.Context) error
	// Shutdown takes no new clients, tells the connected ones, closes their
	// connections, and waits until they are gone or ctx ends. A polling client
	// without a waiting request may come back once.
	Shutdown(ctx context.Context) error
	// Sessions is how many are open, or may come back once.
	Sessions() int
}

// process is the running server and what it takes to end it.
type process struct {
	public     net.Listener
	http       *http.Server
	others     []service               // for operators, and for http beside https
	background []func(context.Context) // each works until its context ends
	nodes      *nodes                  // nil without others
	signaling  signalingServer
	drain      time.Duration // bounds the shutdown, until the last goroutine has ended
	log        zerolog.Logger
}

// service is an HTTP server with its listener.
type service struct {
	server   *http.Server
	listener net.Listener
}

// The shutdown has a share of the drain time for each step: signaling tells its
// clients, running requests end, then those of the other servers. The rest is for
// goroutines that have nothing left to do.
const (
	goodbyeShare  = 0.7
	requestsShare = 0.85
	othersShare   = 0.95
)

// run owns the long-lived goroutines, and returns when all have ended.
func (p *process) run(ctx context.Context) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	parts := []func() error{
		func() error { return p.http.Serve(p.public) },
		func() error { return p.signaling.Run(running) },
	}
	for _, other := range p.others {
		parts = append(parts, func() error { return other.server.Serve(other.listener) })
	}
	for _, work := range p.background {
		parts = append(parts, func() error {
			work(running)
			return running.Err()
		})
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part() }()
	}

	failure, left := error(nil), len(parts)
	select {
	case failure = <-ended:
		failure, left = cmp.Or(failure, errEndedEarly), left-1
	case <-ctx.Done():
	}
	p.log.Info().AnErr("reason", failure).Msg("stopping")
	overdue := time.After(p.drain)
	p.stop()
	cancel()
	return cmp.Or(failure, p.wait(ended, left, overdue))
}

// wait returns the first error of the parts that are left, once all have ended.
func (p *process) wait(ended <-chan error, left int, overdue <-chan time.Time) (failure error) {
	for range left {
		select {
		case err := <-ended:
			failure = cmp.Or(failure, unlessStopped(err))
		case <-overdue:
			return cmp.Or(failure, errOverdue)
		}
	}
	p.log.Info().Msg("stopped")
	return failure
}

// A part of the server ended too early, or not when it should have.
var (
	errEndedEarly = errors.New("a part of the server ended by itself")
	errOverdue    = errors.New("a part of the server did not end in time")
)

// stop says goodbye while the listener is still open, so that new clients get an
// answer, then closes everything. Operators can watch until the end.
func (p *process) stop() {
	start := time.Now()
	p.within(start, goodbyeShare, func(ctx context.Context) {
		var draining sync.WaitGroup
		draining.Go(func() { p.nodes.drain(ctx) })
		p.sayGoodbye(ctx)
		draining.Wait()
	})
	p.nodes.close()
	p.within(start, requestsShare, func(ctx context.Context) { p.shutDown(ctx, p.http) })
	p.within(start, othersShare, func(ctx context.Context) {
		for _, other := range p.others {
			p.shutDown(ctx, other.server)
		}
	})
}

// sayGoodbye returns when all clients were told, or ctx ends. Polling clients are
// told in the answer to their next request, which needs a listener.
func (p *process) sayGoodbye(ctx context.Context) {
	if err := p.signaling.Shutdown(ctx); err != nil {
		p.log.Warn().Err(err).Msg("some clients could not be told")
	}
	check := time.NewTicker(checkInterval)
	defer check.Stop()
	for p.signaling.Sessions() > 0 {
		select {
		case <-check.C:
		case <-ctx.Done():
			return
		}
	}
}

// checkInterval is the time between two looks at how many clients are left.
const checkInterval = 10 * time.Millisecond

// within runs a step that has to be done by a share of the drain time.
func (p *process) within(start time.Time, share float64, step func(context.Context)) {
	ctx, cancel := context.WithDeadline(context.Background(), start.Add(time.Duration(share*float64(p.drain))))
	defer cancel()
	step(ctx)
}

func (p *process) shutDown(ctx context.Context, server *http.Server) {
	if err := server.Shutdown(ctx); err != nil {
		p.log.Warn().Err(err).Msg("some requests had to be cut")
		_ = server.Close() // its error says nothing new
	}
}

// unlessStopped drops the errors that only report an intended end.
func unlessStopped(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
