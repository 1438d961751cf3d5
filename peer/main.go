// Command peer takes part in vidchat calls without a browser: it sends a test picture
// and a test tone, receives what the others send, and says how it went. With -calls, it
// makes many calls at once.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"vidchat/peer/call"
	"vidchat/peer/link"
	"vidchat/peer/load"
	"vidchat/peer/media"
	"vidchat/peer/rtc"
)

// defaultLink is a server on this machine, where load goes unless a link says otherwise.
const defaultLink = "http://127.0.0.1:4000/call/#load"

const usage = `usage: peer [flags] [link]

Takes part in the call of a link, such as http://127.0.0.1:4000/call/#name. The password
of a call is read from VIDCHAT_PASSWORD. If the room is locked, it knocks and waits.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "peer:", err)
		}
		stop()
		os.Exit(1)
	}
}

// Commands that are refused.
var (
	errLockedCalls = errors.New("-lock, -knocks, -send and -receive are for one call: leave them out, or leave out -calls")
	errNoFile      = errors.New("there is no such file")
	errNoFolder    = errors.New("there is no such folder; make it first")
	errLongText    = fmt.Errorf("the text is too long: use at most %d characters", call.MaxText)
)

// command is what the command line says.
type command struct {
	link     link.Link
	password string
	name     string
	text     string
	send     string
	receive  string
	relay    bool
	lock     bool
	answer   call.Answer
	calls    int
	stay     time.Duration
	connect  time.Duration
	json     bool
}

func parse(args []string, env func(string) string, stderr io.Writer) (command, error) {
	var c command
	flags := flag.NewFlagSet("peer", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&c.password, "password", "", "`password` of the call; others on this machine can read it here")
	flags.StringVar(&c.name, "name", "", "`name` to show to the others")
	flags.StringVar(&c.text, "text", "", "`text` to send to each of the others")
	flags.StringVar(&c.send, "send", "", "`file` to send to each of the others")
	flags.StringVar(&c.receive, "receive", "", "`folder` for the files of the others, of 200 MiB at most; nothing is overwritten")
	flags.BoolVar(&c.relay, "relay", false, "send and receive media over the TURN servers of the call alone")
	flags.BoolVar(&c.lock, "lock", false, "lock the room, so that others have to knock")
	flags.Func("knocks", "`answer` to those who knock: admit or deny; without it, others answer", func(text string) (err error) {
		c.answer, err = call.ParseAnswer(text)
		return err
	})
	flags.IntVar(&c.calls, "calls", 0, fmt.Sprintf("make `n` calls of two in rooms of their own, %d at most", load.MaxCalls))
	flags.DurationVar(&c.stay, "for", 10*time.Second, "how long to stay in the call; with -calls, once all are connected")
	flags.DurationVar(&c.connect, "connect", time.Minute, "with -calls, how long connecting may take")
	flags.BoolVar(&c.json, "json", false, "print the result as JSON")
	if err := flags.Parse(args); err != nil {
		return command{}, err
	}
	c.password = cmp.Or(c.password, env("VIDCHAT_PASSWORD")) // not as a default, which -h prints
	switch {
	case c.calls > 0 && (c.lock || c.answer != call.NoAnswer || c.send != "" || c.receive != ""):
		return command{}, errLockedCalls
	case utf8.RuneCountInString(c.text) > call.MaxText:
		return command{}, errLongText
	}
	if err := c.checkPaths(); err != nil {
		return command{}, err
	}
	text := flags.Arg(0)
	if text == "" && c.calls > 0 {
		text = defaultLink
	}
	var err error
	c.link, err = link.Parse(text)
	return c, err
}

// checkPaths says now what would be wrong only once others are there.
func (c command) checkPaths() error {
	if c.send != "" {
		if info, err := os.Stat(c.send); err != nil || !info.Mode().IsRegular() {
			return fmt.Errorf("-send %s: %w", c.send, errNoFile)
		}
	}
	if c.receive != "" {
		if info, err := os.Stat(c.receive); err != nil || !info.IsDir() {
			return fmt.Errorf("-receive %s: %w", c.receive, errNoFolder)
		}
	}
	return nil
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) error {
	c, err := parse(args, env, stderr)
	if err != nil {
		return err
	}
	source, err := media.NewSource()
	if err != nil {
		return err
	}
	api, err := rtc.NewAPI(c.link.OnThisMachine())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var playing sync.WaitGroup
	playing.Go(func() { source.Run(ctx) })
	defer func() { stop(); playing.Wait() }()

	part := call.Options{Link: c.link, Name: c.name, Text: c.text, Send: c.send, Receive: c.receive, RelayOnly: c.relay, Lock: c.lock, Knocks: c.answer, API: api, Sender: source}
	if c.calls > 0 {
		return c.makeCalls(ctx, part, stdout)
	}
	return c.takePart(ctx, part, stdout)
}

// takePart takes part in one call, and prints its timeline as it happens.
func (c command) takePart(ctx context.Context, part call.Options, stdout io.Writer) error {
	var err error
	if part.Access, err = c.link.Unlock(c.password); err != nil {
		return err
	}
	if !c.json {
		part.Moment = func(m call.Moment) { fmt.Fprintf(stdout, "%9.1f ms  %s %s\n", m.AtMS, m.What, m.Peer) }
		part.Said = func(peer, text string) { fmt.Fprintf(stdout, "%s says %q\n", peer, text) }
	}
	joined, err := call.New(part)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, c.stay)
	defer stop()
	report, err := joined.Run(ctx)
	if c.json {
		return errors.Join(err, printJSON(stdout, report))
	}
	for _, peer := range report.Peers {
		printPeer(stdout, peer)
	}
	return err
}

func printPeer(stdout io.Writer, peer call.PeerReport) {
	q := peer.Quality
	fmt.Fprintf(stdout, "%s %q: verified %t, %s, round trip %.1f ms\n", peer.ID, peer.Name, peer.Verified, q.Path, q.RTTMS)
	for _, track := range []struct {
		name string
		rtc.Reception
	}{{"audio", q.Audio}, {"video", q.Video}} {
		fmt.Fprintf(stdout, "  %s: %.1f kbit/s, %.2f %% lost, jitter %.1f ms\n", track.name, track.KBitPerS, track.LossPct, track.JitterMS)
	}
}

// makeCalls makes many calls. It is an error if one of them does not connect.
func (c command) makeCalls(ctx context.Context, part call.Options, stdout io.Writer) error {
	result, failed := load.Run(ctx, load.Options{Calls: c.calls, Stay: c.stay, Connect: c.connect, Part: part})
	if errors.Is(failed, load.ErrBounds) {
		return failed
	}
	var err error
	if c.json {
		err = printJSON(stdout, result)
	} else {
		_, err = fmt.Fprintf(stdout, "%d of %d calls connected; first frame after %.0f ms, round trip %.1f ms, %.2f %% lost, jitter %.1f ms, "+
			"%.0f kbit/s (medians); %.1f s of processor time in %.1f s\n", result.Connected, result.Calls, result.FrameMS, result.RTTMS,
			result.LossPct, result.JitterMS, result.KBitPerS, result.CPU, result.WallS)
	}
	if result.Connected < result.Calls {
		failed = errors.Join(fmt.Errorf("%d calls did not connect", result.Calls-result.Connected), failed)
	}
	return errors.Join(err, failed)
}

func printJSON(stdout io.Writer, value any) error {
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
