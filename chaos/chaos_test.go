package chaos

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"vidchat/internal/enginetest/race"
)

const clientCount = 200

// actionRate is the number of actions per second. It leaves CPU to the server and the
// calls, which share the machine with the clients.
func actionRate() rate.Limit {
	if race.Enabled || serverRaceEnabled() {
		return 120
	}
	return 250
}

// duration returns the duration of the whole test.
func duration(t testing.TB) time.Duration {
	t.Helper()
	set := os.Getenv("CHAOS_TIME")
	if set == "" {
		return 15 * time.Second
	}
	d, err := time.ParseDuration(set)
	if err != nil || d < 5*time.Second {
		t.Fatalf("CHAOS_TIME is %q: set it to a duration of at least 5s", set)
	}
	return d
}

// seed returns the seed of all random choices.
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

// Whatever the clients do, the calls beside them notice nothing, and the server keeps
// nothing of it. The first round fills pools and caches.
func TestChaos(t *testing.T) {
	t.Parallel()
	s, n, whole := startServers(t), seed(t), duration(t)
	before := s.metrics()
	s.round("warm-up", n, whole/5, before)
	s.round("first", n, whole*2/5, before)
	kept := s.memoryInUse(memory{})
	t.Logf("memory after the first round: %v", kept)
	// All rounds are the same. What they leave behind adds up, so the memory grows in each
	// of them. In one, it also grows by chance: the runtime's spans are filled in another
	// order.
	for _, name := range []string{"second", "third", "fourth"} {
		s.round(name, n, whole*2/5, before)
		limit := memory{resident: kept.resident * 1.1, live: kept.live * 1.1}
		now := s.memoryInUse(limit)
		t.Logf("memory after the %s round: %v", name, now)
		if now.resident <= limit.resident && now.live <= limit.live || serverRaceEnabled() {
			return
		}
		kept = now
	}
	t.Error("memory grew by more than 10 % in each round")
}

// round runs the clients beside calls.
func (s *server) round(name string, seed uint64, d time.Duration, before metrics) {
	s.t.Helper()
	calls := s.startCalls(name)
	began, used := time.Now(), s.metrics().cpuSeconds
	report := s.runClients(clientConfig{Address: s.address, CallPrefix: name, Seed: seed, Duration: d})
	took := time.Since(began)
	used = s.metrics().cpuSeconds - used
	calls.end(s.t)
	s.t.Logf("%s: the server used %.0f %% of a CPU", name, 100*used/took.Seconds())
	report.check(s.t, took)
	s.awaitInitialState(before)
}
