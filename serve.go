package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"vidchat/engine"
	"vidchat/signaling"
)

const (
	// stopTimeout bounds the whole shutdown. Heroku kills 30 s after its SIGTERM.
	stopTimeout = 10 * time.Second
	// goodbyeTimeout is the part of it in which signaling tells its clients; the
	// rest is for requests that run.
	goodbyeTimeout = 7 * time.Second
	// lastTimeout is the part of it for goroutines that have nothing left to do.
	lastTimeout = time.Second

	// headerTimeout is how long a client may take to say what it wants.
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than the 90 s for which Heroku's router keeps a
	// connection, so that it is never the router that finds it closed.
	idleTimeout = 2 * time.Minute
	// maxHeaderBytes is plenty for cookies and what proxies add.
	maxHeaderBytes = 16 << 10
)

// signalingServer is what package main needs to know of signaling.
type signalingServer interface {
	http.Handler
	// Run works until ctx ends or Shutdown is done.
	Run(ctx context.Context) error
	// Shutdown takes no new clients, tells those that are there, closes their
	// connections and waits until they are gone or ctx ends.
	Shutdown(ctx context.Context) error
}

// serve listens, and ends when ctx does or when a part of it cannot go on.
func (p program) serve(ctx context.Context, config Config) error {
	log := newLogger(config, p.logTo)
	calls := newSignaling(config, log)
	s := &site{
		config: config, log: log, now: p.now, signaling: calls,
		own: newShelf(p.client), notices: newShelf(noticeFiles),
	}
	if config.ClientDir != "" {
		root, err := os.OpenRoot(config.ClientDir) // no link leads out of it
		if err != nil {
			return fmt.Errorf("CLIENT_DIR cannot be used: %w", err)
		}
		defer root.Close()
		s.replaced = newShelf(root.FS())
	}
	router, err := s.router()
	if err != nil {
		return fmt.Errorf("reading the compiled client: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(config.Host, config.Port))
	if err != nil {
		return fmt.Errorf("cannot listen, choose another PORT or HOST: %w", err)
	}
	s.announce(listener.Addr())
	return (&process{newHTTPServer(router, log), calls, log}).live(ctx, listener)
}

func newSignaling(c Config, log zerolog.Logger) signalingServer {
	return signaling.New(signaling.Config{
		Log:    log,
		Engine: engine.Config{MaxPacket: c.MaxPacketBytes, AllowOrigin: c.Origins.Allows},
	})
}

// newHTTPServer has no ReadTimeout and no WriteTimeout, for they would cut polls,
// which last 25 s, and slow uploads of packets. Deadlines for bodies and answers
// are set for each request: for pages by hurry, for polls by signaling.
func newHTTPServer(h http.Handler, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          stdlog.New(logWriter{log}, "", 0),
	}
}

// announce logs where the server is, and what an operator may have overlooked.
func (s *site) announce(address net.Addr) {
	ice := s.config.ICE
	s.log.Info().Str("address", address.String()).Int("turn", len(ice.TURN)).Int("stun", len(ice.STUN)).Msg("listening")
	if ice.Secret != "" && len(ice.Secret) < 16 {
		s.log.Warn().Msg("TURN_SECRET is shorter than 16 bytes and can be guessed from one credential: choose a longer one")
	}
	if len(ice.TURN) == 0 {
		s.log.Warn().Msg("no TURN server is set: callers behind strict firewalls will not see each other")
	}
	if s.replaced == nil && !s.built() {
		s.log.Warn().Msg("the client is not built: run make run")
	}
}

// process is the running server and what it takes to end it.
type process struct {
	http      *http.Server
	signaling signalingServer
	log       zerolog.Logger
}

// live owns the two long-lived goroutines and returns when both have ended.
func (p *process) live(ctx context.Context, listener net.Listener) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- p.http.Serve(listener) }()
	go func() { ended <- p.signaling.Run(running) }()

	broken, left := error(nil), 2
	select {
	case broken = <-ended:
		broken, left = cmp.Or(broken, errEndedEarly), left-1
	case <-ctx.Done():
	}
	p.log.Info().AnErr("reason", broken).Msg("stopping")
	p.stop()
	cancel()
	overdue := time.After(lastTimeout)
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
// meanwhile are turned away in words, then closes everything.
func (p *process) stop() {
	limit, cancelLimit := context.WithTimeout(context.Background(), stopTimeout-lastTimeout)
	defer cancelLimit()
	goodbye, cancel := context.WithTimeout(limit, goodbyeTimeout)
	defer cancel()
	if err := p.signaling.Shutdown(goodbye); err != nil {
		p.log.Warn().Err(err).Msg("some clients could not be told")
	}
	if err := p.http.Shutdown(limit); err != nil {
		p.log.Warn().Err(err).Msg("some requests had to be cut")
		_ = p.http.Close() // nothing is left to tell anybody
	}
}

// unlessStopped drops the errors that only say that the end was wanted.
func unlessStopped(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
