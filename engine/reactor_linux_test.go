package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/googollee/go-socket.io/engineio"

	"vidchat/engine/dialer"
)

// recorder is a gate that handles "quick" events at once, and "slow" ones when
// it is let. It panics at "panic".
type recorder struct {
	bystander
	let  chan struct{}
	mu   sync.Mutex // guards seen
	seen []string
}

func (r *recorder) Prompt(_ *Session, e *Event) bool { return e.Name != "slow" }

func (r *recorder) Event(_ *Session, e *Event) string {
	switch e.Name {
	case "slow":
		<-r.let
	case "panic":
		panic("on purpose")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, strings.Clone(e.Name+e.Args[0]))
	return ""
}

func (r *recorder) saw() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// recorded is a server with a recorder, and a client of it.
func recorded(t *testing.T) (*recorder, *Engine, string, *dialer.Conn) {
	r := &recorder{let: make(chan struct{})}
	e, url := serve(t, Config{Gate: r}, func(conn engineio.Conn) { discard(conn) })
	return r, e, url, dial(t, url, 3, dialer.WebSocket)
}

func sendEvent(t *testing.T, c *dialer.Conn, name string, n int) {
	t.Helper()
	if err := c.Send(fmt.Sprintf(`2["%s",%d]`, name, n)); err != nil {
		t.Fatal(err)
	}
}

// What is handled at once does not overtake what has to wait.
func TestOrderOfQuickAndSlow(t *testing.T) {
	r, _, _, c := recorded(t)
	var want []string
	for n := range 200 {
		name := "quick"
		if n%10 == 3 {
			name = "slow"
		}
		sendEvent(t, c, name, n)
		want = append(want, fmt.Sprint(name, n))
	}
	for range 20 {
		r.let <- struct{}{}
	}
	eventually(t, "all is handled", func() bool { return len(r.saw()) == len(want) })
	if got := r.saw(); !slices.Equal(got, want) {
		t.Errorf("handled in the order %v", got)
	}
}

// While a handler waits, others are served, and its own client cannot pile up
// more than a little.
func TestInboxIsBounded(t *testing.T) {
	const count = 20_000
	r, e, url, c := recorded(t)
	sent := make(chan error, 1)
	go func() {
		err := c.Send(`2["slow",0]`)
		for n := 1; n < count && err == nil; n++ {
			err = c.Send(fmt.Sprintf(`2["quick",%d]`, n))
		}
		sent <- err
	}()
	s, _ := e.Session(c.SID)
	eventually(t, "the inbox is full", func() bool { return !s.listens() })
	s.mu.Lock()
	waiting := len(s.inbox.packets)
	s.mu.Unlock()
	if most := maxInbox + turnBytes/8; waiting > most {
		t.Errorf("%d packets wait, at most %d should", waiting, most)
	}
	sendEvent(t, dial(t, url, 3, dialer.WebSocket), "quick", -1)
	eventually(t, "another client is heard", func() bool { return slices.Contains(r.saw(), "quick-1") })
	r.let <- struct{}{}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is handled", func() bool { return len(r.saw()) == count+1 })
}

// A client that goes while a handler runs has been heard to its end: a goodbye
// behind what waits counts, and not that the connection was lost after it.
func TestGoodbyeDuringSlowHandler(t *testing.T) {
	for _, goodbye := range []bool{true, false} {
		r, e, _, c := recorded(t)
		s, _ := e.Session(c.SID)
		sendEvent(t, c, "slow", 0)
		sendEvent(t, c, "quick", 1)
		want := ReasonConnectionLost
		if goodbye {
			want = ReasonClientClosed
			c.Close()
		} else {
			c.Abort()
		}
		eventually(t, "the reactor has read all", func() bool { return !s.listens() })
		if s.Reason() != "" {
			t.Errorf("the session ended before it was heard: %s", s.Reason())
		}
		r.let <- struct{}{}
		eventually(t, "the session ends", func() bool { return s.Reason() == want })
		if got := r.saw(); !slices.Equal(got, []string{"slow0", "quick1"}) {
			t.Errorf("handled %v", got)
		}
	}
}

// A session that ends by itself while a handler runs leaves what it had queued.
func TestEndDuringSlowHandler(t *testing.T) {
	r, e, _, c := recorded(t)
	s, _ := e.Session(c.SID)
	sendEvent(t, c, "slow", 0)
	sendEvent(t, c, "quick", 1)
	eventually(t, "the quick one waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.inbox.packets) == 1 && s.inbox.working
	})
	s.End(ReasonSilent)
	r.let <- struct{}{}
	eventually(t, "its goroutine ends", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.finished
	})
	if got := r.saw(); !slices.Equal(got, []string{"slow0"}) {
		t.Errorf("handled %v", got)
	}
}

// A bug in handling one client's packet ends its session and no other.
func TestPanicInReactor(t *testing.T) {
	r, e, url, c := recorded(t)
	other := dial(t, url, 3, dialer.WebSocket)
	s, _ := e.Session(c.SID)
	sendEvent(t, c, "quick", 0)
	eventually(t, "the reactor handles", func() bool { return len(r.saw()) == 1 })
	sendEvent(t, c, "panic", 1)
	eventually(t, "the session ends", func() bool { return s.Reason() == ReasonPanic })
	sendEvent(t, other, "quick", 2)
	eventually(t, "the other is heard", func() bool { return slices.Contains(r.saw(), "quick2") })
}

// Clients that send without pause do not keep others waiting.
func TestFloodStarvesNobody(t *testing.T) {
	r, _, url, _ := recorded(t)
	const floods, rounds = 3, 50
	stop := make(chan struct{})
	var running sync.WaitGroup
	for range floods {
		flood := dial(t, url, 3, dialer.WebSocket)
		running.Go(func() {
			for err := error(nil); err == nil; {
				select {
				case <-stop:
					return
				default:
					err = flood.Send("3no event")
				}
			}
		})
	}
	defer running.Wait()
	defer close(stop)
	c := dial(t, url, 3, dialer.WebSocket)
	var slowest time.Duration
	for n := range rounds {
		began := time.Now()
		sendEvent(t, c, "quick", n)
		eventually(t, "the event is heard", func() bool { return len(r.saw()) == n+1 })
		slowest = max(slowest, time.Since(began))
	}
	if slowest > time.Second {
		t.Errorf("an event took %v", slowest)
	}
}

// A thousand connections are read by one goroutine, and their sockets are closed
// at the end.
func TestThousandConnections(t *testing.T) {
	r, e, url, _ := recorded(t)
	const count, atOnce = 1000, 20
	var dialing sync.WaitGroup
	for range atOnce {
		dialing.Go(func() {
			for range count / atOnce {
				c, err := dialer.Dial(t.Context(), dialer.Options{URL: url, Version: 3, Transport: dialer.WebSocket})
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(c.Abort)
				if err := c.Send(`2["quick",1]`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	dialing.Wait()
	eventually(t, "all are heard", func() bool { return len(r.saw()) == count })
	if e.Open() != count+1 {
		t.Errorf("%d sessions are open", e.Open())
	}
	if err := e.Shutdown(timed(t, patience)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	e.reactor.mu.Lock()
	defer e.reactor.mu.Unlock()
	if left := e.reactor.sockets.size(); left != 0 {
		t.Errorf("%d sockets are left", left)
	}
}
