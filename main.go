// Command vidchat serves video calls in the browser: the pages, the signaling
// that brings two browsers together, and the credentials for the TURN server
// that carries what cannot go directly. The media itself never comes here.
//
// Read main.go first (start and end), then settings.go (what can be set) and
// http.go (what is served). Signaling is in its own packages.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"vidchat/client"
	"vidchat/internal/config"
)

func main() {
	// Caught until the process is gone, so nothing ever stops it: a platform may
	// send SIGTERM more than once, and the second must not cut short what the first
	// began, nor change the status it ends with.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, program{
		args:    os.Args[1:],
		getenv:  os.Getenv,
		workDir: ".",
		now:     time.Now,
		stdout:  os.Stdout,
		logTo:   os.Stderr,
		client:  client.Dist(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "vidchat:", err)
		os.Exit(1)
	}
}

// program is all that the server takes from the world around it.
type program struct {
	args    []string            // the command line, without the program's name
	getenv  func(string) string // the environment
	workDir string              // where .env is, and where a relative CLIENT_DIR starts
	now     func() time.Time
	stdout  io.Writer // what was asked for on the command line
	logTo   io.Writer
	client  fs.FS // the compiled client
}

// run is the program. It returns nil when ctx ended it and all is closed.
func run(ctx context.Context, p program) error {
	flags := flag.NewFlagSet("vidchat", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned instead
	version := flags.Bool("version", false, "")
	healthcheck := flags.Bool("healthcheck", false, "")
	err := flags.Parse(p.args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return config.PrintUsage(p.stdout)
	case err != nil || flags.NArg() > 0:
		return fmt.Errorf("%q is not understood: start vidchat without arguments, or with --help", p.args)
	case *version:
		return printVersion(p.stdout)
	}
	c, err := config.Load(p.getenv, p.workDir)
	switch {
	case err != nil:
		return err
	case *healthcheck:
		return checkHealth(ctx, c)
	}
	return p.serve(ctx, c)
}

// printVersion writes what the Go tool stamped on the binary.
func printVersion(w io.Writer) error {
	version, compiler := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, compiler = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(w, "vidchat %s (%s)\n", version, compiler)
	return err
}
