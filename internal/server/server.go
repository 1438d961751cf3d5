// Package server is the running program: it connects signaling and the web site,
// listens, and ends in good order.
//
// Read server.go first, then process.go for the end. signaling.go is the only
// file that knows what signaling is made of.
package server

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	stdlog "log"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"vidchat/internal/config"
	"vidchat/internal/logging"
	"vidchat/internal/origin"
	"vidchat/internal/web"
)

// Environment is what the server takes from the world around it.
type Environment struct {
	Now    func() time.Time
	LogTo  io.Writer
	Client fs.FS // the compiled client
	System fs.FS // the root of the file system, where the container's limits are
	// Hangups receives requests to read certificates again, or to end where there are
	// none; it may be nil.
	Hangups <-chan os.Signal
}

// Run serves until ctx ends, which is no error, or until a part of the server
// cannot go on. Everything it started has ended when it returns.
func Run(ctx context.Context, c config.Config, env Environment) error {
	log, lines := logging.New(env.LogTo, c.LogLevel, c.LogFormat)
	defer lines.Close()
	// Whatever else is imported must not wait for standard error either.
	stdlog.SetOutput(logging.ForLibrary(log, "library"))
	boundMemory(c, env.System, log)
	l, err := listen(ctx, &c, log)
	if err != nil {
		return err
	}
	defer l.close()
	v := &verdict{config: c, log: log}
	guard := origin.NewGuard(c.Origins, log, env.Now)
	nodes, err := newNodes(c, log)
	if err != nil {
		return err
	}
	calls := newSignaling(c, guard, env.Now, nodes, log)
	nodes.serve(calls)
	options := web.Options{
		Config: c, Guard: guard, Log: log, Now: env.Now, Client: env.Client, Signaling: calls,
		Collectors: slices.Concat(calls.Collectors(), l.collectors(), nodes.collectors(), []prometheus.Collector{lines.Collector()}),
		Draining:   func() bool { return ctx.Err() != nil || calls.Draining() },
		Verdict:    v.write,
		Cluster:    nodes.state,
	}
	if c.ClientDir != "" {
		root, err := os.OpenRoot(c.ClientDir) // no link leads out of it
		if err != nil {
			return fmt.Errorf("CLIENT_DIR cannot be used: %w", err)
		}
		defer root.Close()
		options.ClientDir = root.FS()
	}
	site, err := web.New(options)
	if err != nil {
		return err
	}
	announce(log, c, site, l)
	p := newProcess(c, l, site, calls, log)
	p.nodes = nodes
	p.background = append(p.background, nodes.run)
	ctx, end := context.WithCancel(ctx)
	defer end()
	p.background = append(p.background, v.run, func(ctx context.Context) { l.followHangups(ctx, env.Hangups, end) })
	return p.run(ctx)
}

// redirectTime is how long a request for a redirect may take, and how long its
// connection may wait for another.
const redirectTime = 10 * time.Second

func newProcess(c config.Config, l *listeners, site *web.Site, calls signalingServer, log zerolog.Logger) *process {
	p := &process{public: l.public, http: web.NewServer(site.Public(), log), signaling: calls, drain: c.DrainTimeout, log: log}
	p.http.ConnState = l.limits.Track
	if l.admin != nil {
		p.others = append(p.others, service{web.NewServer(site.Admin(), log), l.admin})
	}
	if l.redirect != nil {
		redirect := web.NewServer(l.certificates.Redirect(), log)
		redirect.ReadTimeout, redirect.WriteTimeout, redirect.IdleTimeout = redirectTime, redirectTime, redirectTime
		redirect.ConnState = l.limits.Track
		p.others = append(p.others, service{redirect, l.redirect})
	}
	if l.certificates != nil {
		p.background = append(p.background, l.certificates.Run)
	}
	return p
}

// announce logs where the server listens, and what an operator may have
// overlooked.
func announce(log zerolog.Logger, c config.Config, site *web.Site, l *listeners) {
	if l.admin != nil {
		log.Info().Str("address", l.admin.Addr().String()).Msg("listening for operators")
	}
	if l.redirect != nil {
		log.Info().Str("address", l.redirect.Addr().String()).Msg("redirecting from http")
	}
	if l.relay != nil {
		log.Info().Strs("urls", l.relay.turn).Msg("relaying media")
	}
	log.Info().Str("url", urlOf(c, l.public.Addr())).Str("address", l.public.Addr().String()).Int("turn", len(c.ICE.TURN)).Int("stun", len(c.ICE.STUN)).Msg("listening")
	if c.ICE.Secret != "" && len(c.ICE.Secret) < 16 {
		log.Warn().Msg("TURN_SECRET is shorter than 16 bytes and can be guessed from one credential: choose a longer one")
	}
	if quoted(c.ICE.Secret) {
		log.Warn().Msg("TURN_SECRET has quotes around it, which count as a part of it: remove them, unless the TURN server has them too (docker run --env-file keeps quotes)")
	}
	if len(c.ICE.TURN) == 0 {
		log.Warn().Msg("no TURN server is set: callers behind strict firewalls will not see each other")
	}
	if c.Cluster.RedisURL != "" && !c.Cluster.Enabled() {
		log.Warn().Msg("REDIS_URL is set without CLUSTER_SECRET: this server is one process and does not use Redis, which does no harm; to run several, set CLUSTER_SECRET for all of them")
	}
	if !site.HasPages() {
		log.Warn().Msg("the client is not built: run make run")
	}
}
