package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vidchat/engine/dialer"
)

// spawned is the program in a process of its own.
type spawned struct {
	*exec.Cmd
	url string
	log *logCatcher
}

// spawn starts a process and waits until it listens.
func spawn(t *testing.T, environment ...string) *spawned {
	t.Helper()
	p := &spawned{Cmd: exec.CommandContext(t.Context(), os.Args[0]), log: &logCatcher{listening: make(chan string, 1)}}
	p.Dir = t.TempDir()
	p.Env = append(os.Environ(), append([]string{asProgram + "=1", "HOST=127.0.0.1", "PORT=0"}, environment...)...)
	p.Stderr = p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case p.url = <-p.log.listening:
	case <-time.After(patience):
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

// expectEnd waits for the process to end well, and in time.
func (p *spawned) expectEnd(t *testing.T) {
	t.Helper()
	begun := time.Now()
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v, want status 0:\n%s", err, p.log)
	}
	if !strings.HasSuffix(p.log.String(), `"message":"stopped"}`+"\n") {
		t.Errorf("its last words are not that it stopped:\n%s", p.log)
	}
	if took := time.Since(begun); took > drainTimeout {
		t.Errorf("it took %v", took)
	}
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
// which of them the server has accepted and which it hears from the other.
type talker struct {
	*peer
	accepted []int
	heard    []int
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
			k.heard = append(k.heard, n)
		}
		k.warned = k.warned || strings.HasPrefix(packet, `2["restarting",`)
	}
}

func (k *talker) expectAll(accepted []int, name string) {
	k.t.Helper()
	heard := make(map[int]bool, len(k.heard))
	for i, n := range k.heard {
		heard[n] = true
		if i > 0 && n <= k.heard[i-1] {
			k.t.Errorf("%s: heard %d after %d", name, n, k.heard[i-1])
		}
	}
	var lost []int
	for _, n := range accepted {
		if !heard[n] {
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
	var closed *dialer.CloseError
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
	for i, first := range dialer.Transports {
		for j, second := range dialer.Transports {
			c := &call{name: fmt.Sprintf("%s with %s", first, second), polls: [2]bool{first == dialer.Polling, second == dialer.Polling}}
			for side, transport := range []string{first, second} {
				c.ends[side] = &talker{peer: dialPeer(t, p.url, 3+(i+j+side)%2, transport)}
				c.ends[side].join(c.name)
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

// While the server drains, it still answers: that it is alive, that it is not
// ready, that new sessions shall come later. Operators see it to the end.
func TestDraining(t *testing.T) {
	s := start(t, builtClient, nil)
	sid := s.dial(4, dialer.Polling).SID
	slow := dial(t, s) // half a body, which the end waits for a while
	_, _ = io.WriteString(slow, "POST "+handshake+"&sid="+sid+" HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n42[")
	time.Sleep(100 * time.Millisecond)
	s.cancel()
	for _, tt := range []struct {
		name string
		got  answer
		want int
		body string
	}{
		{"ready", s.ask("GET", "/readyz"), http.StatusServiceUnavailable, "draining"},
		{"ready, for operators", s.askAdmin("/readyz"), http.StatusServiceUnavailable, "draining"},
		{"alive", s.ask("GET", "/healthz"), http.StatusOK, "ok"},
		{"alive, for operators", s.askAdmin("/healthz"), http.StatusOK, "ok"},
		{"a new session", s.ask("GET", handshake), http.StatusServiceUnavailable, "restarting"},
		{"metrics", s.askAdmin("/metrics"), http.StatusOK, "vidchat_sessions"},
	} {
		if tt.got.StatusCode != tt.want || !strings.Contains(tt.got.body, tt.body) {
			t.Errorf("%s: %s, %.80q", tt.name, tt.got.Status, tt.got.body)
		}
		if told := tt.got.Header.Get("Retry-After") != ""; told != (tt.name == "a new session") {
			t.Errorf("%s: Retry-After is %q", tt.name, tt.got.Header.Get("Retry-After"))
		}
	}
}
