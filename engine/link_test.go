package engine

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/googollee/go-socket.io/engineio"

	"vidchat/engine/dialer"
)

// forwarder is a gate that has go-socket.io dispatch everything.
type forwarder struct {
	bystander
}

func (forwarder) Event(_ *Session, e *Event) string {
	return `["` + e.Name + `",` + strings.Join(e.Args, ",") + `]`
}

// dispatched collects what go-socket.io was given, by session.
type dispatched struct {
	mu      sync.Mutex // guards what follows
	packets map[string][]string
	links   int
	closed  int
}

func (d *dispatched) handle(conn engineio.Conn) {
	d.mu.Lock()
	d.links++
	d.mu.Unlock()
	defer func() {
		_ = conn.Close()
		d.mu.Lock()
		d.closed++
		d.mu.Unlock()
	}()
	for {
		_, r, err := conn.NextReader()
		if err != nil {
			return
		}
		b, _ := io.ReadAll(r)
		s, _ := SessionOf(conn)
		d.mu.Lock()
		d.packets[s.PublicID()] = append(d.packets[s.PublicID()], string(b))
		d.mu.Unlock()
		if strings.Contains(string(b), `"bye"`) {
			return
		}
	}
}

func (d *dispatched) of(s *Session) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.packets[s.PublicID()]
}

func (d *dispatched) count() (links, closed int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.links, d.closed
}

func serveLinks(t *testing.T) (*dispatched, *Engine, string) {
	t.Helper()
	d := &dispatched{packets: make(map[string][]string)}
	e, url := serve(t, Config{Gate: forwarder{}}, d.handle)
	return d, e, url
}

// A session is a connection of go-socket.io's while an event of its is
// dispatched, and not before or after.
func TestLinkedForAnEvent(t *testing.T) {
	for _, transport := range []string{dialer.Polling, dialer.WebSocket} {
		d, e, url := serveLinks(t)
		a, b := dial(t, url, 3, transport), dial(t, url, 3, transport)
		if links, _ := d.count(); links != 0 {
			t.Errorf("%s: %d links before any event", transport, links)
		}
		for _, c := range []*dialer.Conn{a, b, a} {
			if err := c.Send(`2["x",1]`); err != nil {
				t.Fatal(err)
			}
		}
		first, _ := e.Session(a.SID)
		second, _ := e.Session(b.SID)
		eventually(t, "all are dispatched, and the links are over", func() bool {
			links, closed := d.count()
			return links == 3 && closed == 3 && len(d.of(first)) == 2 && len(d.of(second)) == 1
		})
		if first.Reason() != "" || second.Reason() != "" {
			t.Errorf("%s: a session ended with its link: %q, %q", transport, first.Reason(), second.Reason())
		}
	}
}

// Where go-socket.io closes a connection, the session ends.
func TestLibraryCloses(t *testing.T) {
	_, e, url := serveLinks(t)
	c := dial(t, url, 4, dialer.WebSocket)
	s, _ := e.Session(c.SID)
	for _, packet := range []string{`0`, `2["bye",1]`} {
		if err := c.Send(packet); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the session ends", func() bool { return s.Reason() == ReasonServerClosed })
}

// After the shutdown nothing reaches go-socket.io, which may be closed: it would
// panic.
func TestNoLinkAfterShutdown(t *testing.T) {
	_, e, _ := serveLinks(t)
	s := &Session{engine: e}
	if err := e.Shutdown(timed(t, patience)); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.attach(); ok {
		t.Error("a link was made")
	}
}

// A request that did not come through the engine is refused.
func TestLinksAreNotForClients(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "/?EIO=3&transport=websocket", nil)
	if _, err := (linkTransport{}).Accept(nil, r); err == nil {
		t.Error("it was accepted")
	}
}
