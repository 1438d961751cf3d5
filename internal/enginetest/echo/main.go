// Command echo is an Engine.IO server for conformance suites. It sends every message
// back, text and binary, in both versions of the protocol.
package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
)

// maxPacket is engine.io's default, in bytes. The protocol's test suites expect it in
// the handshake.
const maxPacket = 1_000_000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
	if err := run(ctx, os.Args[1:], log); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Error().Err(err).Msg("echo ends")
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log zerolog.Logger) error {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:3000", "address to listen on")
	path := flags.String("path", "/engine.io/", "path of the requests")
	interval := flags.Duration("ping-interval", 25*time.Second, "time between two pings")
	timeout := flags.Duration("ping-timeout", 20*time.Second, "time a ping may stay unanswered")
	if err := flags.Parse(args); err != nil {
		return err
	}

	e := engineio.NewServer(engineio.Config{
		Log:          log,
		Handler:      echo{},
		PingInterval: *interval,
		PingTimeout:  *timeout,
		MaxPacket:    maxPacket,
		CheckOrigin:  func(*http.Request) error { return nil },
	})
	mux := http.NewServeMux()
	mux.Handle(*path, e)
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	log.Info().Stringer("addr", listener.Addr()).Str("path", *path).Msg("echo listens")
	return serve(ctx, e, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, listener)
}

// serve answers requests until ctx is done.
func serve(ctx context.Context, e *engineio.Server, server *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(e.Shutdown(limited), server.Shutdown(limited))
}

// echo sends messages back.
type echo struct{}

func (echo) OnOpen(*engineio.Session) []wire.Outgoing { return nil }

func (echo) OnMessage(s *engineio.Session, p wire.Packet) (deferred func()) {
	if p.Binary {
		s.SendBinary(p.Data)
	} else {
		s.Send(wire.NewMessage(string(p.Data)))
	}
	return nil
}

func (echo) OnDelivered(*engineio.Session, uint64) {}
func (echo) OnClose(*engineio.Session)             {}
