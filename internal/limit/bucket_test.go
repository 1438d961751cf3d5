package limit

import (
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	var b Bucket
	r := Rate{PerSecond: 10, Burst: 20}
	if !b.Take(20, r, time.Second) || b.Take(1, r, time.Second) {
		t.Error("a burst is 20, no more and no less")
	}
	if b.Take(6, r, 1500*time.Millisecond) || !b.Take(5, r, 1500*time.Millisecond) {
		t.Error("half a second gives 5 back")
	}
	if !b.Take(20, r, time.Hour) || b.Take(1, r, time.Hour) {
		t.Error("no more than a burst is saved up")
	}
	if !b.Take(1e9, Rate{}, 0) {
		t.Error("the zero rate is a limit")
	}
}

func BenchmarkBucket(b *testing.B) {
	var bucket Bucket
	r := Rate{PerSecond: 1e9, Burst: 1e9}
	for i := 0; b.Loop(); i++ {
		bucket.Take(1, r, time.Duration(i))
	}
}
