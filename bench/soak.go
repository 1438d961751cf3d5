//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vidchat/bench/report"
)

// soak has clients come and go and watches the memory of vidchat.
func (b *bench) soak(ctx context.Context) error {
	m, err := start(ctx, b.subjects[0])
	if err != nil {
		return err
	}
	defer m.stop()
	began := time.Now()
	fmt.Fprintf(b.out, "clients come and go for %v\n", b.plan.soak)
	churning, stop := context.WithCancel(ctx)
	defer stop()
	type churned struct {
		calls int
		err   error
	}
	done := make(chan churned, 1)
	go func() {
		calls, err := m.Churn(churning, b.plan.soak)
		done <- churned{calls, err}
	}()
	samples, watchErr := m.watch(ctx, b.plan)
	stop()
	c := <-done
	if errors.Is(c.err, context.Canceled) && ctx.Err() == nil {
		c.err = nil // it was still at it when there were samples enough
	}
	if err := errors.Join(watchErr, c.err); err != nil {
		return stopped(ctx, err)
	}
	return b.publishSoak(began, c.calls, samples)
}

// watch reads the memory again and again, in bytes.
func (m *meter) watch(ctx context.Context, p plan) ([]float64, error) {
	ticker := time.NewTicker(p.sampling)
	defer ticker.Stop()
	var samples []float64
	for range p.soak / p.sampling {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		resident, err := m.Resident()
		if err != nil {
			return nil, fmt.Errorf("vidchat is gone: %w", err)
		}
		samples = append(samples, float64(resident))
	}
	return samples, nil
}

func (b *bench) publishSoak(began time.Time, calls int, samples []float64) error {
	text := soakText(b.plan, began, calls, samples)
	fmt.Fprint(b.out, text)
	if b.options.quick {
		return nil
	}
	return os.WriteFile(filepath.Join(b.options.folder, "SOAK.md"), []byte(text), 0o644)
}

// soakText compares the tenths of the time with each other: the first warms up,
// and memory drifts if the last needs more than the second.
func soakText(p plan, began time.Time, calls int, samples []float64) string {
	const tenths = 10
	lines := [][]string{{"tenth of the time", "median, MiB", "highest, MiB"}}
	medians := make([]float64, tenths)
	for i := range tenths {
		part := slices.Sorted(slices.Values(samples[i*len(samples)/tenths : (i+1)*len(samples)/tenths]))
		medians[i] = part[len(part)/2]
		lines = append(lines, []string{fmt.Sprint(i + 1), report.Figure(medians[i] / (1 << 20)), report.Figure(part[len(part)-1] / (1 << 20))})
	}
	drift := medians[tenths-1]/medians[1] - 1
	return fmt.Sprintf("# Memory of vidchat while clients come and go\n\nWritten by `make bench-soak` on %s: %d calls in %v, over polling with upgrade and over\n"+
		"WebSocket, in Engine.IO 3 and 4, each with an offer, an answer and 24 candidates. %s.\n\n%s\nFrom the second tenth to the last, the median of what is resident changes by %+.1f %%.\n",
		began.UTC().Format("2 January 2006"), calls, p.soak, "vidchat "+revision(), report.Markdown(lines), 100*drift)
}
