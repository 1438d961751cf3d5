// Command echo is an Engine.IO server on the transports of package engine. It
// sends every message back, text and binary, in both versions of the
// protocol, so that conformance suites have something to talk to.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/rs/zerolog"

	"vidchat/engine"
)

// maxPacket is what engine.io allows by default, and what the protocol's own
// test suites expect to be told, in bytes.
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

	e := engine.New(engine.Config{
		Log:          log,
		PingInterval: *interval,
		PingTimeout:  *timeout,
		MaxPacket:    maxPacket,
		AllowOrigin:  func(*http.Request) bool { return true },
	})
	library := engineio.NewServer(e.Options())
	e.Attach(library)
	mux := http.NewServeMux()
	mux.Handle(*path, e)
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	log.Info().Stringer("addr", listener.Addr()).Str("path", *path).Msg("echo listens")
	return serve(ctx, e, library, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, listener)
}

// serve answers until ctx is done.
func serve(ctx context.Context, e *engine.Engine, library *engineio.Server, server *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	go accept(library)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	timed, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := errors.Join(e.Shutdown(timed), server.Shutdown(timed))
	return errors.Join(err, library.Close()) // last: a handshake after it would panic
}

func accept(library *engineio.Server) {
	for {
		conn, err := library.Accept()
		if err != nil {
			return
		}
		go func() {
			defer library.Remove(conn.ID())
			echo(conn)
		}()
	}
}

// echo sends back what comes, until the session ends.
func echo(conn engineio.Conn) {
	for {
		kind, r, err := conn.NextReader()
		if err != nil {
			return
		}
		w, err := conn.NextWriter(kind)
		if err != nil {
			return
		}
		_, err = io.Copy(w, r)
		if err := errors.Join(err, w.Close(), r.Close()); err != nil {
			return
		}
	}
}
