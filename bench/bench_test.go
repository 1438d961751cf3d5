//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidchat/bench/report"
	"vidchat/bench/subject"
)

// tiny measures next to nothing.
func tiny() plan {
	p := quick()
	p.connects, p.warmup, p.pairs, p.burst = 20, 4, 4, 1
	p.prelude, p.saturate, p.offer, p.calls = 50*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	p.idle, p.quiet = []int{4, 8}, 50*time.Millisecond
	p.small, p.large, p.growthRate, p.witnesses = 8, 32, 200, 2
	p.soak, p.sampling = 500*time.Millisecond, 20*time.Millisecond
	return p
}

// The programs that are measured, built once.
var server, relay string

func TestMain(m *testing.M) {
	os.Exit(withPrograms(m.Run))
}

func withPrograms(test func() int) int {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	server, relay = filepath.Join(folder, "vidchat"), filepath.Join(folder, "relay")
	for program, source := range map[string]string{server: "..", relay: "./relay"} {
		if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
			panic(string(out))
		}
	}
	return test()
}

// newTiny is a run with the servers that need no npm.
func newTiny(t *testing.T) (*bench, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	all := subjects(server, relay, "", t.TempDir())
	ours := slices.DeleteFunc(all, func(s subject.Subject) bool { return s.Name == node2 || s.Name == node4 })
	b := &bench{plan: tiny(), options: options{folder: t.TempDir()}, subjects: ours, out: out}
	for _, size := range sizes { // what Node would have been found to do
		b.results.Add(oneByOne(size, "rate"), node2, 1000)
	}
	return b, out
}

func TestCompare(t *testing.T) {
	b, out := newTiny(t)
	if err := b.compare(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, row := range b.plan.rows() {
		if value, ok := b.results.Median(row.Metric, vidchat); !ok || value < 0 && !strings.HasPrefix(row.Label, "Memory per") {
			t.Errorf("%s is %v, %v", row.Label, value, ok)
		}
	}
	for _, file := range []string{"RESULTS.md", "chart.svg"} {
		if written, err := os.ReadFile(filepath.Join(b.options.folder, file)); err != nil || !bytes.Contains(written, []byte(vidchat)) {
			t.Errorf("%s: %v\n%s", file, err, written)
		}
	}
}

func TestSoak(t *testing.T) {
	b, out := newTiny(t)
	b.options.quick = true
	if err := b.soak(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "| 10 |") {
		t.Errorf("got\n%s", out)
	}
}

// Whoever stops a run is told just that, and no server is left.
func TestStopped(t *testing.T) {
	b, _ := newTiny(t)
	b.plan.connects = 1 << 20
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if err := b.compare(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	s := subject.Subject{Name: "mute", Command: []string{"sh", "-c", "echo no such luck; exit 3"}, Dir: t.TempDir()}
	s.LogTo = filepath.Join(s.Dir, "log")
	if _, err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("got %v", err)
	}
	s.Command = []string{filepath.Join(s.Dir, "nothing")}
	if _, err := s.Start(t.Context()); err == nil {
		t.Error("a program that does not exist was started")
	}
}

func TestFileLimit(t *testing.T) {
	if err := subject.RaiseFileLimit(64); err != nil {
		t.Error(err)
	}
	if err := subject.RaiseFileLimit(1 << 40); err == nil || !strings.Contains(err.Error(), "ulimit -Hn") {
		t.Errorf("got %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown flag": {"-fast"},
		"no folder":    {"-folder", t.TempDir()},
	} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

// Each goal looks at something that is measured.
func TestGoals(t *testing.T) {
	p := full()
	var r report.Results
	for _, row := range p.rows() {
		for _, s := range []string{vidchat, node2, node4, bare} {
			r.Add(row.Metric, s, 1)
		}
	}
	for _, g := range p.goals() {
		if _, ok := g.Value(&r); !ok {
			t.Errorf("nothing is measured for %q", g.Label)
		}
	}
}
