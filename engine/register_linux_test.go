package engine

import (
	"math/rand/v2"
	"testing"
)

// Against a map: a key finds its socket until that is removed, and nothing
// afterwards, though its place is used again.
func TestRegister(t *testing.T) {
	var r register
	rng := rand.New(rand.NewPCG(1, 2))
	live, dead := map[uint64]*watched{}, map[uint64]bool{}
	if r.find(0) != nil || r.find(wakeKey) != nil {
		t.Error("an empty register finds something")
	}
	for range 10_000 {
		if rng.IntN(2) == 0 || len(live) == 0 {
			w := new(watched)
			key := r.add(w)
			if key == wakeKey || live[key] != nil || dead[key] {
				t.Fatalf("key %x is used already", key)
			}
			live[key] = w
		} else {
			for key := range live {
				r.remove(key)
				r.remove(key) // once more changes nothing
				delete(live, key)
				dead[key] = true
				break
			}
		}
		if r.size() != len(live) {
			t.Fatalf("%d sockets, want %d", r.size(), len(live))
		}
	}
	for key, w := range live {
		if r.find(key) != w {
			t.Errorf("key %x does not find its socket", key)
		}
	}
	for key := range dead {
		if r.find(key) != nil {
			t.Errorf("key %x finds a socket that was removed", key)
		}
	}
	if len(r.places) > 1000 {
		t.Errorf("%d places for %d sockets", len(r.places), len(live))
	}
}
