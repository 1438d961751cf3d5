package signaling

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

func TestMain(m *testing.M) { socketkind.Main(m) }

// patience bounds every wait of a test.
const patience = 5 * time.Second

// harness is a whole server with real sockets, and clients of it.
type harness struct {
	*Server
	t    testing.TB
	url  string
	tls  *tls.Config // of clients; nil over TCP
	http *http.Client
}

// scheme is how the server's URL begins.
func (h *harness) scheme() string {
	scheme, _, _ := strings.Cut(h.url, "//")
	return scheme + "//"
}

// start runs a server until the test ends, and checks that nothing is left.
func start(t testing.TB, cfg engineio.Config) *harness {
	t.Helper()
	return startServer(t, Config{Engine: cfg})
}

func startServer(t testing.TB, cfg Config) *harness {
	t.Helper()
	cfg.Log = zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	s := New(cfg)
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
		if rooms, members := s.rooms.Size(); rooms != 0 || members != 0 {
			t.Errorf("%d rooms with %d members are left", rooms, members)
		}
	})
	return &harness{Server: s, t: t, url: web.URL + "/socket.io/", tls: socketkind.ClientTLS(web), http: web.Client()}
}

// in is the harness for a part of the test.
func (h *harness) in(t testing.TB) *harness {
	same := *h
	same.t = t
	return &same
}

// peer is a client in a test.
type peer struct {
	*dialer.Conn
	t  testing.TB
	id string // its own socket id, where it was told
}

// dial opens a session whose namespace is connected.
func (h *harness) dial(version int, transport string) *peer {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := dialer.Dial(ctx, dialer.Options{URL: h.url, TLS: h.tls, Version: version, Transport: transport})
	if err != nil {
		h.t.Fatalf("dial: %v", err)
	}
	h.t.Cleanup(c.Abort)
	return h.greeted(c, version)
}

// greeted waits until the namespace is connected.
func (h *harness) greeted(c *dialer.Conn, version int) *peer {
	h.t.Helper()
	p := &peer{Conn: c, t: h.t, id: c.SID}
	if version == 4 {
		p.send("0")
		answer := p.next()
		p.id = strings.TrimSuffix(strings.TrimPrefix(answer, `0{"sid":"`), `"}`)
		if len(p.id) < 20 || p.id == c.SID {
			h.t.Fatalf("connected with %q", answer)
		}
		return p
	}
	p.expect("0")
	return p
}

// join enters a room and waits for the answer.
func (p *peer) join(room string) (answer string) {
	p.t.Helper()
	p.send(fmt.Sprintf(`2["create or join",%q]`, room))
	return p.next()
}

func (p *peer) send(packet string) {
	p.t.Helper()
	if err := p.Send(packet); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) next() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	packet, err := p.Receive(ctx)
	if err != nil {
		p.t.Fatalf("waiting for a packet: %v", err)
	}
	return packet
}

func (p *peer) expect(want string) {
	p.t.Helper()
	if got := p.next(); got != want {
		p.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// quiet checks that nothing comes: it lets the server answer something that
// was sent later.
func (p *peer) quiet() {
	p.t.Helper()
	p.send(`0/ping,`)
	if got := p.next(); !strings.HasPrefix(got, "4/ping,") {
		p.t.Fatalf("got %s, want nothing", got)
	}
}

// everyway runs a test with each version and transport.
func everyway(t *testing.T, test func(t *testing.T, h *harness, version int, transport string)) {
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) {
				test(t, start(t, engineio.Config{}), version, transport)
			})
		}
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}

// alive checks that the server still serves.
func (h *harness) alive() {
	h.t.Helper()
	began := time.Now()
	p := h.dial(3, dialer.WebSocket)
	p.expectPrefix(p.join("alive "+p.SID), `2["created"`)
	if took := time.Since(began); took > 100*time.Millisecond && !raceEnabled {
		h.t.Errorf("the next call had to wait %v", took)
	}
	p.Close()
}

func (p *peer) expectPrefix(got, want string) {
	p.t.Helper()
	if !strings.HasPrefix(got, want) {
		p.t.Fatalf("got %s, want %s…", got, want)
	}
}

// status makes a plain request.
func (h *harness) status(method, query string) int {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := h.http.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
