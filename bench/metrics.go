//go:build linux

package main

import (
	"fmt"

	"vidchat/bench/report"
)

// Metrics. CPU is the CPU time of the server in µs per item; rates are per second.
const (
	connectCPU     report.Metric = "connect, CPU"
	connectRate    report.Metric = "connect, rate"
	callCPU        report.Metric = "call, CPU"
	callRate       report.Metric = "call, rate"
	emptyMemory    report.Metric = "memory, empty"    // MiB
	disconnectTime report.Metric = "disconnect, time" // ms
	disconnectCPU  report.Metric = "disconnect, CPU"
)

// saturated, oneAtATime and sameLoad are metrics of relaying messages of a size: with
// many messages of each pair in flight, with one, and at a fixed rate. quantity is
// "CPU", "rate", "client CPU", "p50", "p99" or "max".
func saturated(size int, quantity string) report.Metric {
	return report.Metric(fmt.Sprintf("saturated, %d, %s", size, quantity))
}

func oneAtATime(size int, quantity string) report.Metric {
	return report.Metric(fmt.Sprintf("one at a time, %d, %s", size, quantity))
}

func sameLoad(size int, quantity string) report.Metric {
	return report.Metric(fmt.Sprintf("same load, %d, %s", size, quantity))
}

// memory is the memory of an idle connection in KiB when there are n.
func memory(n int) report.Metric { return report.Metric(fmt.Sprintf("memory, %d", n)) }

// cpuAt is the CPU time of a "connection" or a "message" with n clients.
func cpuAt(item string, n int) report.Metric {
	return report.Metric(fmt.Sprintf("CPU per %s, %d", item, n))
}

// rows are the lines of the table of results.
func (p plan) rows() []report.Row {
	rows := []report.Row{
		{Label: "Connect and join: CPU, µs per connection", Metric: connectCPU},
		{Label: "Connect and join: connections per second", Metric: connectRate},
		{Label: "Whole call set-up, polling and upgrade: CPU, µs per call", Metric: callCPU},
		{Label: "Whole call set-up: calls per second", Metric: callRate},
	}
	for _, size := range sizes {
		rows = append(rows, relayRows(size)...)
	}
	rows = append(rows, report.Row{Label: "Memory of the empty server, MiB", Metric: emptyMemory})
	for _, n := range p.idleClients {
		rows = append(rows, report.Row{Label: fmt.Sprintf("Memory per idle connection at %s, KiB", count(n)), Metric: memory(n)})
	}
	rows = append(rows, report.Row{Label: "Memory per idle connection over TLS, KiB", Metric: secureMemory})
	for _, size := range sizes {
		rows = append(rows, report.Row{Label: "Relay of " + count(size) + " B over TLS: CPU, µs per message", Metric: secureCPU(size)})
	}
	for _, item := range []string{"connection", "message"} {
		for _, n := range []int{p.small, p.large} {
			rows = append(rows, report.Row{Label: fmt.Sprintf("CPU per %s with %s connections, µs", item, count(n)), Metric: cpuAt(item, n)})
		}
	}
	return append(rows,
		report.Row{Label: count(p.large) + " disconnects at once, SEAT_HOLD=off: ms until all seats are free", Metric: disconnectTime},
		report.Row{Label: "Disconnect, SEAT_HOLD=off: CPU, µs per connection", Metric: disconnectCPU},
	)
}

func relayRows(size int) []report.Row {
	relay := fmt.Sprintf("Relay of %s B, ", count(size))
	return []report.Row{
		{Label: relay + "same load: messages per second", Metric: sameLoad(size, "rate")},
		{Label: relay + "same load: CPU, µs per message", Metric: sameLoad(size, "CPU")},
		{Label: relay + "same load: latency p50, µs", Metric: sameLoad(size, "p50")},
		{Label: relay + "same load: latency p99, µs", Metric: sameLoad(size, "p99")},
		{Label: relay + "same load: latency max, µs", Metric: sameLoad(size, "max")},
		{Label: relay + "saturated: messages per second", Metric: saturated(size, "rate")},
		{Label: relay + "saturated: CPU, µs per message", Metric: saturated(size, "CPU")},
		{Label: relay + "saturated: CPU of the clients, µs per message", Metric: saturated(size, "client CPU")},
		{Label: relay + "one at a time: messages per second", Metric: oneAtATime(size, "rate")},
		{Label: relay + "one at a time: CPU, µs per message", Metric: oneAtATime(size, "CPU")},
		{Label: relay + "one at a time: CPU of the clients, µs per message", Metric: oneAtATime(size, "client CPU")},
	}
}

// count writes a number with commas between thousands.
func count(n int) string {
	if n < 100 {
		return fmt.Sprint(n) // Figure would add decimals
	}
	return report.Figure(float64(n))
}
