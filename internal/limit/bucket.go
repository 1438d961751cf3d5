package limit

import (
	"math"
	"time"
)

// Bucket is what one owner has used of a rate. It has no lock, and its time is
// that of any clock that does not run backwards.
type Bucket struct {
	spent float64 // of the burst
	last  time.Duration
}

// Take uses n of what the rate allows at time now, and reports whether that
// much was left. If not, it uses nothing.
func (b *Bucket) Take(n float64, r Rate, now time.Duration) bool {
	if r.Unlimited() {
		return true
	}
	b.refill(r, now)
	if b.spent+n > float64(r.Burst) {
		return false
	}
	b.spent += n
	return true
}

// wait is the time until n can be taken; 0 if they can now.
func (b *Bucket) wait(n float64, r Rate, now time.Duration) time.Duration {
	if r.Unlimited() {
		return 0
	}
	b.refill(r, now)
	missing := max(b.spent+n-float64(r.Burst), 0)
	return time.Duration(math.Round(missing / r.PerSecond * float64(time.Second)))
}

func (b *Bucket) refill(r Rate, now time.Duration) {
	b.spent = max(b.spent-(now-b.last).Seconds()*r.PerSecond, 0)
	b.last = now
}
