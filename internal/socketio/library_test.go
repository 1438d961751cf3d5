package socketio

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"

	gosocketio "github.com/googollee/go-socket.io"
	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

// dispatched collects what go-socket.io was given, by socket.
type dispatched struct {
	goOn   chan struct{} // ends the events that wait
	mu     sync.Mutex    // guards what follows
	events map[string][]string
	links  map[string]bool // by the library's id
}

func (d *dispatched) handle(c gosocketio.Conn, argument string) {
	s, _ := SocketOf(c)
	d.mu.Lock()
	d.events[s.PublicID()] = append(d.events[s.PublicID()], argument)
	d.links[c.ID()] = true
	d.mu.Unlock()
	switch argument {
	case "close":
		_ = c.Close()
	case "emit":
		c.Emit("emitted", argument)
	case "wait":
		<-d.goOn
	}
}

func (d *dispatched) of(s *Socket) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events[s.PublicID()])
}

// serve runs a server whose "on" events go through go-socket.io, until the test
// ends.
func serve(t *testing.T) (s *Server, d *dispatched, dial func(version int, transport string) (*dialer.Conn, *Socket)) {
	t.Helper()
	d = &dispatched{goOn: make(chan struct{}), events: make(map[string][]string), links: make(map[string]bool)}
	s = NewServer(Config{Log: zerolog.Nop(), Handler: &mirror{dispatches: true}})
	s.OnEvent("on", d.handle)
	web := socketkind.Serve(s)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		web.Close()
	})
	return s, d, func(version int, transport string) (*dialer.Conn, *Socket) {
		c, err := dialer.Dial(t.Context(), dialer.Options{
			URL: web.URL + "/", TLS: socketkind.ClientTLS(web), Version: version, Transport: transport,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Abort)
		socket, ok := s.Socket(c.SID)
		if !ok {
			t.Fatal("there is no such session")
		}
		return c, socket
	}
}

func send(t *testing.T, c *dialer.Conn, packets ...string) {
	t.Helper()
	for _, p := range packets {
		if err := c.Send(p); err != nil {
			t.Fatal(err)
		}
	}
}

// A socket has a connection of go-socket.io's while one of its events is dispatched, and
// goes on afterwards. Events keep their order.
func TestDispatch(t *testing.T) {
	for _, transport := range []string{dialer.Polling, dialer.WebSocket} {
		_, d, dial := serve(t)
		a, first := dial(3, transport)
		b, second := dial(3, transport)
		send(t, a, `2["on","1"]`)
		send(t, b, `2["on","1"]`)
		send(t, a, `2["on","\u0032"]`)
		eventually(t, "all are dispatched", func() bool {
			return slices.Equal(d.of(first), []string{"1", "2"}) && slices.Equal(d.of(second), []string{"1"})
		})
		if first.Reason() != "" || second.Reason() != "" {
			t.Errorf("%s: a session ended with its link: %q, %q", transport, first.Reason(), second.Reason())
		}
	}
}

// Sockets share a link, and nobody's event counts as another's. Where the library has
// closed it, the next socket is given another, and lives on.
func TestLinksAreShared(t *testing.T) {
	s, d, dial := serve(t)
	for i := range 3 {
		closing, closed := dial(3, dialer.WebSocket)
		for range 2 {
			a, first := dial(3, dialer.WebSocket)
			send(t, a, `2["on","1"]`)
			eventually(t, "it is dispatched", func() bool { return s.Links() == 0 && slices.Equal(d.of(first), []string{"1"}) })
			if first.Reason() != "" {
				t.Errorf("the session ended: %s", first.Reason())
			}
		}
		if len(d.links) != i+1 {
			t.Errorf("there were %d links for %d sockets after each other", len(d.links), i+1)
		}
		send(t, closing, `2["on","close"]`)
		eventually(t, "the session ends", func() bool { return s.Links() == 0 && closed.Reason() == engineio.ReasonServerClosed })
	}
}

// What go-socket.io writes is discarded: by then, its link may be another socket's.
func TestWritesOfLibraryAreDiscarded(t *testing.T) {
	s, d, dial := serve(t)
	a, first := dial(3, dialer.WebSocket)
	b, second := dial(3, dialer.WebSocket)
	send(t, a, `2["on","emit"]`)
	eventually(t, "it is dispatched", func() bool { return s.Links() == 0 && len(d.of(first)) == 1 })
	send(t, b, `2["on","1"]`)
	eventually(t, "it is dispatched", func() bool { return s.Links() == 0 && len(d.of(second)) == 1 })
	first.Send(wire.NewMessage("2[]"))
	second.Send(wire.NewMessage("2[]"))
	for _, c := range []*dialer.Conn{a, b} {
		for _, want := range []string{"0", "2[]"} {
			if got, err := c.Receive(t.Context()); got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	}
}

// An event that takes long delays those of no other socket, and few links remain of many.
func TestDispatchAtOnce(t *testing.T) {
	s, d, dial := serve(t)
	const count = 3 * maxIdleLinks
	for range count {
		c, socket := dial(3, dialer.WebSocket)
		send(t, c, `2["on","wait"]`)
		eventually(t, "it is dispatched", func() bool { return slices.Equal(d.of(socket), []string{"wait"}) })
	}
	if n := s.Links(); n != count {
		t.Errorf("%d events use %d links", count, n)
	}
	close(d.goOn)
	eventually(t, "few links remain", func() bool { return s.Links() == 0 && s.library.Count() == maxIdleLinks })
}

// Where go-socket.io closes a connection, the session ends.
func TestLibraryCloses(t *testing.T) {
	_, _, dial := serve(t)
	c, s := dial(4, dialer.WebSocket)
	send(t, c, `0`, `2["on","close"]`)
	eventually(t, "the session ends", func() bool { return s.Reason() == engineio.ReasonServerClosed })
}

// After the shutdown nothing reaches go-socket.io, which is closed: it would
// panic.
func TestNoDispatchAfterShutdown(t *testing.T) {
	s, d, dial := serve(t)
	_, socket := dial(3, dialer.WebSocket)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	socket.Dispatch("on", `"late"`)
	if got := d.of(socket); len(got) > 0 {
		t.Errorf("go-socket.io was given %q", got)
	}
}

// A request that Dispatch did not make is refused.
func TestLinksAreNotForClients(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "/?EIO=3&transport=websocket", nil)
	if _, err := (linkTransport{}).Accept(nil, r); err == nil {
		t.Error("it was accepted")
	}
}
