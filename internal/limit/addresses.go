package limit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Addresses counts by client address: an IPv4 address, or a /64 of IPv6, which
// is what one customer gets at least. Many get a /56 or a /48, which have room for
// several times as much; see groupsOf. Loopback is not limited: it is a program of
// this machine, or a proxy that the server was not told about, and all clients
// behind that would share one limit.
type Addresses struct {
	rate    Rate
	maxHeld int // 0 is no limit

	mu     sync.Mutex // guards what follows
	recent *simplelru.LRU[netip.Prefix, *rate.Limiter]
	held   map[netip.Prefix]int // never zero, so it has no more entries than things are held
}

// NewAddresses limits each address to a rate, and to maxHeld things held at
// once; 0 is no limit.
func NewAddresses(r Rate, maxHeld int) *Addresses {
	return &Addresses{rate: r, maxHeld: maxHeld, recent: newLRU[netip.Prefix, *rate.Limiter](), held: make(map[netip.Prefix]int)}
}

// Client is the part of an address that counts as one client.
func Client(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // the zero prefix for an invalid address: all of these are one client
	return prefix
}

// group is addresses that share a limit, which is that of a client times share.
type group struct {
	prefix netip.Prefix
	share  int
}

// maxGroups is how many groups an address belongs to at most.
const maxGroups = 3

// groupsOf appends the groups that an address counts in, the largest first: who has
// a large network has 65,536 clients in it, and would have their limits. Several
// customers of a provider may share one, so it has more room than a client.
func groupsOf(all []group, addr netip.Addr) []group {
	client := Client(addr)
	if client.Addr().Is6() {
		for _, wide := range []struct{ bits, share int }{{48, 16}, {56, 4}} {
			prefix, _ := client.Addr().Prefix(wide.bits) // these bits are valid
			all = append(all, group{prefix, wide.share})
		}
	}
	return append(all, group{client, 1})
}

// Network is addresses that share a limit: Share times that of a client.
type Network struct {
	Prefix netip.Prefix
	Share  int
}

// Networks are those that an address counts in, the largest first and its client last,
// for limits that are counted elsewhere.
func Networks(addr netip.Addr) []Network {
	var groups [maxGroups]group
	var all []Network
	for _, g := range groupsOf(groups[:0], addr) {
		all = append(all, Network{g.prefix, g.share})
	}
	return all
}

// Exempt reports whether an address is this machine's own.
func Exempt(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}

// Take uses one of what the rate allows. If none is left, it uses nothing and
// returns the time to wait for the next.
func (a *Addresses) Take(addr netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	if a.rate.Unlimited() || Exempt(addr) {
		return 0, true
	}
	var groups [maxGroups]group
	var taken [maxGroups]*rate.Reservation
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, g := range groupsOf(groups[:0], addr) {
		taken[i] = a.limiter(g).ReserveN(now, 1)
		if wait = taken[i].DelayFrom(now); wait > 0 {
			for _, reservation := range taken[:i+1] {
				reservation.CancelAt(now)
			}
			return wait, false
		}
	}
	return 0, true
}

// limiter is called with the lock held.
func (a *Addresses) limiter(g group) *rate.Limiter {
	limiter, known := a.recent.Get(g.prefix)
	if !known {
		limiter = a.rate.Times(g.share).limiter()
		a.recent.Add(g.prefix, limiter)
	}
	return limiter
}

// Hold counts one more thing that the address holds, until release is called. It
// fails, and counts nothing, if the address holds as much as it may.
func (a *Addresses) Hold(addr netip.Addr) (release func(), ok bool) {
	if a.maxHeld <= 0 || Exempt(addr) {
		return func() {}, true
	}
	var groups [maxGroups]group
	all := groupsOf(groups[:0], addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range all {
		if a.held[g.prefix] >= g.share*a.maxHeld {
			return nil, false
		}
	}
	for _, g := range all {
		a.held[g.prefix]++
	}
	return sync.OnceFunc(func() { a.release(addr) }), true
}

func (a *Addresses) release(addr netip.Addr) {
	var groups [maxGroups]group
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range groupsOf(groups[:0], addr) {
		if a.held[g.prefix]--; a.held[g.prefix] <= 0 {
			delete(a.held, g.prefix)
		}
	}
}
