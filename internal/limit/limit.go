// Package limit bounds how much one client address may do. What it remembers
// is bounded too, whatever addresses arrive.
package limit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Rate is so many a second on average, and up to Burst at once. The zero Rate
// is no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Unlimited tells whether the rate is no limit.
func (r Rate) Unlimited() bool { return r.PerSecond <= 0 }

// remembered is for how many addresses a rate is kept. Beyond, the one that
// has been quiet for longest is forgotten, which makes a newcomer of it. An
// entry takes some 200 bytes.
const remembered = 16 << 10

// Addresses counts by client address: an IPv4 address, or a /64 of IPv6, which
// is what one customer gets. Loopback is not limited: it is a proxy that the
// server was not told of, behind which everybody would share one limit, or
// somebody who works on this machine.
type Addresses struct {
	rate    Rate
	maxHeld int // 0 is no limit

	mu     sync.Mutex // guards what follows
	recent *simplelru.LRU[netip.Prefix, *rate.Limiter]
	held   map[netip.Prefix]int // never zero, so bounded by what is held at all
}

// NewAddresses limits each address to a rate, and to a number of things held
// at once; 0 is no limit.
func NewAddresses(r Rate, maxHeld int) *Addresses {
	recent, err := simplelru.NewLRU[netip.Prefix, *rate.Limiter](remembered, nil)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &Addresses{rate: r, maxHeld: maxHeld, recent: recent, held: make(map[netip.Prefix]int)}
}

// Client is the part of an address that is counted as one client.
func Client(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // of an invalid address it is the zero prefix, one client
	return prefix
}

// exempt tells whether an address is this machine's own.
func exempt(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}

// Take uses one of what the rate allows. If there is none left, it tells after
// what time there is.
func (a *Addresses) Take(addr netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	if a.rate.Unlimited() || exempt(addr) {
		return 0, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	limiter := a.limiter(Client(addr))
	reservation := limiter.ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// limiter is called with the lock held.
func (a *Addresses) limiter(client netip.Prefix) *rate.Limiter {
	limiter, ok := a.recent.Get(client)
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(a.rate.PerSecond), a.rate.Burst)
		a.recent.Add(client, limiter)
	}
	return limiter
}

// Full tells whether the address holds all it may.
func (a *Addresses) Full(addr netip.Addr) bool {
	if a.maxHeld <= 0 || exempt(addr) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held[Client(addr)] >= a.maxHeld
}

// Hold counts one more thing that the address holds, until it is released.
func (a *Addresses) Hold(addr netip.Addr) (release func()) {
	if a.maxHeld <= 0 || exempt(addr) {
		return func() {}
	}
	client := Client(addr)
	a.mu.Lock()
	a.held[client]++
	a.mu.Unlock()
	return sync.OnceFunc(func() { a.letGo(client) })
}

func (a *Addresses) letGo(client netip.Prefix) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held[client]--; a.held[client] <= 0 {
		delete(a.held, client)
	}
}

// Tries bounds failures by a key of the caller's, such as an address and what
// it tries to guess.
type Tries struct {
	rate   Rate
	mu     sync.Mutex // guards recent
	recent *simplelru.LRU[string, *rate.Limiter]
}

// NewTries allows failures at a rate.
func NewTries(r Rate) *Tries {
	recent, err := simplelru.NewLRU[string, *rate.Limiter](remembered, nil)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &Tries{rate: r, recent: recent}
}

// Allowed tells whether one more try may be made now, or after what time.
func (t *Tries) Allowed(key string, now time.Time) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limiter, known := t.recent.Get(key)
	if !known {
		return 0, true
	}
	missing := 1 - limiter.TokensAt(now)
	if missing <= 0 {
		return 0, true
	}
	return time.Duration(missing / t.rate.PerSecond * float64(time.Second)), false
}

// Fail counts a try that failed.
func (t *Tries) Fail(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limiter, known := t.recent.Get(key)
	if !known {
		limiter = rate.NewLimiter(rate.Limit(t.rate.PerSecond), t.rate.Burst)
		t.recent.Add(key, limiter)
	}
	limiter.AllowN(now, 1)
}

// Bucket is a rate for one owner, without a lock. Its time is whatever clock
// the owner has.
type Bucket struct {
	spent float64 // of the burst
	last  time.Duration
}

// Take uses n of what the rate allows at time now, and tells whether that much
// was left. If not, nothing is used.
func (b *Bucket) Take(n float64, r Rate, now time.Duration) bool {
	if r.Unlimited() {
		return true
	}
	b.spent = max(b.spent-(now-b.last).Seconds()*r.PerSecond, 0)
	b.last = now
	if b.spent+n > float64(r.Burst) {
		return false
	}
	b.spent += n
	return true
}
