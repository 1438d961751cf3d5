package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"

	"github.com/rs/zerolog"

	"vidchat/engine"
	"vidchat/internal/config"
	"vidchat/internal/ice"
	"vidchat/internal/logging"
	"vidchat/internal/web"
	"vidchat/signaling"
)

// serve listens, and ends when ctx does or when a part of it cannot go on.
func (p program) serve(ctx context.Context, c config.Config) error {
	log, flush := logging.New(p.logTo, c.LogLevel, c.LogFormat)
	defer flush()
	calls := p.newSignaling(c, log)
	options := web.Options{
		Config: c, Log: log, Now: p.now, Client: p.client, Signaling: calls, Collectors: calls.Collectors(),
		Draining: func() bool { return ctx.Err() != nil || calls.Draining() },
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
	running := &process{http: web.NewServer(site.Public(), log), signaling: calls, drain: c.DrainTimeout, log: log}
	if c.AdminAddr != "" {
		running.admin = web.NewServer(site.Admin(), log)
	}
	public, admin, err := listen(ctx, c)
	if err != nil {
		return err
	}
	announce(log, c, site, public, admin)
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
			ClientAddr:  func(r *http.Request) netip.Addr { return web.ClientAddr(r, c.TrustProxy) },
			Secure:      func(r *http.Request) bool { return web.IsHTTPS(r, c.TrustProxy) },
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

// announce logs where the server is, and what an operator may have overlooked.
func announce(log zerolog.Logger, c config.Config, site *web.Site, public, admin net.Listener) {
	servers := c.ICE
	if admin != nil {
		log.Info().Str("address", admin.Addr().String()).Msg("listening for operators")
	}
	log.Info().Str("address", public.Addr().String()).Int("turn", len(servers.TURN)).Int("stun", len(servers.STUN)).Msg("listening")
	if servers.Secret != "" && len(servers.Secret) < 16 {
		log.Warn().Msg("TURN_SECRET is shorter than 16 bytes and can be guessed from one credential: choose a longer one")
	}
	if len(servers.TURN) == 0 {
		log.Warn().Msg("no TURN server is set: callers behind strict firewalls will not see each other")
	}
	if !site.HasPages() {
		log.Warn().Msg("the client is not built: run make run")
	}
}
