// Package limit bounds how much a client may do: by address (Addresses), by
// address and target (Tries), or for one owner (Bucket). What it remembers is
// bounded too, whatever addresses arrive.
package limit

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Rate allows PerSecond on average, and up to Burst at once. The zero Rate is
// no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Unlimited reports whether the rate is no limit.
func (r Rate) Unlimited() bool { return r.PerSecond <= 0 }

// Times is the rate of n who share it.
func (r Rate) Times(n int) Rate { return Rate{r.PerSecond * float64(n), r.Burst * n} }

func (r Rate) limiter() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
}

// remembered is the number of addresses or keys whose rate is kept. Beyond it,
// the least recently seen is forgotten, and counts as new when it comes back.
// An entry takes some 200 bytes.
const remembered = 16 << 10

func newLRU[K comparable, V any]() *simplelru.LRU[K, V] {
	recent, err := simplelru.NewLRU[K, V](remembered, nil)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return recent
}
