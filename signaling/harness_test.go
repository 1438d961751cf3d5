package signaling

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
	"vidchat/internal/enginetest/tcpproxy"
	"vidchat/internal/enginetest/wait"
)

func TestMain(m *testing.M) { socketkind.Main(m) }

// harness is a real server. Its methods are clients, and checks of the server.
type harness struct {
	*Server
	t         testing.TB
	url       string
	tls       *tls.Config // of clients; nil over TCP
	http      *http.Client
	reference func() *harness // see reference_test.go
	nodes     []*harness      // all nodes, if there are more
	dialed    *atomic.Uint32  // how many clients were sent to them
}

// start runs a server until the test ends, and checks that nothing remains.
func start(t testing.TB, cfg engineio.Config) *harness {
	t.Helper()
	return startServer(t, Config{Engine: cfg})
}

const testHold = 20 * time.Second

// startWithHold runs a server that holds seats.
func startWithHold(t testing.TB) *harness {
	t.Helper()
	return startServer(t, Config{MaxCapacity: 8, SeatHold: testHold})
}

func startServer(t testing.TB, cfg Config) *harness {
	t.Helper()
	if *nodeCount < 2 || cfg.Cluster != nil {
		return startNode(t, cfg)
	}
	shared := newCloud(t)
	nodes := make([]*harness, *nodeCount)
	for i := range nodes {
		cfg.Cluster = shared.add()
		nodes[i] = startNode(t, cfg)
	}
	h := nodes[0]
	h.nodes, h.dialed = nodes, new(atomic.Uint32)
	return h
}

// nodeCount has clients reach one node after the other.
var nodeCount = flag.Int("nodes", 1, "run tests of signaling on so many nodes")

// startNode is startServer for one node.
func startNode(t testing.TB, cfg Config) *harness {
	t.Helper()
	cfg.Log = zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	s := New(cfg)
	web := socketkind.Serve(s)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), wait.Timeout)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		web.Close()
		if rooms, seats := s.rooms.Size(); rooms != 0 || seats != 0 {
			t.Errorf("%d rooms with %d seats remain", rooms, seats)
		}
	})
	return &harness{
		Server: s, t: t, url: web.URL + "/socket.io/", tls: socketkind.ClientTLS(web), http: web.Client(),
		reference: sync.OnceValue(func() *harness { return startNode(t, Config{}) }),
	}
}

// forTest returns the harness for a part of the test.
func (h *harness) forTest(t testing.TB) *harness {
	same := *h
	same.t = t
	return &same
}

// forEachTransport runs a test with each version and transport, each on its own server.
func forEachTransport(t *testing.T, test func(t *testing.T, h *harness, version int, transport string)) {
	runEach(t, func(t *testing.T, version int, transport string) {
		test(t, start(t, engineio.Config{}), version, transport)
	})
}

// forEachTransportOnOneServer runs a test with each version and transport.
func forEachTransportOnOneServer(t *testing.T, cfg engineio.Config, test func(t *testing.T, h *harness, version int, transport string)) {
	h := start(t, cfg)
	runEach(t, func(t *testing.T, version int, transport string) { test(t, h.forTest(t), version, transport) })
}

func runEach(t *testing.T, test func(t *testing.T, version int, transport string)) {
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) { test(t, version, transport) })
		}
	}
}

// scheme returns the beginning of the server's URL.
func (h *harness) scheme() string {
	scheme, _, _ := strings.Cut(h.url, "//")
	return scheme + "//"
}

// address returns where the server listens.
func (h *harness) address() string {
	address, _, _ := strings.Cut(strings.TrimPrefix(h.url, h.scheme()), "/")
	return address
}

// startProxy starts a proxy for the server and returns the URL to use.
func (h *harness) startProxy(delay tcpproxy.Delay) (p *tcpproxy.Proxy, url string) {
	h.t.Helper()
	p = tcpproxy.Start(h.t, h.address(), delay)
	return p, h.scheme() + p.Address() + "/socket.io/"
}

// awaitSessionEnd waits until a session is no longer found.
func (h *harness) awaitSessionEnd(sid string) {
	h.t.Helper()
	wait.Until(h.t, "the session has ended", func() bool {
		_, found := h.sockets.Socket(sid)
		return !found
	})
}

// awaitEmpty waits until no session and no room remains.
func (h *harness) awaitEmpty() {
	h.t.Helper()
	wait.Until(h.t, "no session remains", func() bool { return h.Sessions() == 0 })
	wait.Until(h.t, "no room remains", func() bool { _, seats := h.rooms.Size(); return seats == 0 })
	for _, node := range h.nodes[min(1, len(h.nodes)):] {
		node.awaitEmpty()
	}
}
