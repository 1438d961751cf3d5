package limit

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// TryRates are the rates of Tries. Each zero Rate is no limit.
type TryRates struct {
	Pair   Rate // of one client at one target
	Client Rate // of one client at all targets
	// Fresh and Known are of all clients together at one target: Known of those that
	// failed there before, and Fresh of all others. So clients that fail do not use up
	// the tries of others.
	Fresh, Known Rate
	Loopback     bool // whether loopback addresses are limited too; see Addresses
}

// Tries bounds what clients try at targets, such as a password at a room. A try is
// taken before it is made, since several may be made at the same time, and is given
// back if it succeeds.
//
// Only what has failed is kept, so what a client does successfully makes Tries
// forget nothing, and TryRates.Client bounds how much one client can make it keep.
type Tries struct {
	rates TryRates
	seed  maphash.Seed
	began time.Time

	mu      sync.Mutex // guards what follows
	pairs   *simplelru.LRU[pair, *pairTries]
	clients *simplelru.LRU[netip.Prefix, *Bucket]
	targets *simplelru.LRU[uint64, *targetTries]
}

// pair is a client and a target.
type pair struct {
	client netip.Prefix
	target uint64
}

type pairTries struct {
	Bucket
	failed int // tries that were not given back
	last   time.Duration
}

type targetTries struct{ fresh, known Bucket }

var (
	loopback4 = Client(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	loopback6 = Client(netip.IPv6Loopback())
)

// IsLoopback reports whether a client is this machine itself; see Addresses.
func IsLoopback(client netip.Prefix) bool { return client == loopback4 || client == loopback6 }

// knownTime is how long a client that failed is told from others.
const knownTime = time.Hour

// NewTries allows tries at these rates.
func NewTries(rates TryRates) *Tries {
	return &Tries{
		rates: rates, seed: maphash.MakeSeed(), began: time.Now(),
		pairs: newLRU[pair, *pairTries](), clients: newLRU[netip.Prefix, *Bucket](), targets: newLRU[uint64, *targetTries](),
	}
}

// try is one try and what it counts against.
type try struct {
	tries  *Tries
	key    pair
	pair   *pairTries
	client *Bucket
	target *targetTries
	shared *Bucket // of the target
}

// Take takes a try of a client at a target. giveBack is to be called, at most once, if
// the try succeeds. If there were too many, Take takes nothing, and returns the time
// to wait.
func (t *Tries) Take(client netip.Prefix, target string, now time.Time) (giveBack func(), wait time.Duration, ok bool) {
	if !t.rates.Loopback && IsLoopback(client) {
		return func() {}, 0, true
	}
	at := now.Sub(t.began)
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.find(pair{client, maphash.String(t.seed, target)}, at)
	rate := t.rates.Fresh
	if x.pair.failed > 0 {
		x.shared, rate = &x.target.known, t.rates.Known
	}
	wait = max(x.pair.wait(1, t.rates.Pair, at), x.client.wait(1, t.rates.Client, at), x.shared.wait(1, rate, at))
	if wait > 0 {
		x.forgetUnused()
		return nil, wait, false
	}
	x.count(1)
	x.pair.last = at
	return x.giveBack, 0, true
}

// find returns a try with the entries of a client and a target, which are new if there
// were none.
func (t *Tries) find(key pair, at time.Duration) *try {
	x := &try{
		tries: t, key: key,
		pair: remember(t.pairs, key), client: remember(t.clients, key.client), target: remember(t.targets, key.target),
	}
	x.shared = &x.target.fresh
	if at-x.pair.last >= knownTime {
		x.pair.failed = 0
	}
	return x
}

// remember returns the entry of a key, which is new if there was none.
func remember[K comparable, V any](list *simplelru.LRU[K, *V], key K) *V {
	v, known := list.Get(key)
	if !known {
		v = new(V)
		list.Add(key, v)
	}
	return v
}

// count counts n more tries.
func (x *try) count(n int) {
	x.pair.failed += n
	for _, b := range []*Bucket{&x.pair.Bucket, x.client, x.shared} {
		b.spent = max(b.spent+float64(n), 0)
	}
}

func (x *try) giveBack() {
	x.tries.mu.Lock()
	defer x.tries.mu.Unlock()
	x.count(-1)
	x.forgetUnused()
}

// forgetUnused removes the entries that count nothing, which would otherwise push out
// those that do.
func (x *try) forgetUnused() {
	t := x.tries
	if x.pair.failed == 0 && x.pair.spent == 0 {
		forget(t.pairs, x.key, x.pair)
	}
	if x.client.spent == 0 {
		forget(t.clients, x.key.client, x.client)
	}
	if x.target.fresh.spent == 0 && x.target.known.spent == 0 {
		forget(t.targets, x.key.target, x.target)
	}
}

// forget removes an entry, unless another one has taken its place.
func forget[K comparable, V any](list *simplelru.LRU[K, *V], key K, v *V) {
	if kept, ok := list.Peek(key); ok && kept == v {
		list.Remove(key)
	}
}
