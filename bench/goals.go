//go:build linux

package main

import (
	"fmt"
	"slices"

	"vidchat/bench/report"
)

// goals returns the limits that vidchat should meet.
func (p plan) goals() []report.Goal {
	goals := slices.Concat(
		relayGoals(2500, 0.45),
		relayGoals(200, 0.35),
		[]report.Goal{
			atMost(0.40, "CPU per connect and join, vs. socket.io 2.3", ratio(connectCPU, socketIO2)),
			atMost(0.40, "CPU per whole call set-up, vs. socket.io 2.3", ratio(callCPU, socketIO2)),
		},
	)
	for _, n := range p.idleClients {
		goals = append(goals, memoryGoals(n)...)
	}
	for _, item := range []string{"message", "connection"} {
		label := fmt.Sprintf("CPU per %s at %s connections, vs. at %s", item, count(p.large), count(p.small))
		goals = append(goals, atMost(1.10, label, func(r *report.Results) report.Sample {
			return r.Growth(vidchat, cpuAt(item, p.large), cpuAt(item, p.small))
		}))
	}
	goals = append(goals, atMost(0.60, "Memory per idle connection over TLS, vs. socket.io 2.3", ratio(secureMemory, socketIO2)))
	for _, size := range sizes {
		goals = append(goals, atMost(0.50, "CPU per message over TLS, "+count(size)+" B, vs. socket.io 2.3", ratio(secureCPU(size), socketIO2)))
	}
	goals = append(goals, turnGoals()...)
	goals = append(goals, p.pageGoals()...)
	return append(goals, report.Goal{
		Label: count(p.large) + " disconnects at once, until all seats are free, with SEAT_HOLD=off",
		Limit: 1000, Unit: " ms", Values: values(disconnectTime),
	})
}

// relayGoals are the goals for messages of one size. cpu is the limit for CPU relative
// to socket.io 2.3 when the server is busy. At the same load, vidchat is mostly idle and
// pays for a wake-up per message, so that limit is higher.
func relayGoals(size int, cpu float64) []report.Goal {
	suffix := func(kind, other string) string {
		return fmt.Sprintf(", %s B, %s, vs. %s", count(size), kind, other)
	}
	const node, relay = "socket.io 2.3", "the bare relay"
	return []report.Goal{
		atMost(0.70, "CPU per message"+suffix("same load", node), ratio(sameLoad(size, "CPU"), socketIO2)),
		atMost(cpu, "CPU per message"+suffix("saturated", node), ratio(saturated(size, "CPU"), socketIO2)),
		atMost(cpu, "CPU per message"+suffix("one at a time", node), ratio(oneAtATime(size, "CPU"), socketIO2)),
		atMost(1.15, "CPU per message"+suffix("same load", relay), ratio(sameLoad(size, "CPU"), bareRelay)),
		atMost(1.25, "CPU per message"+suffix("saturated", relay), ratio(saturated(size, "CPU"), bareRelay)),
		atMost(1.25, "CPU per message"+suffix("one at a time", relay), ratio(oneAtATime(size, "CPU"), bareRelay)),
		atMost(1.00, "Latency p50"+suffix("same load", node), ratio(sameLoad(size, "p50"), socketIO2)),
		atMost(0.50, "Latency p99"+suffix("same load", node), ratio(sameLoad(size, "p99"), socketIO2)),
		{Label: "Messages per second" + suffix("saturated", node), Limit: 4, AtLeast: true, Values: ratio(saturated(size, "rate"), socketIO2)},
	}
}

// memoryGoals are the goals for the memory of n idle connections. With many of them,
// what the process needs anyway is spread over more connections.
func memoryGoals(n int) []report.Goal {
	limit := 12.0
	if n >= 8000 {
		limit = 8
	}
	label := "Memory per idle connection at " + count(n)
	return []report.Goal{
		{Label: label, Limit: limit, Unit: " KiB", Values: values(memory(n))},
		atMost(0.60, label+", vs. socket.io 2.3", ratio(memory(n), socketIO2)),
	}
}

func atMost(limit float64, label string, values func(*report.Results) report.Sample) report.Goal {
	return report.Goal{Label: label, Limit: limit, Values: values}
}

// ratio compares vidchat with another server.
func ratio(m report.Metric, other string) func(*report.Results) report.Sample {
	return func(r *report.Results) report.Sample { return r.Ratios(m, vidchat, other) }
}

func values(m report.Metric) func(*report.Results) report.Sample {
	return func(r *report.Results) report.Sample { return r.Values(m, vidchat) }
}
