package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

// signalingServer is what a process needs to know of signaling.
type signalingServer interface {
	// Run works until ctx ends or Shutdown is done.
	Run(ctx context.Context) error
	// Shutdown takes no new clients, tells those that are there, closes their
	// connections and waits until they are gone or ctx ends. Who polls and has no
	// request waiting may come once more.
	Shutdown(ctx context.Context) error
	// Sessions is how many are open, or may come once more.
	Sessions() int
}

// process is the running server and what it takes to end it.
type process struct {
	http, admin *http.Server // admin is nil where nothing listens for operators
	signaling   signalingServer
	drain       time.Duration // bounds the end, from its beginning until nothing runs
	log         zerolog.Logger
}

// The parts of the time to drain: the first for signaling to tell its clients,
// up to the second for requests that run, then those of operators. The rest is
// for goroutines that have nothing left to do.
const (
	goodbyeShare  = 0.7
	requestsShare = 0.85
	adminShare    = 0.95
)

// live owns the long-lived goroutines and returns when all have ended. admin is
// nil if the process has no server for it.
func (p *process) live(ctx context.Context, public, admin net.Listener) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	parts := []func() error{
		func() error { return p.http.Serve(public) },
		func() error { return p.signaling.Run(running) },
		func() error { return p.tidy(running) },
	}
	if p.admin != nil {
		parts = append(parts, func() error { return p.admin.Serve(admin) })
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part() }()
	}

	broken, left := error(nil), len(parts)
	select {
	case broken = <-ended:
		broken, left = cmp.Or(broken, errEndedEarly), left-1
	case <-ctx.Done():
	}
	p.log.Info().AnErr("reason", broken).Msg("stopping")
	overdue := time.After(p.drain)
	p.stop()
	cancel()
	return cmp.Or(broken, p.wait(ended, left, overdue))
}

// wait returns the first error of the parts that are left, once all have ended.
func (p *process) wait(ended <-chan error, left int, overdue <-chan time.Time) (broken error) {
	for range left {
		select {
		case err := <-ended:
			broken = cmp.Or(broken, unlessStopped(err))
		case <-overdue:
			return cmp.Or(broken, errOverdue)
		}
	}
	p.log.Info().Msg("stopped")
	return broken
}

// What a part of the server did when it ended too early, or not when it should.
var (
	errEndedEarly = errors.New("a part of the server ended by itself")
	errOverdue    = errors.New("a part of the server did not end in time")
)

// stop says goodbye while the listener is still open, so that clients that come
// meanwhile are turned away in words, then closes everything. Operators see all
// of it.
func (p *process) stop() {
	begun := time.Now()
	p.within(begun, goodbyeShare, p.sayGoodbye)
	p.within(begun, requestsShare, func(ctx context.Context) { p.end(ctx, p.http) })
	if p.admin != nil {
		p.within(begun, adminShare, func(ctx context.Context) { p.end(ctx, p.admin) })
	}
}

// sayGoodbye ends when all clients were told, or cannot be any more. Those that
// poll hear the last in the answer to their next request, which needs a listener.
func (p *process) sayGoodbye(ctx context.Context) {
	if err := p.signaling.Shutdown(ctx); err != nil {
		p.log.Warn().Err(err).Msg("some clients could not be told")
	}
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for p.signaling.Sessions() > 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// lookAgain is how often the number of clients left is asked for.
const lookAgain = 10 * time.Millisecond

// within runs a step that has to be done by a share of the time to drain.
func (p *process) within(begun time.Time, share float64, step func(context.Context)) {
	ctx, cancel := context.WithDeadline(context.Background(), begun.Add(time.Duration(share*float64(p.drain))))
	defer cancel()
	step(ctx)
}

func (p *process) end(ctx context.Context, server *http.Server) {
	if err := server.Shutdown(ctx); err != nil {
		p.log.Warn().Err(err).Msg("some requests had to be cut")
		_ = server.Close() // nothing is left to tell anybody
	}
}

// unlessStopped drops the errors that only say that the end was wanted.
func unlessStopped(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
