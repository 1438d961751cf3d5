package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vidchat/internal/servertest"
)

// asProgram makes the test binary behave as the program, for tests that need a
// process to send signals to.
const asProgram = "VIDCHAT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string // in the output, or in the error
		fail bool
	}{
		{args: []string{"--help"}, want: "TURN_SERVER_URL"},
		{args: []string{"-h"}, want: "ALLOWED_ORIGINS"},
		{args: []string{"--version"}, want: "vidchat "},
		{args: []string{"--verbose"}, want: "--help", fail: true},
		{args: []string{"serve"}, want: "--help", fail: true},
	} {
		var out bytes.Buffer
		err := run(t.Context(), tt.args, os.Getenv, &out, &out, nil)
		if tt.fail {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: the error is %v, want %q in it", tt.args, err, tt.want)
			}
		} else if err != nil || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%q: printed %q, %v; want %q in it", tt.args, out.String(), err, tt.want)
		}
	}
}

func TestRefusesToStartInOneLine(t *testing.T) {
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), asProgram+"=1", "PORT=http")
	out, err := command.CombinedOutput()
	want := "vidchat: PORT cannot be used: set it to a whole number from 0 to 65535\n"
	if err == nil || string(out) != want {
		t.Errorf("printed %q and ended with %v; want %q and status 1", out, err, want)
	}
}

// drainTimeout is the default of DRAIN_TIMEOUT.
const drainTimeout = 10 * time.Second

// spawned is the program in a process of its own.
type spawned struct {
	*exec.Cmd
	url string
	log *servertest.Log
}

// spawn starts a process and waits until it listens.
func spawn(t *testing.T, environment ...string) *spawned {
	t.Helper()
	return spawnProgram(t, os.Args[0], append([]string{asProgram + "=1"}, environment...)...)
}

// spawnProgram starts a program that was built elsewhere.
func spawnProgram(t *testing.T, program string, environment ...string) *spawned {
	t.Helper()
	p := &spawned{Cmd: exec.CommandContext(t.Context(), program), log: servertest.NewLog()}
	p.Dir = t.TempDir()
	p.Env = append(os.Environ(), append([]string{"HOST=127.0.0.1", "PORT=0"}, environment...)...)
	p.Stderr = p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case p.url = <-p.log.Listening():
	case <-time.After(servertest.Timeout):
		t.Fatalf("it does not listen: %s", p.log)
	}
	return p
}

func (p *spawned) signal(t *testing.T, signals ...os.Signal) {
	t.Helper()
	for _, s := range signals {
		if err := p.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}

// expectEnd waits for the process to end without an error, and in time.
func (p *spawned) expectEnd(t *testing.T) {
	t.Helper()
	start := time.Now()
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v, want status 0:\n%s", err, p.log)
	}
	if !strings.HasSuffix(p.log.String(), `"message":"stopped"}`+"\n") {
		t.Errorf("its last line is not that it stopped:\n%s", p.log)
	}
	if took := time.Since(start); took > drainTimeout {
		t.Errorf("it took %v", took)
	}
}

func TestHealthcheckAsksTheServer(t *testing.T) {
	p := spawn(t)
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(p.url, "http://"))
	for _, tt := range []struct {
		port, out string
		fail      bool
	}{
		{port: port},
		{port: "0", out: "vidchat: PORT is 0, so the server's address is unknown: set it to check the health\n", fail: true},
	} {
		command := exec.CommandContext(t.Context(), os.Args[0], "--healthcheck")
		command.Dir = t.TempDir()
		command.Env = append(os.Environ(), asProgram+"=1", "HOST="+host, "PORT="+tt.port)
		out, err := command.CombinedOutput()
		if (err != nil) != tt.fail || string(out) != tt.out {
			t.Errorf("PORT=%s: printed %q and ended with %v", tt.port, out, err)
		}
	}
	p.signal(t, syscall.SIGTERM)
	p.expectEnd(t)
}

func TestSignalsEndTheProcess(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	for name, signals := range map[string][]os.Signal{
		"SIGTERM":       {syscall.SIGTERM},
		"SIGINT":        {os.Interrupt},
		"SIGTERM twice": {syscall.SIGTERM, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			p := spawn(t)
			p.signal(t, signals...)
			p.expectEnd(t)
		})
	}
}

// talker is a peer that sends numbers as fast as a busy call does, and notes
// which of them the server has accepted and which it receives from the other.
type talker struct {
	*servertest.Peer
	t        *testing.T
	accepted []int
	received []int
	warned   bool
	end      error
}

// talk sends until the session is over. What was posted is accepted when the
// answer says so, what went into a WebSocket if that was before the signal.
func (k *talker) talk(polls bool, signalled *atomic.Bool) {
	for n := 0; ; n++ {
		if err := k.Send(fmt.Sprintf(`2["message",{"n":%d}]`, n)); err != nil {
			return
		}
		if polls || !signalled.Load() {
			k.accepted = append(k.accepted, n)
		}
		select {
		case <-k.Done():
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// listen notes what comes until nothing more does.
func (k *talker) listen() {
	for {
		packet, err := k.Receive(k.t.Context())
		if err != nil && k.end != nil {
			return // what was there before the end is taken too
		}
		k.end = err
		var n int
		if _, err := fmt.Sscanf(packet, `2["message",{"n":%d}`, &n); err == nil {
			k.received = append(k.received, n)
		}
		k.warned = k.warned || strings.HasPrefix(packet, `2["restarting",`)
	}
}

func (k *talker) expectAll(accepted []int, name string) {
	k.t.Helper()
	received := make(map[int]bool, len(k.received))
	for i, n := range k.received {
		received[n] = true
		if i > 0 && n <= k.received[i-1] {
			k.t.Errorf("%s: received %d after %d", name, n, k.received[i-1])
		}
	}
	var lost []int
	for _, n := range accepted {
		if !received[n] {
			lost = append(lost, n)
		}
	}
	if len(lost) > 0 || len(accepted) == 0 {
		k.t.Errorf("%s: of %d messages accepted, %v were lost", name, len(accepted), lost)
	}
}

func (k *talker) expectGoodbye(name string, polls bool) {
	k.t.Helper()
	if !k.warned {
		k.t.Errorf("%s was not told of the restart", name)
	}
	var closed *servertest.CloseError
	if !polls && (!errors.As(k.end, &closed) || closed.Code != 1012) {
		k.t.Errorf("%s: the socket ended with %v, want code 1012", name, k.end)
	}
}

// The end of a busy server loses nothing that it has accepted.
func TestSIGTERMUnderLoad(t *testing.T) {
	p := spawn(t, "LOG_LEVEL=info")
	type call struct {
		name  string
		polls [2]bool
		ends  [2]*talker
	}
	var calls []*call
	for i, first := range servertest.Transports {
		for j, second := range servertest.Transports {
			c := &call{name: fmt.Sprintf("%s with %s", first, second), polls: [2]bool{first == servertest.Polling, second == servertest.Polling}}
			for side, transport := range []string{first, second} {
				c.ends[side] = &talker{Peer: servertest.Dial(t, p.url, 3+(i+j+side)%2, transport), t: t}
				c.ends[side].Join(c.name)
			}
			calls = append(calls, c)
		}
	}
	var signalled atomic.Bool
	var talking sync.WaitGroup
	for _, c := range calls {
		for side, k := range c.ends {
			talking.Go(func() { k.talk(c.polls[side], &signalled) })
			talking.Go(k.listen)
		}
	}
	time.Sleep(time.Second)
	p.signal(t, syscall.SIGSTOP) // so that much has come and is not yet read when it is told to end
	time.Sleep(300 * time.Millisecond)
	signalled.Store(true)
	p.signal(t, syscall.SIGTERM, syscall.SIGCONT)
	p.expectEnd(t)
	talking.Wait()
	for _, c := range calls {
		for side, k := range c.ends {
			name := fmt.Sprintf("%s, side %d", c.name, side)
			k.expectAll(c.ends[1-side].accepted, name)
			k.expectGoodbye(name, c.polls[side])
		}
	}
}
