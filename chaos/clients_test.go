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

// clientsEnv makes the test binary run the clients instead of the tests. They have a
// process of their own, so that they do not delay the calls.
const clientsEnv = "CHAOS_CLIENTS"

// clientConfig is what the process of the clients is given.
type clientConfig struct {
	Address    string // of the server
	CallPrefix string // of the names of the calls beside the clients
	Seed       uint64
	Duration   time.Duration
}

// clientReport is what it returns.
type clientReport struct {
	Actions map[string]int64 // how often each was taken
	Failed  int64            // sessions that could not be opened
}

// runClients runs the clients in a process of their own and waits for its end.
func (s *server) runClients(cfg clientConfig) (report clientReport) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Duration+2*timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), clientsEnv+"="+encode(cfg))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &report)
	}
	if err != nil {
		s.t.Fatalf("the clients: %v", err)
	}
	return report
}

// clientsMain is the main function of the clients' process.
func clientsMain(encoded string) {
	var cfg clientConfig
	if err := json.Unmarshal([]byte(encoded), &cfg); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Duration)
	defer cancel()
	p := newPool(cfg, ctx.Done())
	closeAllAbandoned(p.run(ctx, cfg.Seed))
	if _, err := os.Stdout.WriteString(encode(p.report())); err != nil {
		log.Fatal(err)
	}
}

func newPool(cfg clientConfig, over <-chan struct{}) *pool {
	const burst = 50
	p := &pool{
		server: &server{address: cfg.Address}, callPrefix: cfg.CallPrefix, over: over,
		limiter: rate.NewLimiter(actionRate(), burst), taken: make(map[string]*atomic.Int64),
	}
	for _, a := range actions {
		p.taken[a.name] = new(atomic.Int64)
	}
	return p
}

// run runs all clients until ctx ends.
func (p *pool) run(ctx context.Context, seed uint64) []*client {
	all := make([]*client, clientCount)
	var running sync.WaitGroup
	for i := range all {
		all[i] = &client{pool: p, Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		running.Go(func() { all[i].run(ctx) })
	}
	running.Wait()
	return all
}

// closeAllAbandoned closes the polling sessions that the clients abandoned.
func closeAllAbandoned(all []*client) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var closing sync.WaitGroup
	for part := range slices.Chunk(all, len(all)/10) {
		closing.Go(func() {
			for _, c := range part {
				c.closeAbandoned(ctx)
			}
		})
	}
	closing.Wait()
}

func (p *pool) report() clientReport {
	report := clientReport{Actions: make(map[string]int64), Failed: p.failed.Load()}
	for name, n := range p.taken {
		report.Actions[name] = n.Load()
	}
	return report
}

// check logs the actions, and fails if there were hardly any.
func (r clientReport) check(t testing.TB, took time.Duration) {
	t.Helper()
	var total int64
	var counts []string
	for _, a := range actions {
		total += r.Actions[a.name]
		counts = append(counts, fmt.Sprintf("%s %d", a.name, r.Actions[a.name]))
	}
	t.Logf("%d actions, %.0f per second, %d sessions could not be opened: %s", total, float64(total)/took.Seconds(),
		r.Failed, strings.Join(counts, ", "))
	if total < int64(took.Seconds())*2 {
		t.Errorf("only %d actions in %v", total, took)
	}
}
