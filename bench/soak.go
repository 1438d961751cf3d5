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

// soak watches the memory of vidchat while clients make short calls.
func (b *bench) soak(ctx context.Context) error {
	t, err := start(ctx, b.servers[0])
	if err != nil {
		return err
	}
	defer t.stop()
	began := time.Now()
	fmt.Fprintf(b.out, "clients make short calls for %v\n", b.plan.soakTime)
	churning, stop := context.WithCancel(ctx)
	defer stop()
	type churnResult struct {
		calls int
		err   error
	}
	done := make(chan churnResult, 1)
	go func() {
		calls, err := t.Churn(churning, b.plan.soakTime)
		done <- churnResult{calls, err}
	}()
	samples, watchErr := t.sampleMemory(ctx, b.plan)
	stop()
	churn := <-done
	if errors.Is(churn.err, context.Canceled) && ctx.Err() == nil {
		churn.err = nil // the calls were stopped after the last sample
	}
	if err := errors.Join(watchErr, churn.err); err != nil {
		return causeOf(ctx, err)
	}
	return b.publishSoak(began, churn.calls, samples)
}

// sampleMemory reads the resident memory at regular intervals, in bytes.
func (t *testbed) sampleMemory(ctx context.Context, p plan) ([]float64, error) {
	ticker := time.NewTicker(p.sampleInterval)
	defer ticker.Stop()
	var samples []float64
	for range p.soakTime / p.sampleInterval {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		resident, err := t.Resident()
		if err != nil {
			return nil, fmt.Errorf("vidchat has exited: %w", err)
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
	return os.WriteFile(filepath.Join(b.options.dir, "SOAK.md"), []byte(text), 0o644)
}

// soakText divides the time into ten parts. The first one is a warm-up; memory grows
// if the last part needs more than the second.
func soakText(p plan, began time.Time, calls int, samples []float64) string {
	const parts = 10
	lines := [][]string{{"tenth of the time", "median, MiB", "highest, MiB"}}
	medians := make([]float64, parts)
	for i := range parts {
		part := slices.Sorted(slices.Values(samples[i*len(samples)/parts : (i+1)*len(samples)/parts]))
		medians[i] = part[len(part)/2]
		lines = append(lines, []string{fmt.Sprint(i + 1), report.Figure(medians[i] / (1 << 20)), report.Figure(part[len(part)-1] / (1 << 20))})
	}
	growth := medians[parts-1]/medians[1] - 1
	return fmt.Sprintf("# Memory of vidchat during short calls\n\nWritten by `make bench-soak` on %s: %d calls in %v, over polling with upgrade and over\n"+
		"WebSocket, in Engine.IO 3 and 4, each with an offer, an answer and 24 candidates. %s.\n\n%s\nFrom the second tenth to the last, the median of the resident memory changes by %+.1f %%.\n",
		began.UTC().Format("2 January 2006"), calls, p.soakTime, "vidchat "+revision(), report.Markdown(lines), 100*growth)
}
