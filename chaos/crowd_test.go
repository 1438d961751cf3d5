package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// asClients makes the test binary play the clients. They have a process of
// their own, so that the calls do not wait for them.
const asClients = "CHAOS_CLIENTS"

// orders are what that process is told.
type orders struct {
	Address string // of the server
	Calls   string // the name of the conversation
	Seed    uint64
	Lasting time.Duration
}

// account is what it tells in the end.
type account struct {
	Deeds map[string]int64 // how often each was done
	Lost  int64            // sessions that could not be opened
}

// unleash has the clients do their deeds, and waits for them.
func (s *server) unleash(o orders) (a account) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), o.Lasting+2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), asClients+"="+encode(o))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	if err != nil {
		s.t.Fatalf("the clients: %v", err)
	}
	return a
}

// obey plays the clients.
func obey(told string) {
	var o orders
	if err := json.Unmarshal([]byte(told), &o); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Lasting)
	defer cancel()
	a := newArena(o, ctx.Done())
	goodbye(a.crowd(ctx, o.Seed))
	told = encode(a.account())
	if _, err := os.Stdout.WriteString(told); err != nil {
		log.Fatal(err)
	}
}

func newArena(o orders, over <-chan struct{}) *arena {
	a := &arena{
		server: &server{address: o.Address}, calls: o.Calls, over: over,
		pace: rate.NewLimiter(pace(), 50), done: make(map[string]*atomic.Int64),
	}
	for _, d := range deeds {
		a.done[d.name] = new(atomic.Int64)
	}
	return a
}

// crowd runs all clients until ctx ends.
func (a *arena) crowd(ctx context.Context, seed uint64) []*client {
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

func (a *arena) account() account {
	sum := account{Deeds: make(map[string]int64), Lost: a.lost.Load()}
	for name, n := range a.done {
		sum.Deeds[name] = n.Load()
	}
	return sum
}

// judge says what was done, and wants it to be more than nothing.
func (a account) judge(t testing.TB, took time.Duration) {
	t.Helper()
	var total int64
	var counts []string
	for _, d := range deeds {
		total += a.Deeds[d.name]
		counts = append(counts, fmt.Sprintf("%s %d", d.name, a.Deeds[d.name]))
	}
	t.Logf("%d deeds, %.0f a second, %d sessions could not be opened: %s", total, float64(total)/took.Seconds(),
		a.Lost, strings.Join(counts, ", "))
	if total < int64(took.Seconds())*2 {
		t.Errorf("only %d deeds in %v", total, took)
	}
}
