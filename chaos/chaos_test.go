package chaos

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

const clients = 200

// pace is how many deeds are done a second: clients, server and calls share a
// machine, and this is not about who gets its processors.
func pace() rate.Limit {
	if raceEnabled || serverRaces() {
		return 120
	}
	return 250
}

// lasting is how long the chaos is to last.
func lasting(t testing.TB) time.Duration {
	t.Helper()
	set := os.Getenv("CHAOS_TIME")
	if set == "" {
		return 15 * time.Second
	}
	d, err := time.ParseDuration(set)
	if err != nil || d < 5*time.Second {
		t.Fatalf("CHAOS_TIME is %q: set it to a time of at least 5s", set)
	}
	return d
}

// seed is what all choices are made of.
func seed(t testing.TB) uint64 {
	t.Helper()
	n, err := rand.Uint64(), error(nil)
	if set := os.Getenv("CHAOS_SEED"); set != "" {
		if n, err = strconv.ParseUint(set, 10, 64); err != nil {
			t.Fatalf("CHAOS_SEED is %q: set it to a whole number", set)
		}
	}
	t.Logf("CHAOS_SEED=%d", n)
	return n
}

// Whatever clients do, the calls beside them notice nothing, and afterwards
// nothing is left of it. Of three rounds the first fills pools and caches; the
// others are the same, and so has to be the memory after them.
func TestChaos(t *testing.T) {
	s, n, whole := startServer(t), seed(t), lasting(t)
	before := s.gauges()
	s.round("warm-up", n, whole/5, before)
	s.round("first", n, whole*2/5, before)
	first := s.resident(0)
	s.round("second", n, whole*2/5, before)
	most := first * 1.1
	second := s.resident(most)
	t.Logf("memory: %.1f MiB after the first round, %.1f MiB after the second", first/(1<<20), second/(1<<20))
	if second > most && !serverRaces() {
		t.Error("that is more than 10 % more")
	}
}

// round lets the clients loose around calls.
func (s *server) round(name string, seed uint64, lasting time.Duration, before gauges) {
	s.t.Helper()
	talk := s.converse(name)
	began, used := time.Now(), s.gauges().processor
	crowd := s.unleash(orders{Address: s.address, Calls: name, Seed: seed, Lasting: lasting})
	took := time.Since(began)
	used = s.gauges().processor - used
	talk.end().judge(s.t)
	s.t.Logf("%s: %.0f %% of a processor used by the server", name, 100*used/took.Seconds())
	crowd.judge(s.t, took)
	s.settle(before)
}
