package main

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// asProgram makes the test binary behave as the command, for tests that need a
// process to send signals to.
const asProgram = "VIDCHAT_ECHO_AS_PROGRAM"

// stoppable is the command in a process of its own.
type stoppable struct {
	*exec.Cmd
	t   *testing.T
	url string
	log *addressLog
}

func spawn(t *testing.T, interval, timeout time.Duration) *stoppable {
	t.Helper()
	p := &stoppable{t: t, log: new(addressLog)}
	p.Cmd = exec.Command(os.Args[0],
		"-addr", "127.0.0.1:0", "-ping-interval", interval.String(), "-ping-timeout", timeout.String())
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stderr = p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.signal(syscall.SIGCONT, syscall.SIGTERM)
		if err := p.Wait(); err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	wait.Until(t, "the command listens", func() bool { return p.log.address() != "" })
	p.url = "http://" + p.log.address() + "/engine.io/"
	return p
}

func (p *stoppable) signal(signals ...syscall.Signal) {
	p.t.Helper()
	for _, s := range signals {
		if err := p.Process.Signal(s); err != nil {
			p.t.Fatal(err)
		}
	}
}

// stopFor stops the process, as a hypervisor does that moves a machine.
func (p *stoppable) stopFor(d time.Duration) {
	p.t.Helper()
	p.signal(syscall.SIGSTOP)
	time.Sleep(d)
	p.signal(syscall.SIGCONT)
}

// crowd connects clients that are at different points of their heartbeat.
func (p *stoppable) crowd(n int, spread time.Duration) []*dialer.Conn {
	p.t.Helper()
	ctx := wait.Context(p.t)
	var clients []*dialer.Conn
	for i := range n {
		c, err := dialer.Dial(ctx, dialer.Options{
			URL: p.url, Version: 3 + i%2, Transport: dialer.Transports[i/2%len(dialer.Transports)],
		})
		if err != nil {
			p.t.Fatal(err)
		}
		clients = append(clients, c)
		time.Sleep(spread / time.Duration(n))
	}
	p.t.Cleanup(func() {
		var all sync.WaitGroup
		for _, c := range clients {
			all.Go(c.Abort)
		}
		all.Wait()
	})
	return clients
}

// A process that did not run for longer than its clients may be silent drops none
// of them: they were not silent, it has only not read what they sent.
func TestAStopDropsNobody(t *testing.T) {
	t.Parallel() // it takes a while
	const interval, timeout = 2 * time.Second, 2 * time.Second
	p := spawn(t, interval, timeout)
	clients := p.crowd(102, interval+interval/2)
	for _, stop := range []time.Duration{interval + timeout + time.Second, timeout + 200*time.Millisecond} {
		p.stopFor(stop)
		time.Sleep(interval + 2*timeout) // in which whoever was taken for silent is dropped
		dropped := 0
		for _, c := range clients {
			select {
			case <-c.Done():
				dropped++
			default:
			}
		}
		if dropped > 0 {
			t.Errorf("after a stop of %v, %d of %d clients are dropped", stop, dropped, len(clients))
		}
	}
	if strings.Contains(p.log.String(), "ping_timeout") {
		t.Error("the log has a ping timeout")
	}
	ctx := wait.Context(t)
	for _, c := range clients {
		if err := c.Send("x"); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Receive(ctx); err != nil || got != "x" {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// Who is really silent is given up after a stop too.
func TestAStopKeepsNoDeadClients(t *testing.T) {
	t.Parallel() // it takes a while
	p := spawn(t, 2*time.Second, time.Second)
	ctx := wait.Context(t)
	var silent []*dialer.Conn
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			c, err := dialer.Dial(ctx, dialer.Options{URL: p.url, Version: version, Transport: transport, Silent: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Abort)
			silent = append(silent, c)
		}
	}
	p.stopFor(4 * time.Second)
	wait.Until(t, "all are given up", func() bool {
		return strings.Count(p.log.String(), `"reason":"ping_timeout"`) == len(silent)
	})
}
