// Command vidchat serves video calls in the browser: the pages, the signaling
// that brings the browsers together, and credentials for the TURN server that
// relays what cannot go directly, in this process or another. Media stays encrypted.
//
// main.go has the command line and the signals. Read package config for what can
// be set, package server for what runs, and package web for what is served.
package main

import (
	"cmp"
	"context"
	_ "embed"
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
	"vidchat/internal/check"
	"vidchat/internal/config"
	"vidchat/internal/server"
)

func main() {
	// Signals are caught until the process is gone, so stop is never called: a
	// platform may send SIGTERM more than once, and the second must neither cut the
	// shutdown short nor change the exit status.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr, hangups()); err != nil {
		report(err)
		os.Exit(1)
	}
}

// hangups receives each SIGHUP: a terminal was closed, or an operator wants
// certificates to be read again. nohup has the signal ignored.
func hangups() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
	return c
}

// reportTime is how long report waits for a standard error that takes nothing.
const reportTime = time.Second

// report writes why the program fails, unless nobody reads it.
func report(err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fmt.Fprintln(os.Stderr, "vidchat:", err)
	}()
	select {
	case <-done:
	case <-time.After(reportTime):
	}
}

// run is the program. It returns nil when ctx has ended and everything is closed.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, logTo io.Writer, hangups <-chan os.Signal) error {
	flags := flag.NewFlagSet("vidchat", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned instead
	version := flags.Bool("version", false, "")
	licenses := flags.Bool("licenses", false, "")
	healthcheck := flags.Bool("healthcheck", false, "")
	asJSON := flags.Bool("json", false, "")
	checking := len(args) > 0 && args[0] == "check"
	if checking {
		args = args[1:]
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return config.PrintUsage(stdout)
	case err != nil || flags.NArg() > 0 || *asJSON && !checking:
		return fmt.Errorf("%q is not understood: start vidchat without arguments, or with --help", args)
	case *version:
		return printVersion(stdout)
	case *licenses:
		return printLicenses(stdout)
	}
	c, err := config.Load(getenv, ".")
	switch {
	case checking:
		return server.Check(ctx, c, err, stdout, *asJSON, check.Environment{Built: built()})
	case err != nil:
		return err
	case *healthcheck:
		return server.CheckHealth(ctx, c)
	}
	// By default, a write to a standard error whose reader has ended ends the process.
	signal.Ignore(syscall.SIGPIPE)
	return server.Run(ctx, c, server.Environment{
		Now: time.Now, LogTo: logTo, Client: client.Dist(), System: os.DirFS("/"), Hangups: hangups,
	})
}

// built is when the program's commit was made, or the zero time if it is unknown.
func built() (at time.Time) {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				at, _ = time.Parse(time.RFC3339, s.Value)
			}
		}
	}
	return at
}

// releasedAs is the version of a release, which its build sets.
var releasedAs string

// printVersion writes the version of the release, or what the Go tool stamped on the
// binary.
func printVersion(w io.Writer) error {
	version, compiler := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, compiler = info.Main.Version, info.GoVersion
	}
	version = cmp.Or(releasedAs, version)
	_, err := fmt.Fprintf(w, "vidchat %s (%s)\n", version, compiler)
	return err
}

// moduleLicenses are those of the Go modules in the program, which ask for it.
// TestLicenses writes the file.
//
//go:embed licenses.txt
var moduleLicenses string

// printLicenses writes the licenses of all that the program and its pages contain
// of others.
func printLicenses(w io.Writer) error {
	pages, err := fs.ReadFile(client.Dist(), "licenses.txt")
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // without a client, there are none
		return err
	}
	_, err = fmt.Fprint(w, moduleLicenses, "\n", string(pages))
	return err
}
