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

// publish prints the results. It writes them to files too, unless the run was quick or
// partial.
func (b *bench) publish(began time.Time) error {
	text := b.text(began)
	fmt.Fprint(b.out, "\n", text)
	if b.options.quick || b.options.only != nil {
		return nil
	}
	if err := os.WriteFile(filepath.Join(b.options.dir, "RESULTS.md"), []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.options.dir, "chart.svg"), []byte(b.plan.chart().SVG(&b.results)), 0o644)
}

func (b *bench) text(began time.Time) string {
	columns := []report.Column{
		{Label: vidchat, Server: vidchat},
		{Label: socketIO2, Server: socketIO2},
		{Label: socketIO4, Server: socketIO4},
		{Label: bareRelay, Server: bareRelay},
		{Label: "vidchat : 2.3", Server: vidchat, RelativeTo: socketIO2},
		{Label: "vidchat : 4.8", Server: vidchat, RelativeTo: socketIO4},
		{Label: "vidchat : bare", Server: vidchat, RelativeTo: bareRelay},
		{Label: vidchatEIO4, Server: vidchatEIO4},
	}
	return strings.Join([]string{
		"# vidchat compared with what it replaces",
		fmt.Sprintf("Written by `make bench` on %s, in %.0f minutes.", began.UTC().Format("2 January 2006"), time.Since(began).Minutes()),
		"- " + process.Machine() + "\n- " + b.versions(),
		method,
		"## Goals",
		report.Goals(&b.results, b.plan.goals()) + "\n## Figures",
		report.Table(&b.results, b.plan.rows(), columns) + "\n## TURN",
		report.Table(&b.results, turnRows(), []report.Column{
			{Label: vidchat, Server: vidchat}, {Label: coturn, Server: coturn}, {Label: "vidchat : coturn", Server: vidchat, RelativeTo: coturn},
		}),
		"## The first picture",
		firstPicture,
		pageTable(&b.results),
	}, "\n\n")
}

// method is what a reader has to know to judge the figures.
const method = `## Method

- **Figures** are medians over the rounds. Where the rounds differ by more than 30 %, the lowest and the highest follow in
  parentheses. Ratios are computed round by round. A goal is met if the median meets it.
- **Rounds.** Within a round, every measurement takes all servers one after the other, each in a fresh process.
- **Clients** run in another process on the same cores and connect over loopback. They speak Engine.IO 3 to vidchat and
  socket.io 2.3, and Engine.IO 4 to socket.io 4.8; the last column is vidchat with Engine.IO 4 clients. They offer no
  compression.
- **CPU** is the user and system time of the server process.
- **Saturated:** each of 400 pairs of clients keeps 16 messages in flight, about as many as browsers send at once while
  they gather candidates. **One at a time:** each pair keeps one message in flight.
- **Same load:** messages arrive at half the rate that socket.io 2.3 reached one at a time in that round, evenly spread
  over all clients. Latency counts from the time at which a message should have been sent. Under this load a server in Go
  is mostly idle and spends most of its CPU on putting threads to sleep and waking them, as the bare relay shows.
- **Memory per idle connection** is the resident memory after ten idle seconds, less that of the server after its start,
  divided by the number of connections.
- **CPU per message with many clients** is measured after each client has sent two messages.
- **TLS:** the servers speak https themselves, with an ECDSA key. 1,000 clients are idle, then 100 pairs keep 16 messages in
  flight each.
- **TURN:** Debian's coturn beside vidchat, each loaded over UDP by coturn's turnutils_uclient, whose 16 clients send to each
  other, so that each packet passes two relays. Its own limit comes before that of the servers, so packets are counted
  per second of the server's CPU time, and those lost at a steady load of 100 packets a second from each client.
- **Settings:** vidchat has its default settings and limits, writes its log to a file, and uses WebSocket pings to confirm
  what has arrived. The other servers have no limits, write no log and confirm nothing.`

// firstPicture is what a reader has to know about its table.
const firstPicture = `Medians in ms of five calls in each round, by Chromium with fake devices of full size, of whoever comes second. Our page is
open for 1.5 s before "Join call" is pressed, so what happened before has a negative time. The original's page is that of its client's
sequence, which joins by itself. The last column but one is as fast as the browser can be: two connections in one page, from the first
offer on, without a server. A round trip is that of signaling and pages; media goes directly.`

// versions lists the versions that were measured.
func (b *bench) versions() string {
	parts := []string{"vidchat " + revision() + ", " + runtime.Version()}
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		parts = append(parts, "Node "+strings.TrimSpace(string(out)))
	}
	for _, alias := range []string{"socket.io-2", "socket.io-4"} {
		parts = append(parts, "socket.io "+packageVersion(filepath.Join(b.options.dir, "node", "node_modules", alias)))
	}
	return strings.Join(parts, ", ")
}

// revision returns the commit that is checked out.
func revision() string {
	out, err := exec.Command("git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty= with changes").Output()
	if err != nil {
		return "(unknown revision)"
	}
	return strings.TrimSpace(string(out))
}

// packageVersion returns the version of an installed npm package.
func packageVersion(dir string) string {
	var manifest struct{ Version string }
	file, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil || json.Unmarshal(file, &manifest) != nil {
		return "(unknown version)"
	}
	return manifest.Version
}

// chart returns the chart for docs/swapping-in.md.
func (p plan) chart() report.Chart {
	return report.Chart{
		Title: "vidchat and socket.io: lower is better",
		Note:  "Medians of interleaved rounds on one machine. RESULTS.md has all figures and the method.",
		Groups: []report.ChartGroup{
			{Label: "CPU per message of 2,500 B, saturated", Unit: "µs", Metric: saturated(2500, "CPU")},
			{Label: "CPU per message of 200 B, saturated", Unit: "µs", Metric: saturated(200, "CPU")},
			{Label: "CPU per connect and join", Unit: "µs", Metric: connectCPU},
			{Label: "CPU per whole call set-up", Unit: "µs", Metric: callCPU},
			{Label: "p99 latency of 2,500 B, same load", Unit: "µs", Metric: sameLoad(2500, "p99")},
			{Label: "Memory per idle connection", Unit: "KiB", Metric: memory(p.idleClients[len(p.idleClients)-1])},
		},
		Series: []report.ChartSeries{
			{Label: vidchat, Server: vidchat, Class: "own"},
			{Label: socketIO2, Server: socketIO2, Class: "old"},
			{Label: socketIO4, Server: socketIO4, Class: "new"},
		},
	}
}
