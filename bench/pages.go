//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"vidchat/bench/report"
	"vidchat/bench/server"
)

// What is compared in a browser, in the place of servers.
const (
	ownPage      = "ours"
	originalPage = "original"
	bareBrowser  = "limit"
)

// pageDelays are the ways between browser and server, there or back, in ms. Twice the
// second is the round trip of another continent's edge.
var pageDelays = []int{0, 40}

// pageSteps are the steps of a call as measure.js names them, in their order.
var pageSteps = []struct{ name, label string }{
	{"socket", "WebSocket open"},
	{"enter", "`enter` sent"},
	{"seat", "its answer"},
	{"described", "offer made"},
	{"answered", "answer set"},
	{"ICE", "ICE connected"},
	{"DTLS", "DTLS connected"},
	{"frame", "first frame"},
}

// page is a step of a call with a delay of each way, in ms.
func page(delay int, step string) report.Metric {
	return report.Metric(fmt.Sprintf("page, %d, %s", delay, step))
}

// measurePages has browsers make calls, which client/e2e/first-picture measures.
func measurePages(ctx context.Context, b *bench, _ server.Server) error {
	program, err := filepath.Abs(b.options.vidchat)
	if err != nil {
		return err
	}
	if b.plan.pageCalls == 0 {
		return nil
	}
	for _, delay := range pageDelays {
		if err := b.measurePage(ctx, program, delay); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measurePage(ctx context.Context, program string, delay int) error {
	script := filepath.Join(b.options.dir, "..", "client", "e2e", "first-picture", "measure.js")
	command := exec.CommandContext(ctx, "node", script, strconv.Itoa(b.plan.pageCalls), strconv.Itoa(delay))
	command.Env = append(os.Environ(), "VIDCHAT_BIN="+program)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("node %s: %w", script, err)
	}
	return b.addPages(delay, out)
}

// addPages records what measure.js has printed.
func (b *bench) addPages(delay int, printed []byte) error {
	var pages map[string]map[string]float64
	if err := json.Unmarshal(printed, &pages); err != nil {
		return fmt.Errorf("measure.js printed %.200q: %w", printed, err)
	}
	for name, steps := range pages {
		for step, at := range steps {
			b.results.Add(page(delay, step), name, at)
		}
	}
	return nil
}

// pageGoals are the goals for the time until one sees the other.
func (p plan) pageGoals() []report.Goal {
	if p.pageCalls == 0 {
		return nil
	}
	var goals []report.Goal
	for _, delay := range pageDelays {
		label := fmt.Sprintf("From the press to the first frame, %d ms round trip, vs. the original's from the opened page", 2*delay)
		goals = append(goals, atMost(0.50, label, func(r *report.Results) report.Sample {
			return r.Ratios(page(delay, "frame"), ownPage, originalPage)
		}))
	}
	return append(goals, report.Goal{
		Label: "From the press to the first frame, 0 ms round trip", Limit: 400, Unit: " ms",
		Values: func(r *report.Results) report.Sample { return r.Values(page(0, "frame"), ownPage) },
	})
}

// pageRows are the steps of a call with each delay.
func pageRows() (rows []report.Row) {
	for _, delay := range pageDelays {
		for _, step := range pageSteps {
			label := fmt.Sprintf("%d ms round trip: %s", 2*delay, step.label)
			rows = append(rows, report.Row{Label: label, Metric: page(delay, step.name)})
		}
	}
	return rows
}

// pageTable is the way to the first picture, step by step.
func pageTable(r *report.Results) string {
	return report.Table(r, pageRows(), []report.Column{
		{Label: "vidchat's page, from the press", Server: ownPage},
		{Label: "the original's, from opening it", Server: originalPage},
		{Label: "two connections in one page", Server: bareBrowser},
		{Label: "vidchat : original", Server: ownPage, RelativeTo: originalPage},
	})
}
