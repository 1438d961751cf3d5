//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidchat/bench/report"
	"vidchat/bench/server"
)

// tiny is a plan that measures next to nothing.
func tiny() plan {
	p := quick()
	p.connects, p.warmupClients, p.burst = 20, 4, 1
	p.pairs = 40 // so many that none exceeds the limits of a session
	p.warmup, p.saturateTime = 50*time.Millisecond, 100*time.Millisecond
	p.sameLoadTime, p.callTime = 100*time.Millisecond, 100*time.Millisecond
	p.idleClients, p.idleTime = []int{4, 8}, 50*time.Millisecond
	p.small, p.large, p.scalingRate, p.probeRooms = 8, 32, 200, 2
	p.secureClients, p.securePairs = 8, 1
	p.pageCalls = 0
	p.soakTime, p.sampleInterval = 500*time.Millisecond, 20*time.Millisecond
	return p
}

// Paths of the measured programs, which TestMain builds.
var vidchatPath, relayPath string

func TestMain(m *testing.M) {
	os.Exit(withPrograms(m.Run))
}

func withPrograms(test func() int) int {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	vidchatPath, relayPath = filepath.Join(dir, "vidchat"), filepath.Join(dir, "relay")
	for program, source := range map[string]string{vidchatPath: "..", relayPath: "./relay"} {
		if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
			panic(string(out))
		}
	}
	return test()
}

// newTinyBench returns a run with the servers that do not need npm.
func newTinyBench(t *testing.T) (*bench, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	all := servers(vidchatPath, relayPath, "", t.TempDir())
	ours := slices.DeleteFunc(all, func(s server.Server) bool { return s.Name == socketIO2 || s.Name == socketIO4 })
	b := &bench{plan: tiny(), options: options{dir: t.TempDir()}, servers: ours, out: out}
	for _, size := range sizes { // stands in for the measurement of socket.io
		b.results.Add(oneAtATime(size, "rate"), socketIO2, 1000)
	}
	return b, out
}

func TestCompare(t *testing.T) {
	b, out := newTinyBench(t)
	if err := b.compare(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, row := range b.plan.rows() {
		if value, ok := b.results.Values(row.Metric, vidchat).Median(); !ok || value < 0 && !strings.HasPrefix(row.Label, "Memory per") {
			t.Errorf("%s is %v, %v", row.Label, value, ok)
		}
	}
	for _, file := range []string{"RESULTS.md", "chart.svg"} {
		if written, err := os.ReadFile(filepath.Join(b.options.dir, file)); err != nil || !bytes.Contains(written, []byte(vidchat)) {
			t.Errorf("%s: %v\n%s", file, err, written)
		}
	}
}

func TestSoak(t *testing.T) {
	b, out := newTinyBench(t)
	b.options.quick = true
	if err := b.soak(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "| 10 |") {
		t.Errorf("got\n%s", out)
	}
}

// A run that is stopped reports just that.
func TestStopped(t *testing.T) {
	b, _ := newTinyBench(t)
	b.plan.connects = 1 << 20
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if err := b.compare(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	s := server.Server{Name: "broken", Command: []string{"sh", "-c", "echo no such luck; exit 3"}, Dir: t.TempDir()}
	s.LogFile = filepath.Join(s.Dir, "log")
	if _, err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("got %v", err)
	}
	s.Command = []string{filepath.Join(s.Dir, "nothing")}
	if _, err := s.Start(t.Context()); err == nil {
		t.Error("a program that does not exist was started")
	}
}

func TestFileLimit(t *testing.T) {
	if err := server.RaiseFileLimit(64); err != nil {
		t.Error(err)
	}
	if err := server.RaiseFileLimit(1 << 40); err == nil || !strings.Contains(err.Error(), "ulimit -Hn") {
		t.Errorf("got %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown flag":    {"-fast"},
		"no node_modules": {"-dir", t.TempDir()},
	} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Without socket.io, which needs npm.
func TestCompareNodes(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatalf("%v: run scripts/debian", err)
	}
	b, out := newTinyBench(t)
	b.options.only = regexp.MustCompile("^one|^two")
	if err := b.compareNodes(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, row := range nodesRows() {
		if value, ok := b.results.Values(row.Metric, acrossTwo).Median(); !ok || value < 0 && row.Metric != memoryOfRoom {
			t.Errorf("%s is %v, %v", row.Label, value, ok)
		}
	}
	for _, name := range nodesNames[:3] {
		if rate, ok := b.results.Values(nodesMetric("same load", sizes[0], "rate"), name).Median(); !ok || rate <= 0 {
			t.Errorf("%s relays %v messages per second, %v", name, rate, ok)
		}
	}
	if want := "| Memory of Redis per room | ≤ 512 B |"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, out)
	}
}

// Every goal refers to something that is measured.
func TestGoals(t *testing.T) {
	p := full()
	var r report.Results
	measured := slices.Concat([]string{vidchat, socketIO2, socketIO4, bareRelay, coturn, ownPage, originalPage}, nodesNames)
	for _, row := range slices.Concat(p.rows(), turnRows(), pageRows(), nodesRows()) {
		for _, name := range measured {
			r.Add(row.Metric, name, 1)
		}
	}
	for _, g := range slices.Concat(p.goals(), nodesGoals()) {
		if len(g.Values(&r)) == 0 {
			t.Errorf("nothing is measured for %q", g.Label)
		}
	}
}

// What the load generator of TURN says of a run.
func TestReadUclient(t *testing.T) {
	for out, want := range map[string]relayedPackets{
		"5: : start_mclient: msz=3, tot_send_msgs=7, tot_recv_msgs=7\n9: : start_mclient: tot_send_msgs=320, tot_recv_msgs=318\n": {320, 318},
	} {
		if got, err := readUclient([]byte(out)); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", out, got, err, want)
		}
	}
	for _, out := range []string{"", "0: : error 508 ()", "start_mclient: tot_send_msgs=320, tot_recv_msgs=0"} {
		if _, err := readUclient([]byte(out)); err == nil {
			t.Errorf("%q: no error", out)
		}
	}
}
