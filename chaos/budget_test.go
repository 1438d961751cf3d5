package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What docs/limits.md says that one address can cost, with default limits.
const (
	budgetBytes = 64 << 20 // of the process and of the kernel together
	budgetCPU   = 0.5      // of a core
)

// attackEnv makes the test binary attack a server instead of running the tests.
const attackEnv = "CHAOS_ATTACK"

// attackConfig is what the attacking process is given.
type attackConfig struct {
	Attack   string
	Address  string // of the server
	Duration time.Duration
}

// budgetTime is how long each attack lasts. BUDGET_TIME sets another, and with it the bounds
// of processor time and latency, which take a machine with nothing else to do.
func budgetTime(t testing.TB) (d time.Duration, long bool) {
	t.Helper()
	set := os.Getenv("BUDGET_TIME")
	if set == "" {
		return 3 * time.Second, false
	}
	d, err := time.ParseDuration(set)
	if err != nil || d < time.Second {
		t.Fatalf("BUDGET_TIME is %q: set it to a duration of at least 1s", set)
	}
	return d, true
}

// Whatever one address does, it costs no more than docs/limits.md says, and the calls of
// others go on.
func TestBudgetOfOneAddress(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			d, long := budgetTime(t)
			if !long {
				t.Parallel()
			}
			s := startServerWith(t)
			s.ofOthers = true
			s.reference = startServerWith(t)
			calls := s.startCalls(a.name)
			s.collectGarbage()
			idle := s.cpuOf(time.Second)
			before, was, lines := s.costs(), s.metrics(), s.log.lines.Load()
			cost := s.attack(attackConfig{a.name, s.address, d}, before)
			now := s.metrics()
			spent := (now.cpuSeconds-was.cpuSeconds)/d.Seconds() - idle
			calls.calls.stopSending()
			calls.baseline.stopSending()
			good, reference := calls.calls.end(), calls.baseline.end()
			t.Logf("process %.1f MiB, kernel %.1f MiB, both %.1f MiB, %.2f of a core, %.0f packets a second, %d log lines; %v\nreference: %v",
				mib(cost.process), mib(cost.kernel), mib(cost.both), spent, (now.packetsIn-was.packetsIn)/d.Seconds(),
				s.log.lines.Load()-lines, good, reference)
			if cost.both > budgetBytes && !serverRaceEnabled() {
				t.Errorf("it costs %.1f MiB, want at most %.1f", mib(cost.both), mib(budgetBytes))
			}
			if n := s.log.lines.Load() - lines; n > budgetLines(d) {
				t.Errorf("%d lines were logged, want at most %d", n, budgetLines(d))
			}
			if !long {
				return
			}
			if spent > budgetCPU {
				t.Errorf("it costs %.2f of a core, want at most %.2f", spent, budgetCPU)
			}
			if limit := 250*time.Millisecond + 4*reference.p99; good.p99 > limit {
				t.Errorf("the 99th percentile of the calls is %v, want at most %v", good.p99, limit)
			}
		})
	}
}

// budgetLines is how many lines may be logged in a time. An address may open 100 sessions at
// once and 10 a second, and each may take and leave a seat, with a line for each.
func budgetLines(d time.Duration) int64 { return 1000 + 50*int64(d.Seconds()) }

// costs is the memory that the server has, in bytes.
type costs struct{ process, kernel, both int64 }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func (s *server) costs() costs {
	s.t.Helper()
	process, kernel := s.residentBytes(), s.kernelBytes()
	return costs{process, kernel, process + kernel}
}

// residentBytes returns the memory of the process, as the kernel counts it.
func (s *server) residentBytes() int64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.pid))
	if err != nil {
		s.t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// cpuOf returns the share of a core that the server uses in a time.
func (s *server) cpuOf(d time.Duration) float64 {
	used := s.metrics().cpuSeconds
	time.Sleep(d)
	return (s.metrics().cpuSeconds - used) / d.Seconds()
}

// attack attacks the server from a process of its own, and returns the most that it cost.
func (s *server) attack(cfg attackConfig, before costs) (most costs) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Duration+2*timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), attackEnv+"="+encode(cfg))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		now := s.costs()
		most.process = max(most.process, now.process-before.process)
		most.kernel = max(most.kernel, now.kernel-before.kernel)
		most.both = max(most.both, now.both-before.both)
		select {
		case err := <-ended:
			if err != nil {
				s.t.Fatalf("the attack: %v", err)
			}
			return most
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// attackMain is the main function of the attacking process.
func attackMain(encoded string) {
	var cfg attackConfig
	if err := json.Unmarshal([]byte(encoded), &cfg); err != nil {
		log.Fatal(err)
	}
	i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == cfg.Attack })
	if i < 0 {
		log.Fatalf("there is no attack named %q", cfg.Attack)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Duration)
	defer cancel()
	attacks[i].do(&attacker{ctx: ctx, address: cfg.Address})
	<-ctx.Done()
}

// otherAddress is where a call comes from: an address that is no attacker's, and that limits
// apply to. There are some dozens.
func otherAddress(room string) net.IP {
	h := fnv.New32()
	_, _ = h.Write([]byte(room))
	return net.IPv4(127, 0, 1, byte(1+h.Sum32()%64))
}
