package turn

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/ice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "only for tests, at least"

// loopback is the public address of a server in a test.
var loopback = netip.MustParseAddr("127.0.0.1")

// testServer is a server on every transport, and how to reach it.
type testServer struct {
	*Server
	addresses map[Transport]string
	tls       *tls.Config
}

// start starts a server for the length of a test.
func start(t testing.TB, change func(*Config)) *testServer {
	t.Helper()
	return startOn(t, "udp4", loopback.String(), change)
}

// startOn starts a server with a UDP socket of some network.
func startOn(t testing.TB, network, host string, change func(*Config)) *testServer {
	t.Helper()
	cfg := Config{Log: zerolog.Nop(), Secret: secret, Public4: loopback, MinPort: 20_000, MaxPort: 29_999}
	if change != nil {
		change(&cfg)
	}
	packets, err := net.ListenUDP(network, &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	certificate := testcert.New(t, "localhost")
	encrypted, err := tls.Listen("tcp4", "127.0.0.1:0", certificate.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(cfg, Listeners{Packets: []*net.UDPConn{packets}, Streams: []net.Listener{tcp, encrypted}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wait.Until(t, "all allocations have ended", func() bool { return s.Allocations() == 0 })
	})
	return &testServer{
		Server:    s,
		addresses: map[Transport]string{UDP: packets.LocalAddr().String(), TCP: tcp.Addr().String(), TLS: encrypted.Addr().String()},
		tls:       &tls.Config{RootCAs: certificate.Pool},
	}
}

// endpoint is the server as a caller with a good credential reaches it.
func (s *testServer) endpoint(transport Transport) Endpoint {
	username, password := ice.Credential(secret, "alice", time.Now().Add(time.Hour))
	return Endpoint{Address: s.addresses[transport], Transport: transport, TLS: s.tls, Username: username, Password: password}
}

// dial is a client with the credential of an endpoint.
func dial(t testing.TB, e Endpoint) *client {
	t.Helper()
	c, err := e.dial(wait.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// allocate makes an allocation, and returns its relay.
func allocate(t testing.TB, e Endpoint) net.PacketConn {
	t.Helper()
	relay, err := dial(t, e).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	return relay
}

func TestEveryTransport(t *testing.T) {
	s := start(t, nil)
	for _, transport := range []Transport{UDP, TCP, TLS} {
		if err := Check(wait.Context(t), s.endpoint(transport)); err != nil {
			t.Errorf("over %s it %v", transport, err)
		}
	}
}

// Callers that use different transports meet.
func TestTransportsMeet(t *testing.T) {
	s := start(t, nil)
	a, b := allocate(t, s.endpoint(UDP)), allocate(t, s.endpoint(TLS))
	for _, pair := range [][2]net.PacketConn{{a, b}, {b, a}} {
		if err := exchange(wait.Context(t), pair[0], pair[1]); err != nil {
			t.Error(err)
		}
	}
}

// What Check says of a server that does not work.
func TestCheckSaysWhatFails(t *testing.T) {
	s := start(t, nil)
	wrong := s.endpoint(UDP)
	wrong.Password = "another"
	nobody := s.endpoint(TCP)
	nobody.Address = "127.0.0.1:1"
	for name, tt := range map[string]struct {
		endpoint Endpoint
		want     string
	}{
		"wrong secret": {wrong, "makes no allocation"},
		"nobody":       {nobody, "cannot be reached"},
		"certificate":  {Endpoint{Address: s.addresses[TLS], Transport: TLS}, "certificate"},
	} {
		expectError(t, name, Check(wait.Context(t), tt.endpoint), tt.want)
	}
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	expectError(t, "silent", Check(ctx, Endpoint{Address: silent.LocalAddr().String(), Transport: UDP}), "makes no allocation")
}
