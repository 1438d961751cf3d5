package main

import (
	"fmt"
	"slices"

	"vidchat/bench/report"
)

// goals are what vidchat is to reach.
func (p plan) goals() []report.Goal {
	goals := slices.Concat(
		p.relayGoals(2500, 0.45),
		p.relayGoals(200, 0.35),
		[]report.Goal{
			most("CPU per connect and join, of socket.io 2.3", 0.40, against(connectCPU, node2)),
			most("CPU per whole call set-up, of socket.io 2.3", 0.40, against(callCPU, node2)),
		},
	)
	for _, n := range p.idle {
		at := " at " + report.Figure(float64(n))
		goals = append(goals,
			report.Goal{Label: "Memory per idle connection" + at, Limit: 12, Unit: " KiB", Value: median(memory(n))},
			most("Memory per idle connection"+at+", of socket.io 2.3", 0.60, against(memory(n), node2)),
		)
	}
	for _, what := range []string{"message", "connection"} {
		goals = append(goals, most(fmt.Sprintf("CPU per %s at %s connections, of that at %s", what,
			report.Figure(float64(p.large)), report.Figure(float64(p.small))), 1.10,
			func(r *report.Results) (float64, bool) {
				return r.Growth(vidchat, grown(what, p.large), grown(what, p.small))
			}))
	}
	return append(goals, report.Goal{
		Label: report.Figure(float64(p.large)) + " disconnects at once, until all seats are free",
		Limit: 1000, Unit: " ms", Value: median(vanishTime),
	})
}

// relayGoals are those for messages of one size.
func (p plan) relayGoals(size int, cpu float64) []report.Goal {
	b := ", " + report.Figure(float64(size)) + " B"
	return []report.Goal{
		most("CPU per message"+b+", same load, of socket.io 2.3", cpu, against(offered(size, "CPU"), node2)),
		most("CPU per message"+b+", saturated, of socket.io 2.3", cpu, against(saturated(size, "CPU"), node2)),
		most("CPU per message"+b+", one at a time, of socket.io 2.3", cpu, against(oneByOne(size, "CPU"), node2)),
		most("CPU per message"+b+", same load, of the bare relay", 1.25, against(offered(size, "CPU"), bare)),
		most("CPU per message"+b+", saturated, of the bare relay", 1.25, against(saturated(size, "CPU"), bare)),
		most("CPU per message"+b+", one at a time, of the bare relay", 1.25, against(oneByOne(size, "CPU"), bare)),
		most("Latency p99"+b+", same load, of socket.io 2.3", 0.50, against(offered(size, "p99"), node2)),
		{Label: "Messages a second" + b + ", saturated, of socket.io 2.3", Limit: 4, Least: true, Value: against(saturated(size, "rate"), node2)},
	}
}

func most(label string, limit float64, value func(*report.Results) (float64, bool)) report.Goal {
	return report.Goal{Label: label, Limit: limit, Value: value}
}

func against(m report.Metric, other string) func(*report.Results) (float64, bool) {
	return func(r *report.Results) (float64, bool) { return r.Ratio(m, vidchat, other) }
}

func median(m report.Metric) func(*report.Results) (float64, bool) {
	return func(r *report.Results) (float64, bool) { return r.Median(m, vidchat) }
}
