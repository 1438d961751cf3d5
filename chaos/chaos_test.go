package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	a := s.arena(name)
	began, used := time.Now(), s.gauges().processor
	ctx, cancel := context.WithTimeout(context.Background(), lasting)
	defer cancel()
	a.over = ctx.Done()
	all := a.unleash(ctx, seed)
	took := time.Since(began)
	used = s.gauges().processor - used
	talk.end().judge(s.t)
	s.t.Logf("%s: %.0f %% of a processor used by the server", name, 100*used/took.Seconds())
	a.report(took)
	goodbye(all)
	s.settle(before)
}

func (s *server) arena(name string) *arena {
	a := &arena{server: s, calls: name, pace: rate.NewLimiter(pace(), 50), done: make(map[string]*atomic.Int64)}
	for _, d := range deeds {
		a.done[d.name] = new(atomic.Int64)
	}
	return a
}

// unleash has the clients do their deeds until ctx ends.
func (a *arena) unleash(ctx context.Context, seed uint64) []*client {
	all := make([]*client, clients)
	var running sync.WaitGroup
	for i := range all {
		all[i] = &client{arena: a, Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		running.Go(func() { all[i].run(ctx) })
	}
	running.Wait()
	return all
}

// goodbye ends what the clients left behind.
func goodbye(all []*client) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var leaving sync.WaitGroup
	for part := range slices.Chunk(all, len(all)/10) {
		leaving.Go(func() {
			for _, c := range part {
				c.sayGoodbye(ctx)
			}
		})
	}
	leaving.Wait()
}

// report says what was done, and wants it to be more than nothing.
func (a *arena) report(took time.Duration) {
	a.t.Helper()
	var total int64
	var counts []string
	for _, d := range deeds {
		n := a.done[d.name].Load()
		total += n
		counts = append(counts, fmt.Sprintf("%s %d", d.name, n))
	}
	a.t.Logf("%d deeds, %.0f a second, %d sessions could not be opened: %s", total, float64(total)/took.Seconds(),
		a.lost.Load(), strings.Join(counts, ", "))
	if total < int64(took.Seconds())*10 {
		a.t.Errorf("only %d deeds in %v", total, took)
	}
}
