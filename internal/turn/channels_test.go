package turn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"vidchat/internal/enginetest/wait"
)

// testChannel is the channel that each caller of these tests has for the other.
const testChannel = 0x4001

// caller is a client over UDP that does nothing by itself.
type caller struct {
	*net.UDPConn
	testing.TB
	relay *relay // of the server
	auth  []stun.Setter
}

// call makes two callers with an allocation, and channels for each other.
func (s *testServer) call(t testing.TB, host string) (a, b *caller) {
	t.Helper()
	a, b = s.caller(t, host), s.caller(t, host)
	a.bind(b)
	b.bind(a)
	return a, b
}

func (s *testServer) caller(t testing.TB, host string) *caller {
	t.Helper()
	e := s.endpoint(UDP)
	port := netip.MustParseAddrPort(e.Address).Port()
	conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(host), Port: int(port)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := &caller{UDPConn: conn, TB: t}
	transport := stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}
	family := stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{1, 0, 0, 0}}
	if netip.MustParseAddr(host).Is6() {
		family.Value[0] = 2
	}
	var nonce stun.Nonce
	if err := nonce.GetFrom(c.ask(stun.MethodAllocate, transport)); err != nil {
		t.Fatal(err)
	}
	c.auth = []stun.Setter{
		stun.NewUsername(e.Username), stun.NewRealm(Realm), nonce, stun.NewLongTermIntegrity(e.Username, Realm, e.Password),
	}
	var relayed stun.XORMappedAddress
	if err := relayed.GetFromAs(c.ask(stun.MethodAllocate, transport, family), stun.AttrXORRelayedAddress); err != nil {
		t.Fatal(err)
	}
	c.relay = s.relays.find(addrPortOf(&net.UDPAddr{IP: relayed.IP, Port: relayed.Port}))
	return c
}

// ask sends a request until it is answered, and returns the answer. What was sent
// before has been handled then.
func (c *caller) ask(method stun.Method, attributes ...stun.Setter) *stun.Message {
	c.Helper()
	setters := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
	request := stun.MustBuild(append(setters, c.auth...)...)
	for deadline := time.Now().Add(wait.Timeout); time.Now().Before(deadline); {
		c.send(request.Raw)
		for answer := range c.received(time.Second) {
			m := &stun.Message{Raw: answer}
			if stun.IsMessage(answer) && m.Decode() == nil && m.TransactionID == request.TransactionID {
				return m
			}
		}
	}
	c.Fatalf("no answer to %v", method)
	return nil
}

// received is the packets that come until none has come for some time.
func (c *caller) received(silence time.Duration) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for {
			p := make([]byte, 2000)
			_ = c.SetReadDeadline(time.Now().Add(silence)) // an open socket has deadlines
			n, err := c.Read(p)
			if err != nil || !yield(p[:n]) {
				return
			}
		}
	}
}

func (c *caller) send(packet []byte) {
	c.Helper()
	if _, err := c.Write(packet); err != nil {
		c.Fatal(err)
	}
}

// expect waits for a packet.
func (c *caller) expect(what string, want func([]byte) bool) {
	c.Helper()
	for packet := range c.received(wait.Timeout) {
		if !want(packet) {
			c.Errorf("%s: a packet of %d bytes is another one", what, len(packet))
		}
		return
	}
	c.Fatalf("%s: no packet comes", what)
}

// bind binds a channel to the other's relay, which makes a permission too.
func (c *caller) bind(other *caller) {
	c.Helper()
	number := stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{testChannel >> 8, testChannel & 0xff, 0, 0}}
	c.succeed(c.ask(stun.MethodChannelBind, number, peerAddress(other)))
}

func (c *caller) succeed(answer *stun.Message) {
	c.Helper()
	if answer.Type.Class != stun.ClassSuccessResponse {
		c.Fatalf("%v is refused", answer.Type)
	}
}

// end ends the allocation.
func (c *caller) end() {
	c.Helper()
	c.succeed(c.ask(stun.MethodRefresh, stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)}))
}

// sendByRelay sends from the relay's socket to that of another.
func (c *caller) sendByRelay(to *caller, data []byte) {
	c.Helper()
	if _, err := c.relay.WriteToUDPAddrPort(data, netip.AddrPortFrom(loopback, to.relay.address.Port())); err != nil {
		c.Fatal(err)
	}
}

func (c *caller) channels() int {
	c.relay.mu.Lock()
	defer c.relay.mu.Unlock()
	return len(c.relay.channels) + len(c.relay.numbers)
}

func (c *caller) permissions() int {
	c.relay.mu.Lock()
	defer c.relay.mu.Unlock()
	return len(c.relay.permitted)
}

type peerAttribute stun.XORMappedAddress

// AddTo implements stun.Setter.
func (a peerAttribute) AddTo(m *stun.Message) error {
	return stun.XORMappedAddress(a).AddToAs(m, stun.AttrXORPeerAddress)
}

func peerAddress(c *caller) stun.Setter {
	return peerAttribute{IP: c.relay.address.Addr().AsSlice(), Port: int(c.relay.address.Port())}
}

// onChannel is a ChannelData message.
func onChannel(number uint16, data string) []byte {
	packet := binary.BigEndian.AppendUint16(nil, number)
	return append(binary.BigEndian.AppendUint16(packet, uint16(len(data))), data...)
}

func equals(want []byte) func([]byte) bool {
	return func(got []byte) bool { return bytes.Equal(got, want) }
}

func isIndication(packet []byte) bool {
	m := &stun.Message{Raw: packet}
	return m.Decode() == nil && m.Type.Method == stun.MethodData
}

// Media passes on channels, in every family of addresses, and nothing else does.
func TestChannels(t *testing.T) {
	for name, tt := range map[string]struct{ network, listen, host string }{
		"IPv4":                           {"udp4", "127.0.0.1", "127.0.0.1"},
		"IPv4 of a socket that has both": {"udp", "::", "127.0.0.1"},
		"IPv6":                           {"udp6", "::1", "::1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startOn(t, tt.network, tt.listen, func(c *Config) { c.Public6 = netip.IPv6Loopback() })
			a, b := s.call(t, tt.host)
			for _, data := range []string{"", "x", "four", string(make([]byte, 1400))} {
				packet := onChannel(testChannel, data)
				a.send(packet)
				b.expect("from a", equals(packet))
				b.send(append(packet, 0, 0, 0)) // padding
				a.expect("from b", equals(packet))
			}
			if n := s.metrics.toPeers.Load(); n != 2*1405 || n != s.metrics.toClients.Load() {
				t.Errorf("%d bytes to peers and %d to clients are counted, want %d", n, s.metrics.toClients.Load(), 2*1405)
			}
			for what, packet := range map[string][]byte{
				"another channel": onChannel(testChannel+1, "x"), "too short": onChannel(testChannel, "xy")[:5], "no channel": onChannel(0x8001, "x"),
				"only half a header": onChannel(testChannel, "")[:2], "too long": onChannel(testChannel, string(make([]byte, 1700))),
			} {
				a.send(packet)
				a.ask(stun.MethodBinding)
				if s.metrics.toPeers.Load() != 2*1405 {
					t.Fatalf("%s: it is relayed", what)
				}
			}
		})
	}
}

// A peer that is no client over UDP with a channel is reached by the socket of the relay,
// and reaches the client by it.
func TestChannelsToOtherPeers(t *testing.T) {
	s := start(t, nil)
	a, b := s.caller(t, "127.0.0.1"), s.caller(t, "127.0.0.1")
	a.bind(b)
	b.succeed(b.ask(stun.MethodCreatePermission, peerAddress(a)))
	a.send(onChannel(testChannel, "data"))
	b.expect("from a", isIndication)
	b.sendByRelay(a, []byte("data"))
	a.expect("from b", equals(onChannel(testChannel, "data")))
	b.sendByRelay(a, make([]byte, 1600)) // cut off
	b.sendByRelay(a, []byte("next"))
	a.expect("after a long packet", equals(onChannel(testChannel, "next")))
}

// A channel ends before the permission does. The peer's packets are still relayed, but
// not on the channel.
func TestChannelsExpire(t *testing.T) {
	s := start(t, func(c *Config) { c.channelTime = 200 * time.Millisecond })
	a, b := s.call(t, "127.0.0.1")
	wait.Until(t, "the channels end", func() bool { return a.channels() == 0 && b.channels() == 0 })
	a.send(onChannel(testChannel, "late"))
	a.ask(stun.MethodBinding)
	if n := s.metrics.toPeers.Load(); n != 0 {
		t.Fatalf("%d bytes are relayed on a channel that has ended", n)
	}
	b.send(stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAddress(a),
		stun.RawAttribute{Type: stun.AttrData, Value: []byte("data")}).Raw)
	a.expect("from b", isIndication)
}

// A channel relays nothing, in either direction, after its permission has ended.
func TestPermissionsExpire(t *testing.T) {
	s := start(t, func(c *Config) { c.permissionTime = 200 * time.Millisecond })
	a, b := s.call(t, "127.0.0.1")
	wait.Until(t, "the permissions end", func() bool { return a.permissions() == 0 && b.permissions() == 0 })
	a.send(onChannel(testChannel, "late"))
	s.expectRefused(t, refusedPermission, 1)
	b.sendByRelay(a, []byte("late"))
	s.expectRefused(t, refusedPermission, 2)
	if s.metrics.toPeers.Load() != 0 || s.metrics.toClients.Load() != 0 {
		t.Error("it relays without a permission")
	}
}

// Nothing is relayed for an allocation that has ended, or to it, and nothing is kept of
// it. The client may make another one.
func TestChannelsEndWithTheAllocation(t *testing.T) {
	s := start(t, nil)
	a, b := s.call(t, "127.0.0.1")
	listener := a.relay.listener
	a.end()
	a.send(onChannel(testChannel, "late"))
	a.ask(stun.MethodBinding)
	b.send(onChannel(testChannel, "late"))
	s.expectRefused(t, refusedPeer, 1) // a's relay is none any more
	if s.metrics.toPeers.Load() != 0 || s.metrics.toClients.Load() != 0 {
		t.Error("it relays after the allocation has ended")
	}
	client := addrPortOf(a.LocalAddr())
	if listener.clients.find(client) != nil || s.relays.isOpen(a.relay.address) {
		t.Error("the client or its relay is still known")
	}
	if _, err := a.relay.WriteToUDPAddrPort([]byte("late"), b.relay.address); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the relay's socket is open: %v", err)
	}
	b.end()
	if listener.clients.find(addrPortOf(b.LocalAddr())) != nil {
		t.Error("the other client is still known")
	}
	a.succeed(a.ask(stun.MethodAllocate, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}))
	if listener.clients.find(client) == nil {
		t.Error("a client is not known by its second allocation")
	}
}

// The media of a call makes no garbage.
func TestChannelsMakeNoGarbage(t *testing.T) {
	for name, once := range relayOnce(t) {
		if n := testing.AllocsPerRun(200, once); n != 0 {
			t.Errorf("%s: %v allocations per packet", name, n)
		}
	}
}

func BenchmarkChannels(b *testing.B) {
	for name, once := range relayOnce(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				once()
			}
		})
	}
}

// relayOnce returns functions that have a packet relayed: to another client, and from a
// peer's socket to a client.
func relayOnce(t testing.TB) map[string]func() {
	a, b := start(t, nil).call(t, "127.0.0.1")
	data, got := make([]byte, 1000), make([]byte, 2000)
	packet := onChannel(testChannel, string(data))
	receive := func(c *caller) {
		_ = c.SetReadDeadline(time.Now().Add(wait.Timeout)) // an open socket has deadlines
		if n, err := c.Read(got); err != nil || n != len(packet) {
			t.Fatalf("%d bytes come of %d: %v", n, len(packet), err)
		}
	}
	return map[string]func(){
		"to a client": func() { a.send(packet); receive(b) },
		"from a peer": func() { b.sendByRelay(a, data); receive(a) },
	}
}

// What is taken for ChannelData is what was written.
func FuzzChannelData(f *testing.F) {
	for _, seed := range [][]byte{nil, {0x40}, onChannel(testChannel, "x"), onChannel(0x7fff, ""), onChannel(0x8000, "x"), {0x40, 0, 0xff, 0xff, 1}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		number, data, ok := parseChannelData(packet)
		if !ok {
			return
		}
		if number < 0x4000 || number > 0x7fff {
			t.Errorf("channel %x", number)
		}
		written := make([]byte, channelHeader, channelHeader+len(data))
		putChannelHeader(written, number, len(data))
		if written = append(written, data...); !bytes.HasPrefix(packet, written) {
			t.Errorf("%x becomes %x", packet, written)
		}
	})
}
