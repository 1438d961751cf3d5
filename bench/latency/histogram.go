// Package latency records distributions of durations in little memory.
package latency

import (
	"math/bits"
	"time"
)

// Each power of two is divided into 128 steps, so a quantile is less than 1 % too
// high. The last bucket counts everything from 2^37 ns (137 s) upward.
const (
	stepBits = 7
	steps    = 1 << stepBits
	maxBits  = 37
	buckets  = (maxBits - stepBits + 1) * steps
)

// Histogram counts durations by size, like HdrHistogram. The zero value is empty.
// It is not safe for concurrent use.
type Histogram struct {
	counts [buckets]uint64
	total  uint64
	max    time.Duration
}

// Record counts a duration. Negative durations count as zero.
func (h *Histogram) Record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.total++
	h.max = max(h.max, d)
}

// Count returns the number of recorded durations.
func (h *Histogram) Count() uint64 { return h.total }

// Max returns the longest duration, exactly.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile returns a duration that the share q (0 to 1) of the recorded durations
// does not exceed, or zero if nothing was recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.total))
	if rank == h.total {
		return h.max
	}
	var seen uint64
	for i, n := range h.counts {
		if seen += n; seen > rank {
			return min(upperBound(i), h.max)
		}
	}
	return h.max
}

// bucket returns the index for v. Each value below 2^stepBits has its own bucket.
func bucket(v uint64) int {
	shift := max(bits.Len64(v)-stepBits-1, 0)
	return min(shift<<stepBits+int(v>>shift), buckets-1)
}

// upperBound returns the largest value that falls into bucket i.
func upperBound(i int) time.Duration {
	if i < 2*steps {
		return time.Duration(i)
	}
	shift := i>>stepBits - 1
	low := uint64(i-shift<<stepBits) << shift
	return time.Duration(low + 1<<shift - 1)
}
