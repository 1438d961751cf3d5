//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"vidchat/bench/process"
	"vidchat/bench/report"
)

const nodesMethod = `## Method

- **Figures** are medians over the rounds. Where the rounds differ by more than 30 %, the lowest and the highest follow in
  parentheses. Every round takes all columns one after the other, each with fresh processes and a fresh redis-server, and
  *one process* and *both at the owner* twice, since they differ by less than two runs of the same program do.
- **Clients** are pairs in rooms of two that send to each other, in a process of their own on the same cores. *One at each*
  connects the first member of a pair to the first node, which owns the room, and the second to the other node.
  socket.io has ` + "`@socket.io/redis-adapter`" + ` between its nodes.
- **CPU** is the user and system time of the processes. **Same load** is a fixed rate over all pairs. Latency counts from
  the time at which a message should have been sent. **Saturated:** each pair keeps some messages in flight.`

// nodesText is the page of results.
func (b *bench) nodesText(began time.Time) string {
	columns := []report.Column{
		{Label: oneProcess, Server: oneProcess},
		{Label: atTheOwner, Server: atTheOwner},
		{Label: acrossTwo, Server: acrossTwo},
		{Label: nodeAcross, Server: nodeAcross},
		{Label: "one at each : socket.io", Server: acrossTwo, RelativeTo: nodeAcross},
	}
	return strings.Join([]string{
		"# Two nodes of vidchat that share a Redis",
		fmt.Sprintf("Written by `make bench` on %s, in %.0f minutes.", began.UTC().Format("2 January 2006"), time.Since(began).Minutes()),
		"- " + process.Machine() + "\n- " + b.versions(),
		nodesMethod,
		"## Goals",
		report.Goals(&b.results, nodesGoals()) + "\n## Figures",
		report.Table(&b.results, nodesRows(), columns),
	}, "\n\n")
}

func nodesRows() []report.Row {
	rows := []report.Row{{Label: "Memory of Redis per room, B", Metric: memoryOfRoom}}
	for _, size := range sizes {
		for _, kind := range []string{"same load", "saturated"} {
			relay := fmt.Sprintf("Relay of %s B, %s: ", count(size), kind)
			rows = append(rows, report.Row{Label: relay + "messages per second", Metric: nodesMetric(kind, size, "rate")})
			for _, part := range []string{"CPU", "first node", "other node", "Redis"} {
				of := part
				if part != "CPU" {
					of = "CPU of the " + part
				}
				rows = append(rows, report.Row{Label: relay + strings.ReplaceAll(of, "the Redis", "Redis") + ", µs per message", Metric: nodesMetric(kind, size, part)})
			}
			if kind == "same load" {
				rows = append(rows,
					report.Row{Label: relay + "latency p50, µs", Metric: nodesMetric(kind, size, "p50")},
					report.Row{Label: relay + "latency p99, µs", Metric: nodesMetric(kind, size, "p99")})
			}
		}
	}
	return rows
}

// nodesGoals are the limits that several nodes should meet.
func nodesGoals() []report.Goal {
	compare := func(m report.Metric, name, other string) func(*report.Results) report.Sample {
		return func(r *report.Results) report.Sample { return r.Ratios(m, name, other) }
	}
	of := func(m report.Metric) func(*report.Results) report.Sample {
		return func(r *report.Results) report.Sample { return r.Values(m, acrossTwo) }
	}
	goals := []report.Goal{{Label: "Memory of Redis per room", Limit: 512, Unit: " B", Values: of(memoryOfRoom)}}
	for _, size := range sizes {
		label := fmt.Sprintf(", %s B", count(size))
		goals = append(goals,
			atMost(1.02, "CPU of the owner with both members, saturated, vs. one process"+label, func(r *report.Results) report.Sample {
				return r.Ratios(nodesMetric("saturated", size, "first node"), atTheOwner, oneProcess)
			}),
			atMost(0.50, "CPU in all across nodes, saturated, vs. socket.io 4.8"+label, compare(nodesMetric("saturated", size, "CPU"), acrossTwo, nodeAcross)),
			atMost(0.50, "CPU in all across nodes, same load, vs. socket.io 4.8"+label, compare(nodesMetric("same load", size, "CPU"), acrossTwo, nodeAcross)),
			report.Goal{Label: "Latency p50 across nodes" + label, Limit: 1000, Unit: " µs", Values: of(nodesMetric("same load", size, "p50"))},
			report.Goal{Label: "CPU of Redis across nodes, saturated" + label, Limit: 10, Unit: " µs", Values: of(nodesMetric("saturated", size, "Redis"))},
		)
	}
	return goals
}

// redisMemory is how many bytes Redis uses; 0 without one.
func (n *nodesBed) redisMemory() (used int64, err error) {
	redis := n.parts["Redis"]
	if redis == nil {
		return 0, nil
	}
	conn, err := net.DialTimeout("tcp", redis.Address, time.Second)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprint(conn, "INFO memory\r\n"); err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "used_memory_dataset:%d", &used); err == nil {
			return used, nil
		}
	}
	return 0, errors.New("redis-server does not say how much memory it uses")
}
