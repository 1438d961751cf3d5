package latency

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBucketsAreContiguous(t *testing.T) {
	last := -1
	for v := uint64(0); v < 1<<20; v++ {
		i := bucket(v)
		if i != last && i != last+1 {
			t.Fatalf("%d is in bucket %d, the one before in %d", v, i, last)
		}
		if i != last && last >= 0 && upperBound(last) != time.Duration(v-1) {
			t.Fatalf("bucket %d ends at %d, not at %d", last, upperBound(last), v-1)
		}
		last = i
	}
}

func TestQuantiles(t *testing.T) {
	tests := map[string]func() time.Duration{
		"uniform":   func() time.Duration { return rand.N(10 * time.Millisecond) },
		"heavy":     func() time.Duration { return time.Duration(50e3 / (1 - rand.Float64())) },
		"small":     func() time.Duration { return rand.N(100 * time.Nanosecond) },
		"identical": func() time.Duration { return 123456 * time.Nanosecond },
	}
	for name, draw := range tests {
		t.Run(name, func(t *testing.T) {
			var h Histogram
			all := make([]time.Duration, 20000)
			for i := range all {
				all[i] = min(draw(), time.Minute)
				h.Record(all[i])
			}
			slices.Sort(all)
			for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999} {
				want := all[int(q*float64(len(all)))]
				got := h.Quantile(q)
				if got < want || float64(got) > 1.01*float64(want) {
					t.Errorf("quantile %v is %v, want %v", q, got, want)
				}
			}
			if want := all[len(all)-1]; h.Max() != want || h.Quantile(1) != want {
				t.Errorf("max %v, quantile 1 %v, want %v", h.Max(), h.Quantile(1), want)
			}
			if h.Count() != uint64(len(all)) {
				t.Errorf("count is %d", h.Count())
			}
		})
	}
}

func TestExtremes(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 || h.Max() != 0 {
		t.Error("an empty histogram has a quantile")
	}
	h.Record(-time.Second)
	h.Record(time.Hour)
	if h.Quantile(0) != 0 || h.Quantile(1) != time.Hour {
		t.Errorf("got %v and %v", h.Quantile(0), h.Quantile(1))
	}
}
