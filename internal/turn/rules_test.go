package turn

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/ice"
	"vidchat/internal/limit"
)

func expectError(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: the error is %v, want %q in it", what, err, want)
	}
}

func (s *testServer) expectRefused(t *testing.T, reason refusal, want uint64) {
	t.Helper()
	wait.Until(t, "it counts what was refused: "+string(reason), func() bool { return s.metrics.refusals[reason].Load() >= want })
}

// A credential of another secret, of the past, or of no known form.
func TestBadCredentials(t *testing.T) {
	s := start(t, nil)
	good := s.endpoint(UDP)
	expired, password := ice.Credential(secret, "alice", time.Now().Add(-time.Second))
	for name, credential := range map[string][2]string{
		"another secret": {good.Username, ice.Password("another", good.Username)},
		"expired":        {expired, password},
		"no time":        {"alice", ice.Password(secret, "alice")},
		"no number":      {"x:alice", ice.Password(secret, "x:alice")},
		"empty":          {"", ""},
	} {
		e := good
		e.Username, e.Password = credential[0], credential[1]
		_, err := dial(t, e).Allocate()
		if err == nil {
			t.Errorf("%s: it has an allocation", name)
		}
	}
	s.expectRefused(t, refusedCredential, 4)
	if s.Allocations() != 0 {
		t.Errorf("there are %d allocations", s.Allocations())
	}
}

// An allocation outlives its credential: a call may last longer.
func TestAllocationOutlivesItsCredential(t *testing.T) {
	var later atomic.Int64
	s := start(t, func(c *Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	e := s.endpoint(UDP)
	a, b := allocate(t, e), allocate(t, e)
	later.Store(int64(5 * time.Hour))
	if err := exchange(wait.Context(t), a, b); err != nil { // asks for permissions
		t.Error(err)
	}
	if _, err := dial(t, e).Allocate(); err == nil {
		t.Error("the credential makes another allocation")
	}
}

func TestNobodyRelaysIntoNetworks(t *testing.T) {
	p := peers{public: []netip.Addr{netip.MustParseAddr("198.100.0.1"), {}}, minPort: 50_000, maxPort: 50_100}
	for _, addr := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:db8::1",
		"2002:7f00:1::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	} {
		if p.allowed(netip.MustParseAddr(addr)) || p.allowedPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 50_000)) {
			t.Errorf("%s is allowed", addr)
		}
	}
	for _, addr := range []string{"8.8.8.8", "192.0.3.1", "100.128.0.1", "172.32.0.1", "2001:4860:4860::8888", "2a01:4f8::1"} {
		if !p.allowed(netip.MustParseAddr(addr)) || !p.allowedPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 1000)) {
			t.Errorf("%s is forbidden", addr)
		}
	}
	for addr, want := range map[string]bool{
		"198.100.0.1:50000": true, "198.100.0.1:50100": true, "198.100.0.1:22": false, "198.100.0.1:50101": false, "8.8.8.8:0": false,
	} {
		if got := p.allowedPort(netip.MustParseAddrPort(addr)); got != want {
			t.Errorf("%s is allowed: %v", addr, got)
		}
	}
}

// A forbidden peer is refused when a client asks for it.
func TestForbiddenPeers(t *testing.T) {
	s := start(t, nil)
	relay := allocate(t, s.endpoint(UDP))
	for _, peer := range []string{"10.0.0.1:1000", "127.0.0.2:1000", "169.254.169.254:80"} {
		addr := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(peer))
		if _, err := relay.WriteTo([]byte("x"), addr); err == nil {
			t.Errorf("it relays to %s", peer)
		}
	}
	s.expectRefused(t, refusedPeer, 3)
	// Forms of IPv6 that carry an address of IPv4, as they come from the library.
	for _, peer := range []string{"::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::1", "::a00:1"} {
		if s.permit(nil, net.ParseIP(peer).To16()) {
			t.Errorf("%s is permitted", peer)
		}
	}
	if s.permit(nil, nil) {
		t.Error("no address is permitted")
	}
}

// Programs on this machine can be reached by no relay, and reach none, even where
// the port is in the range of the relays.
func TestThisMachineIsNoPeer(t *testing.T) {
	s := start(t, nil)
	program, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	a, b := allocate(t, s.endpoint(UDP)), allocate(t, s.endpoint(UDP))
	inRange := inRangeProgram(t)
	defer inRange.Close()
	for i, p := range []net.PacketConn{program, inRange} {
		if _, err := a.WriteTo([]byte("secret"), p.LocalAddr()); err != nil {
			t.Fatal(err) // permitted, since relays have the same address
		}
		s.expectRefused(t, refusedPeer, uint64(i+1))
		if _, err := p.WriteTo([]byte("from a program"), a.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if err := exchange(wait.Context(t), b, a); err != nil {
		t.Error(err)
	}
	for _, p := range []net.PacketConn{program, inRange} {
		_ = p.SetReadDeadline(time.Now().Add(time.Millisecond))
		if n, _, err := p.ReadFrom(make([]byte, 10)); err == nil {
			t.Errorf("a program received %d bytes", n)
		}
	}
}

// inRangeProgram listens on a port of the relays' range.
func inRangeProgram(t *testing.T) net.PacketConn {
	t.Helper()
	for port := 29_999; port > 20_000; port-- {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice(), Port: port})
		if err == nil {
			return conn
		}
	}
	t.Fatal("no port is free")
	return nil
}

// TCP is not relayed (RFC 6062), nor anything on a port out of the range.
func TestOnlyUDPIsRelayed(t *testing.T) {
	s := start(t, nil)
	if _, err := dial(t, s.endpoint(TCP)).AllocateTCP(); err == nil {
		t.Error("it relays TCP")
	}
	if _, err := s.relays.AllocateConn(turn.AllocateConnConfig{}); err == nil {
		t.Error("it connects to a peer over TCP")
	}
	for _, request := range []turn.AllocateListenerConfig{
		{Network: "udp4", RequestedPort: 4000}, {Network: "udp4", RequestedPort: 30_000}, {Network: "udp6"},
	} {
		if _, _, err := s.relays.AllocatePacketConn(request); err == nil {
			t.Errorf("%+v is allowed", request)
		}
	}
	conn, address, err := s.relays.AllocatePacketConn(turn.AllocateListenerConfig{Network: "udp4", RequestedPort: 20_001})
	if err != nil {
		t.Fatalf("a port of the range: %v", err)
	}
	if got := addrPortOf(address).Port(); got != 20_001 {
		t.Errorf("port 20001 was asked for, and is %d", got)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestQuotas(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		want   refusal
	}{
		"user":    {func(c *Config) { c.PerUser = 3 }, refusedUserQuota},
		"address": {func(c *Config) { c.PerAddress = 3 }, refusedAddressQuota},
		"total":   {func(c *Config) { c.Total = 3 }, refusedTotalQuota},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, tt.change)
			e := s.endpoint(UDP)
			first := allocate(t, e)
			allocate(t, e)
			allocate(t, e)
			if _, err := dial(t, e).Allocate(); err == nil {
				t.Error("a fourth allocation")
			}
			s.expectRefused(t, tt.want, 1)
			_ = first.Close() // tells the server
			wait.Until(t, "one has ended", func() bool { return s.Allocations() == 2 })
			allocate(t, e)
		})
	}
}

// Who has a large network of IPv6 does not have the quota of each address in it.
func TestQuotasOfNetworks(t *testing.T) {
	for name, tt := range map[string]struct {
		address func(i int) netip.Addr
		most    int
	}{
		"addresses of IPv4": {func(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 100, byte(i >> 8), byte(i)}) }, 1000},
		"a /64":             {func(i int) netip.Addr { return ipv6(0, 0, byte(i)) }, 2},
		"a /56":             {func(i int) netip.Addr { return ipv6(0, byte(i), 1) }, 8},
		"a /48":             {func(i int) netip.Addr { return ipv6(byte(i), byte(i>>8), 1) }, 32},
	} {
		q, n := newQuota(0, 2, 0), 0
		for i := range 1000 {
			client := tt.address(i)
			if _, ok := q.reserve("u", client, time.Now()); ok {
				q.created("u", client)
				n++
			}
		}
		if n != tt.most {
			t.Errorf("%s: %d allocations of 1000, want %d", name, n, tt.most)
		}
		if len(q.reservations) != 0 {
			t.Errorf("%s: %d reservations are left", name, len(q.reservations))
		}
	}
}

// ipv6 is an address with a /48, the next two bytes, and an end.
func ipv6(a, b, end byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0x2a, 0x01, 0x04, 0xf8, 0, 0, a, b, 15: end})
}

// Reservations that come to nothing end.
func TestReservationsEnd(t *testing.T) {
	q := newQuota(2, 0, 0)
	now := time.Now()
	var nobody netip.Addr
	reserve := func() bool { _, ok := q.reserve("u", nobody, now); return ok }
	for i, want := range []bool{true, true, false} {
		if reserve() != want {
			t.Errorf("reservation %d of two: %v", i+1, !want)
		}
	}
	q.created("u", nobody)
	now = now.Add(reservationTime)
	for i, want := range []bool{true, false} {
		if reserve() != want {
			t.Errorf("reservation %d beside an allocation of two: %v", i+1, !want)
		}
	}
	q.created("u", nobody)
	q.deleted("u", nobody)
	q.deleted("u", nobody)
	if len(q.users) != 0 || len(q.addresses) != 0 || q.count() != 0 || len(q.reservations) != 0 {
		t.Errorf("left: %+v", q)
	}
}

// What is over the bandwidth is dropped, in both directions.
func TestBandwidth(t *testing.T) {
	s := start(t, func(c *Config) { c.Bandwidth = 5000 })
	a, b := allocate(t, s.endpoint(UDP)), allocate(t, s.endpoint(UDP))
	if err := exchange(wait.Context(t), a, b); err != nil {
		t.Fatal(err)
	}
	for range 20 { // 20,000 bytes
		if _, err := a.WriteTo(make([]byte, 1000), b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	wait.Until(t, "some are dropped", func() bool { return s.metrics.dropped.Load() > 0 })
}

// Whoever sends to a relay without a permission takes no bandwidth of its peers.
func TestStrangersTakeNoBandwidth(t *testing.T) {
	r := newRelay(&relays{bandwidth: limit.Rate{PerSecond: 1000, Burst: 1000}, started: time.Now(), metrics: newMetrics()}, nil, netip.AddrPort{}, nil)
	peer, stranger := netip.MustParseAddrPort("8.8.8.8:1000"), netip.MustParseAddrPort("8.8.4.4:1000")
	r.setPermitted(peer.Addr(), true)
	if _, ok := r.takeToClient(900, stranger); ok {
		t.Error("a stranger's packet is relayed")
	}
	if _, ok := r.takeToClient(900, peer); !ok {
		t.Error("a peer does not have the bandwidth")
	}
	if _, ok := r.takeToClient(900, peer); ok || r.relays.metrics.toClients.Load() != 900 || r.relays.metrics.dropped.Load() != 1 {
		t.Error("a peer has more than the bandwidth, or the counts are wrong")
	}
}

// A machine may have more addresses than the one that callers use.
func TestOtherAddressesOfThisMachine(t *testing.T) {
	other := netip.MustParseAddr("198.100.0.2")
	p := peers{public: []netip.Addr{netip.MustParseAddr("198.100.0.1")}, local: []netip.Addr{other}, minPort: 1, maxPort: 65535}
	if p.allowed(other) || p.allowedPort(netip.AddrPortFrom(other, 22)) {
		t.Error("it relays to another address of this machine")
	}
}

// Before it has an allocation, a client is answered only so often, and a
// connection ends.
func TestStrangersAreLimited(t *testing.T) {
	s := start(t, nil)
	from := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)} // an address without exemptions
	conn, err := net.DialUDP("udp4", from, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s.addresses[UDP])))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	binding := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	wait.Until(t, "packets are dropped", func() bool {
		for range 100 {
			if _, err := conn.Write(binding.Raw); err != nil {
				t.Fatal(err)
			}
		}
		return s.metrics.refusals[refusedRate].Load() > 0
	})
	var streams []net.Conn
	for range streamsPerAddress + 1 {
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("tcp4", s.addresses[TCP])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		streams = append(streams, c)
	}
	s.expectRefused(t, refusedStreams, 1)
	for _, c := range streams {
		_ = c.SetReadDeadline(time.Now().Add(unallocatedTime + wait.Timeout))
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection without an allocation got something")
		} else if netErr, ok := err.(net.Error); ok && netErr.Timeout() {
			t.Fatal("a connection without an allocation lives on")
		}
	}
}
