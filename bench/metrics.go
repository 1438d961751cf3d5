package main

import (
	"fmt"

	"vidchat/bench/report"
)

// What is measured. Times are in µs of the server's processor unless said.
const (
	connectCPU  report.Metric = "connect, CPU"
	connectRate report.Metric = "connect, rate"
	callCPU     report.Metric = "call, CPU"
	callRate    report.Metric = "call, rate"
	emptyMemory report.Metric = "memory, empty" // MiB
	vanishTime  report.Metric = "vanish, time"  // ms
	vanishCPU   report.Metric = "vanish, CPU"
)

// saturated, oneByOne and offered are metrics of a relay of messages of a size:
// as much as it can, as much as it can while a pair has one message on its way,
// and at a given rate. What is "CPU", "rate", "load", "p50", "p99" or "max".
func saturated(size int, what string) report.Metric {
	return report.Metric(fmt.Sprintf("saturated, %d, %s", size, what))
}

func oneByOne(size int, what string) report.Metric {
	return report.Metric(fmt.Sprintf("one by one, %d, %s", size, what))
}

func offered(size int, what string) report.Metric {
	return report.Metric(fmt.Sprintf("offered, %d, %s", size, what))
}

// memory is what an idle connection costs while there are n, in KiB.
func memory(n int) report.Metric { return report.Metric(fmt.Sprintf("memory, %d", n)) }

// grown is the cost of a connection or a message while there are n clients.
func grown(what string, n int) report.Metric {
	return report.Metric(fmt.Sprintf("grown, %s, %d", what, n))
}

// rows are the lines of the table of results.
func (p plan) rows() []report.Row {
	rows := []report.Row{
		{Label: "Connect and join: CPU, µs per connection", Metric: connectCPU},
		{Label: "Connect and join: connections a second", Metric: connectRate},
		{Label: "Whole call set-up, polling and upgrade: CPU, µs per call", Metric: callCPU},
		{Label: "Whole call set-up: calls a second", Metric: callRate},
	}
	for _, size := range sizes {
		b := report.Figure(float64(size)) + " B"
		rows = append(rows,
			report.Row{Label: "Relay of " + b + ", same load: messages a second", Metric: offered(size, "rate")},
			report.Row{Label: "Relay of " + b + ", same load: CPU, µs per message", Metric: offered(size, "CPU")},
			report.Row{Label: "Relay of " + b + ", same load: latency p50, µs", Metric: offered(size, "p50")},
			report.Row{Label: "Relay of " + b + ", same load: latency p99, µs", Metric: offered(size, "p99")},
			report.Row{Label: "Relay of " + b + ", same load: latency max, µs", Metric: offered(size, "max")},
			report.Row{Label: "Relay of " + b + ", saturated: messages a second", Metric: saturated(size, "rate")},
			report.Row{Label: "Relay of " + b + ", saturated: CPU, µs per message", Metric: saturated(size, "CPU")},
			report.Row{Label: "Relay of " + b + ", saturated: the load's own CPU, µs per message", Metric: saturated(size, "load")},
			report.Row{Label: "Relay of " + b + ", one at a time: messages a second", Metric: oneByOne(size, "rate")},
			report.Row{Label: "Relay of " + b + ", one at a time: CPU, µs per message", Metric: oneByOne(size, "CPU")},
			report.Row{Label: "Relay of " + b + ", one at a time: the load's own CPU, µs per message", Metric: oneByOne(size, "load")},
		)
	}
	rows = append(rows, report.Row{Label: "Memory of the empty server, MiB", Metric: emptyMemory})
	for _, n := range p.idle {
		rows = append(rows, report.Row{Label: fmt.Sprintf("Memory per idle connection at %s, KiB", report.Figure(float64(n))), Metric: memory(n)})
	}
	for _, what := range []string{"connection", "message"} {
		for _, n := range []int{p.small, p.large} {
			rows = append(rows, report.Row{Label: fmt.Sprintf("CPU per %s with %s connections, µs", what, report.Figure(float64(n))), Metric: grown(what, n)})
		}
	}
	return append(rows,
		report.Row{Label: fmt.Sprintf("%s disconnects at once: ms until all seats are free", report.Figure(float64(p.large))), Metric: vanishTime},
		report.Row{Label: "Disconnect: CPU, µs per connection", Metric: vanishCPU},
	)
}
