package main

import (
	"context"
	"encoding/json"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/rs/zerolog"

	"vidchat/engine"
	"vidchat/internal/config"
	"vidchat/internal/ice"
	"vidchat/internal/limit"
	"vidchat/internal/logging"
	"vidchat/signaling"
)

const (
	// headerTimeout is how long a client may take to say what it wants.
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than the 90 s for which Heroku's router keeps a
	// connection, so that it is never the router that finds it closed.
	idleTimeout = 2 * time.Minute
	// maxHeaderBytes is plenty for cookies and what proxies add.
	maxHeaderBytes = 16 << 10
)

// serve listens, and ends when ctx does or when a part of it cannot go on.
func (p program) serve(ctx context.Context, c config.Config) error {
	log, flush := logging.New(p.logTo, c.LogLevel, c.LogFormat)
	defer flush()
	calls := p.newSignaling(c, log)
	s := p.newSite(c, log, calls)
	s.draining = func() bool { return ctx.Err() != nil || calls.Draining() }
	if c.ClientDir != "" {
		root, err := os.OpenRoot(c.ClientDir) // no link leads out of it
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
	running := &process{http: newHTTPServer(router, log), signaling: calls, drain: c.DrainTimeout, log: log}
	if c.AdminAddr != "" {
		running.admin = newHTTPServer(s.adminRouter(), log)
	}
	public, admin, err := listen(ctx, c)
	if err != nil {
		return err
	}
	s.announce(public, admin)
	return running.live(ctx, public, admin)
}

func (p program) newSignaling(c config.Config, log zerolog.Logger) *signaling.Server {
	return signaling.New(signaling.Config{
		Log:         log,
		MaxRooms:    c.Limits.Rooms,
		MaxCapacity: c.MaxRoomCapacity,
		SeatHold:    c.SeatHold,
		ICEServers:  func() json.RawMessage { return iceServers(c.ICE.Servers(p.now())) },
		Engine: engine.Config{
			MaxPacket:   c.MaxPacketBytes,
			AllowOrigin: c.Origins.Allows,
			ClientAddr:  func(r *http.Request) netip.Addr { return clientAddr(r, c.TrustProxy) },
			Secure:      func(r *http.Request) bool { return cameByHTTPS(r, c.TrustProxy) },
			Limits: engine.Limits{
				NewSessions:        c.Limits.NewSessions,
				SessionsPerAddress: c.Limits.SessionsPerAddress,
				Sessions:           c.Limits.Sessions,
				Packets:            c.Limits.Packets,
				Bytes:              c.Limits.Bytes,
			},
		},
	})
}

func iceServers(list []ice.Server) json.RawMessage {
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings have a JSON form
	}
	return b
}

func (p program) newSite(c config.Config, log zerolog.Logger, calls *signaling.Server) *site {
	return &site{
		config: c, log: log, now: p.now, signaling: calls,
		own: newShelf(p.client), notices: newShelf(noticeFiles),
		metrics: newMetrics(calls.Collectors()),
		askers:  limit.NewAddresses(c.Limits.Credentials, 0),
	}
}

// listen opens what the clients come to, and what operators do, which is nil
// where there is none.
func listen(ctx context.Context, c config.Config) (public, admin net.Listener, err error) {
	// Without probes of TCP, which take four system calls for each connection:
	// whoever connects is asked for life, or not waited for long.
	sockets := net.ListenConfig{KeepAlive: -1}
	public, err = sockets.Listen(ctx, "tcp", net.JoinHostPort(c.Host, c.Port))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot listen, choose another PORT or HOST: %w", err)
	}
	if c.AdminAddr == "" {
		return public, nil, nil
	}
	admin, err = sockets.Listen(ctx, "tcp", c.AdminAddr)
	if err != nil {
		_ = public.Close()
		return nil, nil, fmt.Errorf("cannot listen for operators, choose another ADMIN_ADDR: %w", err)
	}
	return public, admin, nil
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
		ErrorLog:          stdlog.New(logging.ForLibrary(log, "http"), "", 0),
	}
}

// announce logs where the server is, and what an operator may have overlooked.
func (s *site) announce(public, admin net.Listener) {
	ice := s.config.ICE
	if admin != nil {
		s.log.Info().Str("address", admin.Addr().String()).Msg("listening for operators")
	}
	s.log.Info().Str("address", public.Addr().String()).Int("turn", len(ice.TURN)).Int("stun", len(ice.STUN)).Msg("listening")
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
