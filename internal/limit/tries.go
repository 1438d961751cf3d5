package limit

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Tries bounds failures by a key of the caller's, such as an address and what
// it tries to guess.
type Tries struct {
	rate   Rate
	mu     sync.Mutex // guards recent
	recent *simplelru.LRU[string, *rate.Limiter]
}

// NewTries allows failures at a rate.
func NewTries(r Rate) *Tries {
	return &Tries{rate: r, recent: newLRU[string]()}
}

// Allowed reports whether one more try may be made now. If not, it returns the
// time to wait.
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
		limiter = t.rate.limiter()
		t.recent.Add(key, limiter)
	}
	limiter.AllowN(now, 1)
}
