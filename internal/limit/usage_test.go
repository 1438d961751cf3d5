package limit

import (
	"net/netip"
	"testing"
	"time"
)

var allowed = Allowance{Packets: Rate{PerSecond: 1, Burst: 10}, Bytes: Rate{PerSecond: 1, Burst: 100}, Held: 1000}

// All sessions of an address share what it may send, and a network what its addresses may.
func TestUsageIsShared(t *testing.T) {
	usages := NewUsages(allowed, 0)
	of := func(text string) *Usage { return usages.Of(netip.MustParseAddr(text)) }
	for range 10 {
		if packets, bytes := of("192.0.2.1").Charge(1, 10, 0); packets || bytes {
			t.Fatal("refused before the burst was used up")
		}
	}
	if packets, bytes := of("192.0.2.1").Charge(1, 10, 0); !packets || !bytes {
		t.Errorf("past both bursts: packets %v, bytes %v", packets, bytes)
	}
	if packets, bytes := of("192.0.2.2").Charge(1, 101, 0); packets || !bytes {
		t.Errorf("too many bytes of another address: packets %v, bytes %v", packets, bytes)
	}
	if packets, _ := of("192.0.2.1").Charge(1, 0, time.Second); packets {
		t.Error("refused a second later")
	}
	sent := 0
	for i := range 10 { // of a /56, which has four times as much
		client := of("2001:db8:0:" + string('0'+rune(i)) + "::1")
		for range 10 {
			if packets, _ := client.Charge(1, 0, 0); !packets {
				sent++
			}
		}
	}
	if sent != 40 {
		t.Errorf("a /56 sent %d, want 40", sent)
	}
	for range 1000 {
		if packets, bytes := of("::1").Charge(1, 1000, 0); packets || bytes {
			t.Fatal("loopback is limited")
		}
	}
}

// What is held counts for the address, for its networks and for all.
func TestHeld(t *testing.T) {
	usages := NewUsages(allowed, 5000)
	one, other := usages.Of(netip.MustParseAddr("192.0.2.1")), usages.Of(netip.MustParseAddr("192.0.2.2"))
	local := usages.Of(netip.MustParseAddr("127.0.0.1"))
	if over := one.Hold(1000); over != nil {
		t.Error("at the limit, and over it")
	}
	if over := one.Hold(1); over != one || one.Excess() != 251 {
		t.Errorf("over the limit: %v, %d too many", over, one.Excess())
	}
	if over := other.Hold(500); over != nil || other.Excess() != 0 {
		t.Error("the other address is over its limit")
	}
	if over := local.Hold(4000); over != usages.all {
		t.Error("all together are not over theirs")
	}
	for usage, n := range map[*Usage]int{one: 1001, other: 500, local: 4000} {
		usage.Hold(-n)
	}
	if usages.Held() != 0 || one.held.Load() != 0 {
		t.Errorf("in the end %d are held", usages.Held())
	}
	if !one.IsWithin(usages.all) || one.IsWithin(other) || !one.IsWithin(one) {
		t.Error("it is wrong what is within what")
	}
}
