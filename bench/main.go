//go:build linux

// Command bench measures vidchat side by side with what it replaces, in one
// run on one machine: Node's socket.io 2.3 and 4.8 with the same events, and a
// bare WebSocket relay as the limit. It writes RESULTS.md and chart.svg into
// its folder.
//
// Read plan.go first (how much and how long), then measure.go (what is
// measured, and how) and goals.go (what is wanted). The clients are in load,
// the servers in subject, node and relay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"vidchat/bench/subject"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	quick, soak bool
	only        *regexp.Regexp // nil to measure all
	server      string         // the program vidchat
	relay       string         // the program of bench/relay
	folder      string         // bench: where node's server is, and where results go
}

func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.BoolVar(&o.quick, "quick", false, "measure little and for a short time, to see that everything runs; results are only printed")
	flags.BoolVar(&o.soak, "soak", false, "let clients come and go for ten minutes and watch the memory of vidchat")
	flags.Func("only", "measure only what this `pattern` matches, as in \"relay|connect\"; results are only printed", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flags.StringVar(&o.server, "server", "bin/vidchat", "the built `program`")
	flags.StringVar(&o.relay, "relay", "bin/relay", "the built `program` of bench/relay")
	flags.StringVar(&o.folder, "folder", "bench", "the `folder` of the benchmark")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := full()
	if o.quick {
		p = quick()
	}
	if err := subject.RaiseFileLimit(p.files()); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	b, err := newBench(o, p, temporary)
	if err != nil {
		return err
	}
	if o.soak {
		return b.soak(ctx)
	}
	return b.compare(ctx)
}

// newBench finds what is to be measured.
func newBench(o options, p plan, temporary string) (*bench, error) {
	absolute := func(path string) string {
		whole, err := filepath.Abs(path)
		if err != nil {
			return path // the folder we are in is gone; starting the program will say so
		}
		return whole
	}
	script := absolute(filepath.Join(o.folder, "node", "server.js"))
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules")); err != nil {
		return nil, errors.New("the servers of Node are not installed: run make bench, or npm --prefix bench/node ci")
	}
	return &bench{
		plan:     p,
		options:  o,
		subjects: subjects(absolute(o.server), absolute(o.relay), script, temporary),
		out:      os.Stdout,
	}, nil
}
