//go:build linux

// Command bench compares vidchat with what it replaces, in one run on one machine:
// with Node's socket.io 2.3 and 4.8, which serve the same events, and with a bare
// WebSocket relay as the lower bound. It writes RESULTS.md and chart.svg.
//
// Read plan.go first (how much is measured), then measure.go (how) and goals.go (the
// limits). load generates the load; server starts the servers, two of which are in
// node and relay.
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

	"vidchat/bench/server"
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

// options are the command-line options.
type options struct {
	quick, soak bool
	nodes       bool
	only        *regexp.Regexp // nil for everything
	vidchat     string         // path of the program
	relay       string         // path of the program of bench/relay
	dir         string         // has node/server.js, and receives the results
}

func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.BoolVar(&o.quick, "quick", false, "measure briefly to see that everything runs; only print the results")
	flags.BoolVar(&o.soak, "soak", false, "watch the memory of vidchat for ten minutes of short calls")
	flags.BoolVar(&o.nodes, "nodes", false, "measure two nodes that share a Redis")
	flags.Func("only", "make only the measurements that match this `pattern`, such as \"relay|connect\"; only print the results", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flags.StringVar(&o.vidchat, "server", "bin/vidchat", "`path` of the built server")
	flags.StringVar(&o.relay, "relay", "bin/relay", "`path` of the built bench/relay")
	flags.StringVar(&o.dir, "dir", "bench", "`directory` of the benchmark")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := full()
	if o.quick {
		p = quick()
	}
	if err := server.RaiseFileLimit(p.files()); err != nil {
		return err
	}
	workDir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(workDir)
	b, err := newBench(o, p, workDir)
	if err != nil {
		return err
	}
	switch {
	case o.soak:
		return b.soak(ctx)
	case o.nodes:
		return b.compareNodes(ctx)
	}
	return b.compare(ctx)
}

// newBench locates the servers. They run in workDir.
func newBench(o options, p plan, workDir string) (*bench, error) {
	absolute := func(path string) string {
		whole, err := filepath.Abs(path)
		if err != nil {
			return path // the working directory is gone, so starting the program fails
		}
		return whole
	}
	script := absolute(filepath.Join(o.dir, "node", "server.js"))
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules")); err != nil {
		return nil, errors.New("socket.io is not installed: run make bench, or npm --prefix bench/node ci")
	}
	return &bench{
		plan:    p,
		options: o,
		servers: servers(absolute(o.vidchat), absolute(o.relay), script, workDir),
		out:     os.Stdout,
	}, nil
}
