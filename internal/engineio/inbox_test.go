package engineio

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

// recorder is a handler that handles "quick" messages at once, and "slow" ones
// when it is let. It panics at "panic".
type recorder struct {
	nopHandler
	let  chan struct{}
	mu   sync.Mutex // guards seen
	seen []string
}

func (r *recorder) OnMessage(_ *Session, p wire.Packet) (deferred func()) {
	message := string(p.Data)
	switch {
	case strings.HasPrefix(message, "panic"):
		panic("on purpose")
	case strings.HasPrefix(message, "slow"):
		return func() {
			<-r.let
			r.note(message)
		}
	}
	r.note(message)
	return nil
}

func (r *recorder) note(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, message)
}

func (r *recorder) saw() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// recorded is a server with a recorder, and a client of it.
func recorded(t *testing.T) (*recorder, *site, *dialer.Conn) {
	r := &recorder{let: make(chan struct{})}
	e := serve(t, Config{Handler: r})
	return r, e, e.dial(3, dialer.WebSocket)
}

func send(t *testing.T, c *dialer.Conn, name string, n int) {
	t.Helper()
	if err := c.Send(fmt.Sprint(name, n)); err != nil {
		t.Fatal(err)
	}
}

// What is handled at once does not overtake what has to wait.
func TestOrderOfQuickAndSlow(t *testing.T) {
	r, _, c := recorded(t)
	var want []string
	for n := range 200 {
		name := "quick"
		if n%10 == 3 {
			name = "slow"
		}
		send(t, c, name, n)
		want = append(want, fmt.Sprint(name, n))
	}
	for range 20 {
		r.let <- struct{}{}
	}
	eventually(t, "all is handled", func() bool { return r.count() == len(want) })
	if got := r.saw(); !slices.Equal(got, want) {
		t.Errorf("handled in the order %v", got)
	}
}

// While a handler waits, others are served, and its own client cannot pile up
// more than a little.
func TestInboxIsBounded(t *testing.T) {
	const count = 20_000
	r, e, c := recorded(t)
	sent := make(chan error, 1)
	go func() {
		err := c.Send("slow0")
		for n := 1; n < count && err == nil; n++ {
			err = c.Send(fmt.Sprint("quick", n))
		}
		sent <- err
	}()
	s := e.of(c)
	eventually(t, "the inbox is full", func() bool { return !s.readsOn() })
	s.mu.Lock()
	waiting := len(s.inbox.tasks)
	s.mu.Unlock()
	const readAtOnce = 16 << 10
	if most := maxTasks + readAtOnce/8; waiting > most {
		t.Errorf("%d packets wait, at most %d should", waiting, most)
	}
	send(t, e.dial(3, dialer.WebSocket), "quick", -1)
	eventually(t, "another client is heard", func() bool { return slices.Contains(r.saw(), "quick-1") })
	r.let <- struct{}{}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is handled", func() bool { return r.count() == count+1 })
}

// A full inbox is no reason to lose the connection, however long it takes, and
// what was sent before a shutdown is handled.
func TestShutdownWithFullInbox(t *testing.T) {
	const count = 500
	r, e, c := recorded(t)
	s := e.of(c)
	send(t, c, "slow", 0)
	for n := 1; n < count; n++ {
		send(t, c, "quick", n)
	}
	eventually(t, "the inbox is full", func() bool { return !s.readsOn() })
	ended := make(chan error, 1)
	go func() { ended <- e.Shutdown(timed(t, patience)) }()
	eventually(t, "the shutdown has begun", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.draining
	})
	r.let <- struct{}{}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if got := r.count(); got != count {
		t.Errorf("%d of %d were handled", got, count)
	}
	if why := s.Reason(); why != ReasonShutdown {
		t.Errorf("the session ended as %q", why)
	}
}

// A client that goes while a handler runs is handled to its end: a goodbye behind
// what waits counts, and not that the connection was lost after it.
func TestGoodbyeDuringSlowHandler(t *testing.T) {
	for _, goodbye := range []bool{true, false} {
		r, e, c := recorded(t)
		s := e.of(c)
		send(t, c, "slow", 0)
		send(t, c, "quick", 1)
		want := ReasonConnectionLost
		if goodbye {
			want = ReasonClientClosed
			c.Close()
		} else {
			c.Abort()
		}
		eventually(t, "all is read", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.inbox.ended
		})
		if s.Reason() != "" {
			t.Errorf("the session ended before everything was handled: %s", s.Reason())
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
	r, e, c := recorded(t)
	s := e.of(c)
	send(t, c, "slow", 0)
	send(t, c, "quick", 1)
	eventually(t, "the quick one waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.inbox.tasks) == 1 && s.inbox.working
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
func TestPanicInHandler(t *testing.T) {
	r, e, c := recorded(t)
	other := e.dial(3, dialer.WebSocket)
	s := e.of(c)
	send(t, c, "quick", 0)
	eventually(t, "it is handled", func() bool { return r.count() == 1 })
	send(t, c, "panic", 1)
	eventually(t, "the session ends", func() bool { return s.Reason() == ReasonPanic })
	send(t, other, "quick", 2)
	eventually(t, "the other is heard", func() bool { return slices.Contains(r.saw(), "quick2") })
}

// Clients that send without pause do not keep others waiting: while one of them
// has so much handled, so has the other. What counts is turns, not time, which
// depends on the machine.
func TestFloodStarvesNobody(t *testing.T) {
	const floods, rounds = 3, 50
	r := &recorder{let: make(chan struct{})}
	e := serve(t, Config{Handler: r})
	stop := make(chan struct{})
	var running sync.WaitGroup
	for range floods {
		flood := e.dial(3, dialer.WebSocket)
		running.Go(func() {
			for err := error(nil); err == nil; {
				select {
				case <-stop:
					return
				default:
					err = flood.Send("flood")
				}
			}
		})
	}
	defer running.Wait()
	defer close(stop)
	eventually(t, "the flood flows", func() bool { return r.count() > 1000 })
	c := e.dial(3, dialer.WebSocket)
	worst := 0
	for n := range rounds {
		before := r.count()
		send(t, c, "quick", n)
		want := fmt.Sprint("quick", n)
		eventually(t, "the message is handled", func() bool { return slices.Contains(r.since(before), want) })
		worst = max(worst, slices.Index(r.since(before), want))
	}
	// A turn of each flood is 16 KiB, of frames of 11 bytes. A few turns pass
	// before the message has arrived and its socket's turn has come.
	const turn = floods * (16 << 10) / 11
	limit := 20 * turn
	if socketkind.OverTLS() { // a turn is a time slice of Go's scheduler there, of many reads
		limit = 200 * turn
	}
	if worst > limit {
		t.Errorf("%d messages of others were handled before one, %d turns of each", worst, worst/turn)
	}
}

// since are the messages after the first n.
func (r *recorder) since(n int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen[n:])
}

// A thousand connections are served, and nothing is left of them at the end.
func TestThousandConnections(t *testing.T) {
	r, e, _ := recorded(t)
	const count, atOnce = 1000, 20
	var dialing sync.WaitGroup
	for range atOnce {
		dialing.Go(func() {
			for range count / atOnce {
				c, err := dialer.Dial(t.Context(), dialer.Options{URL: e.url, TLS: e.tls, Version: 3, Transport: dialer.WebSocket})
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(c.Abort)
				if err := c.Send("quick1"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	dialing.Wait()
	eventually(t, "all are heard", func() bool { return r.count() == count })
	if e.Sessions() != count+1 {
		t.Errorf("%d sessions are open", e.Sessions())
	}
	if err := e.Shutdown(timed(t, patience)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	e.sockets.Wait()
	if e.Sessions() != 0 {
		t.Errorf("%d sessions are left", e.Sessions())
	}
}
