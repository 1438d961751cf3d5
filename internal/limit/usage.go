package limit

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Allowance is what all sessions of a client address may use together. Each zero value
// is no limit.
type Allowance struct {
	Packets, Bytes Rate
	// Held is how many bytes may be held in memory for them at a time.
	Held int64
}

func (a Allowance) times(n int) Allowance {
	return Allowance{a.Packets.Times(n), a.Bytes.Times(n), a.Held * int64(n)}
}

// Usages find the Usage of each client address.
type Usages struct {
	allowed Allowance
	all     *Usage // of all addresses, where only what is held is limited

	mu     sync.Mutex // guards recent
	recent *simplelru.LRU[netip.Prefix, *Usage]
}

// NewUsages allows so much to each address, and so many bytes to be held for all.
func NewUsages(perAddress Allowance, held int64) *Usages {
	recent, err := simplelru.NewLRU[netip.Prefix, *Usage](remembered, nil)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &Usages{allowed: perAddress, all: &Usage{allowed: Allowance{Held: held}}, recent: recent}
}

// Of is the usage of an address. That of a loopback address is limited only by what
// all may hold.
func (u *Usages) Of(addr netip.Addr) *Usage {
	if Exempt(addr) {
		return u.all
	}
	var groups [maxGroups]group
	u.mu.Lock()
	defer u.mu.Unlock()
	usage := u.all
	for _, g := range groupsOf(groups[:0], addr) {
		known, ok := u.recent.Get(g.prefix)
		if !ok {
			known = &Usage{allowed: u.allowed.times(g.share), within: usage}
			u.recent.Add(g.prefix, known)
		}
		usage = known
	}
	return usage
}

// Held is how many bytes are held for all.
func (u *Usages) Held() int64 { return u.all.held.Load() }

// Usage is what a client address has used, within what larger networks have, and all
// together.
type Usage struct {
	allowed Allowance
	within  *Usage // nil for that of all

	held atomic.Int64

	mu             sync.Mutex // guards what follows
	packets, bytes Bucket
}

// Charge counts packets, of so many bytes together, at a time of a clock that does not
// run backwards. It reports which of the limits that is over, if any.
func (u *Usage) Charge(count, size int, now time.Duration) (packets, bytes bool) {
	for ; u.within != nil; u = u.within {
		u.mu.Lock()
		packets = !u.packets.Take(float64(count), u.allowed.Packets, now)
		bytes = !u.bytes.Take(float64(size), u.allowed.Bytes, now)
		u.mu.Unlock()
		if packets || bytes {
			return packets, bytes
		}
	}
	return false, false
}

// Hold counts n more bytes that are held, or less if n is negative. It returns the
// usage that is over its limit, or nil.
func (u *Usage) Hold(n int) (over *Usage) {
	for ; u != nil; u = u.within {
		if held := u.held.Add(int64(n)); u.allowed.Held > 0 && held > u.allowed.Held {
			over = u
		}
	}
	return over
}

// Excess is how many bytes have to be released until a fourth of what may be held is
// free, so that there is room for a while. It is 0 unless more is held than may be.
func (u *Usage) Excess() int64 {
	if held := u.held.Load(); u.allowed.Held > 0 && held > u.allowed.Held {
		return held - u.allowed.Held*3/4
	}
	return 0
}

// IsWithin reports whether what counts for u counts for other too.
func (u *Usage) IsWithin(other *Usage) bool {
	for ; u != nil; u = u.within {
		if u == other {
			return true
		}
	}
	return false
}
