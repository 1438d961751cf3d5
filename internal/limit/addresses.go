package limit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Addresses counts by client address: an IPv4 address, or a /64 of IPv6, which
// is what one customer gets. Loopback is not limited: it is a program of
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

// exempt reports whether an address is this machine's own.
func exempt(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}

// Take uses one of what the rate allows. If none is left, it uses nothing and
// returns the time to wait for the next.
func (a *Addresses) Take(addr netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	if a.rate.Unlimited() || exempt(addr) {
		return 0, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	reservation := a.limiter(Client(addr)).ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// limiter is called with the lock held.
func (a *Addresses) limiter(client netip.Prefix) *rate.Limiter {
	limiter, known := a.recent.Get(client)
	if !known {
		limiter = a.rate.limiter()
		a.recent.Add(client, limiter)
	}
	return limiter
}

// Hold counts one more thing that the address holds, until release is called. It
// fails, and counts nothing, if the address holds as much as it may.
func (a *Addresses) Hold(addr netip.Addr) (release func(), ok bool) {
	if a.maxHeld <= 0 || exempt(addr) {
		return func() {}, true
	}
	client := Client(addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held[client] >= a.maxHeld {
		return nil, false
	}
	a.held[client]++
	return sync.OnceFunc(func() { a.release(client) }), true
}

func (a *Addresses) release(client netip.Prefix) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held[client]--; a.held[client] <= 0 {
		delete(a.held, client)
	}
}
