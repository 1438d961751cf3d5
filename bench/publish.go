//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"vidchat/bench/process"
	"vidchat/bench/report"
)

// publish prints the results and, unless they are those of a quick run, puts
// them into the folder.
func (b *bench) publish(began time.Time) error {
	text := b.text(began)
	fmt.Fprint(b.out, "\n", text)
	if b.options.quick || b.options.only != nil {
		return nil
	}
	if err := os.WriteFile(filepath.Join(b.options.folder, "RESULTS.md"), []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.options.folder, "chart.svg"), []byte(b.plan.chart().SVG(&b.results)), 0o644)
}

func (b *bench) text(began time.Time) string {
	columns := []report.Column{
		{Label: vidchat, Subject: vidchat},
		{Label: node2, Subject: node2},
		{Label: node4, Subject: node4},
		{Label: bare, Subject: bare},
		{Label: "vidchat : 2.3", Subject: vidchat, Of: node2},
		{Label: "vidchat : 4.8", Subject: vidchat, Of: node4},
		{Label: "vidchat : bare", Subject: vidchat, Of: bare},
		{Label: vidchat4, Subject: vidchat4},
	}
	return strings.Join([]string{
		"# vidchat beside what it replaces",
		fmt.Sprintf("Written by `make bench` on %s, in %.0f minutes.", began.UTC().Format("2 January 2006"), time.Since(began).Minutes()),
		"- " + process.Machine() + "\n- " + b.versions(),
		method,
		"## Goals",
		report.Goals(&b.results, b.plan.goals()) + "\n## Figures",
		report.Table(&b.results, b.plan.rows(), columns),
	}, "\n\n")
}

// method is what a reader has to know to judge the figures.
const method = `Figures are medians over the rounds, and ratios the medians of the ratios of each round. In a round every measurement
is made of all servers one after the other, each in a process of its own. The clients run in another process on the same
cores, over loopback. They speak Engine.IO 3 to vidchat and socket.io 2.3, Engine.IO 4 to socket.io 4.8 (the last column is
vidchat with clients of Engine.IO 4), and offer no compression. CPU is the server process's user and system time. Saturated,
each of 400 pairs of clients has 16 messages on their way, as many as come together when browsers gather candidates; one
at a time is the same with one. The same load is half of what saturates socket.io 2.3 one at a time in that round, evenly
over all clients; latency counts from when a message should have been sent. Under that load a server in Go is mostly
idle, and what it uses is mostly for threads that sleep and wake, as the bare relay shows; vidchat lets packets wait for
half a millisecond then, which share a wake. Memory is what is resident after ten idle seconds, less what the server
held when it had just started. What a message costs with many clients is measured once each has sent two. vidchat has its
default settings and limits, and writes its log to a file; the others have no limits and write no log. It also asks by a
WebSocket ping what has arrived.`

// versions says what was measured.
func (b *bench) versions() string {
	parts := []string{"vidchat " + revision() + ", " + runtime.Version()}
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		parts = append(parts, "Node "+strings.TrimSpace(string(out)))
	}
	for _, alias := range []string{"socket.io-2", "socket.io-4"} {
		parts = append(parts, "socket.io "+packageVersion(filepath.Join(b.options.folder, "node", "node_modules", alias)))
	}
	return strings.Join(parts, ", ")
}

// revision is the commit that is checked out.
func revision() string {
	out, err := exec.Command("git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty= with changes").Output()
	if err != nil {
		return "of unknown revision"
	}
	return strings.TrimSpace(string(out))
}

// packageVersion reads the version of an installed npm package.
func packageVersion(folder string) string {
	var manifest struct{ Version string }
	file, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil || json.Unmarshal(file, &manifest) != nil {
		return "of unknown version"
	}
	return manifest.Version
}

// chart is the one for the README.
func (p plan) chart() report.Chart {
	return report.Chart{
		Title: "One call server, three ways: less is better",
		Note:  "Medians of interleaved rounds on one machine; see RESULTS.md for all figures and how they were measured.",
		Groups: []report.ChartGroup{
			{Label: "CPU per message of 2,500 B, saturated", Unit: "µs", Metric: saturated(2500, "CPU")},
			{Label: "CPU per message of 200 B, saturated", Unit: "µs", Metric: saturated(200, "CPU")},
			{Label: "CPU per connect and join", Unit: "µs", Metric: connectCPU},
			{Label: "CPU per whole call set-up", Unit: "µs", Metric: callCPU},
			{Label: "p99 latency of 2,500 B, same load", Unit: "µs", Metric: offered(2500, "p99")},
			{Label: "Memory per idle connection", Unit: "KiB", Metric: memory(p.idle[len(p.idle)-1])},
		},
		Series: []report.ChartSeries{
			{Label: vidchat, Subject: vidchat, Class: "own"},
			{Label: node2, Subject: node2, Class: "old"},
			{Label: node4, Subject: node4, Class: "new"},
		},
	}
}
