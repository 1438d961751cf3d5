package limit

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestClient(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"192.0.2.7", "192.0.2.7/32"},
		{"::ffff:192.0.2.7", "192.0.2.7/32"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"fe80::1%eth0", "fe80::/64"},
	}
	for _, test := range tests {
		if got := Client(netip.MustParseAddr(test.addr)).String(); got != test.want {
			t.Errorf("Client(%s) = %s, want %s", test.addr, got, test.want)
		}
	}
}

func TestTake(t *testing.T) {
	a := NewAddresses(Rate{PerSecond: 2, Burst: 3}, 0)
	addr, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	now := time.Unix(1000, 0)
	for i := range 3 {
		if _, ok := a.Take(addr, now); !ok {
			t.Fatalf("%d of the burst was refused", i)
		}
	}
	for range 5 { // being refused costs nothing
		if wait, ok := a.Take(addr, now); ok || wait != 500*time.Millisecond {
			t.Fatalf("past the burst: %v, %v", wait, ok)
		}
	}
	if _, ok := a.Take(other, now); !ok {
		t.Error("another address was refused")
	}
	if _, ok := a.Take(addr, now.Add(500*time.Millisecond)); !ok {
		t.Error("refused after the time it was told to wait")
	}
}

func TestHold(t *testing.T) {
	a := NewAddresses(Rate{}, 2)
	addr := netip.MustParseAddr("2001:db8::1")
	neighbour := netip.MustParseAddr("2001:db8::2")
	release, _ := a.Hold(addr)
	if _, ok := a.Hold(neighbour); !ok {
		t.Error("the second of two was refused")
	}
	if _, ok := a.Hold(addr); ok {
		t.Error("two of two, and not full")
	}
	release()
	release() // once counts
	if a.held[Client(addr)] != 1 {
		t.Errorf("after a release: %v", a.held)
	}
	if _, ok := a.Hold(addr); !ok {
		t.Error("what was released cannot be held")
	}
}

// However many come at once, no more than allowed are held.
func TestHoldAtOnce(t *testing.T) {
	a := NewAddresses(Rate{}, 10)
	var held atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, ok := a.Hold(netip.MustParseAddr("192.0.2.1")); ok {
				held.Add(1)
			}
		})
	}
	all.Wait()
	if held.Load() != 10 {
		t.Errorf("%d hold something, 10 may", held.Load())
	}
}

// A network of IPv6 has the limits of a few clients, not those of all the /64 in it.
func TestNetworksAreLimited(t *testing.T) {
	const perClient = 5
	for _, test := range []struct {
		network string
		step    int // between two of its clients, in their last byte that counts
		share   int
	}{
		{"2001:db8:1::", 0, 1},
		{"2001:db8:2::", 1, 4},    // a /56, of 256 clients
		{"2001:db8:3::", 256, 16}, // a /48, of 256 networks of which one client each comes
	} {
		a := NewAddresses(Rate{PerSecond: 1e-9, Burst: perClient}, perClient)
		addr, now := netip.MustParseAddr(test.network), time.Unix(1000, 0)
		var releases []func()
		taken := 0
		for i := range 40 * perClient {
			b := addr.As16()
			binary.BigEndian.PutUint16(b[6:], uint16(i*test.step))
			if release, ok := a.Hold(netip.AddrFrom16(b)); ok {
				releases = append(releases, release)
			}
			if _, ok := a.Take(netip.AddrFrom16(b), now); ok {
				taken++
			}
		}
		if want := perClient * test.share; len(releases) != want || taken != want {
			t.Errorf("%s: %d held and %d taken, want %d", test.network, len(releases), taken, want)
		}
		if _, ok := a.Take(netip.MustParseAddr("2001:db8:ffff::1"), now); !ok {
			t.Errorf("%s: another network was refused", test.network)
		}
		for _, release := range releases {
			release()
		}
		if len(a.held) != 0 {
			t.Errorf("%s: after all releases: %v", test.network, a.held)
		}
	}
}

func TestLoopbackIsExempt(t *testing.T) {
	a := NewAddresses(Rate{PerSecond: 1, Burst: 1}, 1)
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		addr := netip.MustParseAddr(text)
		for range 10 {
			_, taken := a.Take(addr, time.Now())
			if _, held := a.Hold(addr); !taken || !held {
				t.Errorf("%s is limited", text)
			}
		}
	}
}

// Whatever addresses arrive, what is remembered stays small.
func TestMemoryIsBounded(t *testing.T) {
	a := NewAddresses(Rate{PerSecond: 1, Burst: 1}, 1)
	for i := range uint64(3 * remembered) {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], 0x2001_0db8_0000_0000+i)
		addr := netip.AddrFrom16(b)
		a.Take(addr, time.Now())
		release, _ := a.Hold(addr)
		release()
	}
	if a.recent.Len() > remembered || len(a.held) != 0 {
		t.Errorf("%d rates and %d holders are remembered", a.recent.Len(), len(a.held))
	}
}
