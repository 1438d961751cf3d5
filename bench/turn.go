//go:build linux

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"vidchat/bench/report"
	"vidchat/bench/server"
)

// coturn is the TURN server of Debian, whose turnutils_uclient loads both.
const coturn = "coturn"

const turnSecret = "only for measurements"

// Metrics of relaying media. Each packet passes two relays, as between two callers who
// both need one.
const (
	turnRate   report.Metric = "turn, rate"   // packets per second of CPU
	turnLoss   report.Metric = "turn, loss"   // % of the packets of a steady load
	turnMemory report.Metric = "turn, memory" // KiB per allocation
	turnCPU    report.Metric = "turn, CPU"    // µs per allocation
)

// turnServers are set up alike: one socket for all clients over UDP, no limit of
// bandwidth, and relays on loopback.
func turnServers(vidchatPath, dir string) []server.Server {
	log := filepath.Join(dir, "log")
	return []server.Server{
		{Name: vidchat, Command: []string{vidchatPath}, Dir: dir, LogFile: log, Env: []string{
			"TURN_LISTEN=127.0.0.1:{second}", "TURNS_LISTEN=off", "TURN_PUBLIC_IP=127.0.0.1", "TURN_SECRET=" + turnSecret, "TURN_BANDWIDTH=off",
		}},
		{Name: coturn, Command: []string{
			"turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--use-auth-secret", "--static-auth-secret=" + turnSecret, "--realm=vidchat",
			"--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port={port}", "--allow-loopback-peers", "--no-tcp-relay",
			"--log-file=stdout", "--pidfile=/dev/null", "--userdb=turn.sqlite",
		}, Dir: dir, LogFile: log},
	}
}

// measureTURN measures packets that are relayed at full speed, then those of a steady
// load, and then allocations that do nothing.
func measureTURN(ctx context.Context, b *bench, s server.Server) error {
	for _, part := range []func(context.Context, *bench, *testbed, string) error{measurePackets, measureLoss, measureAllocations} {
		t, err := start(ctx, s)
		if err != nil {
			return err
		}
		port := t.Second
		if s.Name == coturn {
			port = t.Port()
		}
		err = part(ctx, b, t, port)
		t.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

func measurePackets(ctx context.Context, b *bench, t *testbed, port string) error {
	var got relayedPackets
	used, err := t.cpu(func() (err error) {
		got, err = uclient(ctx, port, b.plan.turnClients, b.plan.turnPackets, 0)
		return err
	})
	if err != nil {
		return err
	}
	b.add(turnRate, t, float64(got.received)/max(used, cpuTick).Seconds())
	return nil
}

func measureLoss(ctx context.Context, b *bench, t *testbed, port string) error {
	const interval = 10 * time.Millisecond // of each client, as with video
	got, err := uclient(ctx, port, b.plan.turnClients, b.plan.turnPackets/4, interval)
	if err != nil {
		return err
	}
	b.add(turnLoss, t, 100*float64(got.sent-got.received)/float64(got.sent))
	return nil
}

// measureAllocations measures what allocations take that stay. The client hangs until
// it is killed.
func measureAllocations(ctx context.Context, b *bench, t *testbed, port string) error {
	empty, err := t.Resident()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.plan.turnTime)
	defer cancel()
	used, err := t.cpu(func() error {
		hanging := exec.CommandContext(ctx, "turnutils_uclient", append([]string{"-h"}, uclientArgs(port, b.plan.turnAllocations, 1, 0)...)...)
		if err := hanging.Start(); err != nil {
			return err
		}
		<-ctx.Done()
		resident, err := t.Resident()
		b.add(turnMemory, t, float64(resident-empty)/float64(b.plan.turnAllocations)/(1<<10))
		_ = hanging.Wait() // it was killed
		return err
	})
	if err != nil {
		return err
	}
	b.add(turnCPU, t, perItem(used, b.plan.turnAllocations))
	return nil
}

// cpuTick is the resolution of CPU times.
const cpuTick = 10 * time.Millisecond

type relayedPackets struct{ sent, received int }

// uclient has clients send packets to each other by way of two relays.
func uclient(ctx context.Context, port string, clients, packets int, interval time.Duration) (relayedPackets, error) {
	out, err := exec.CommandContext(ctx, "turnutils_uclient", uclientArgs(port, clients, packets, interval)...).CombinedOutput()
	if err != nil {
		return relayedPackets{}, fmt.Errorf("turnutils_uclient, of Debian's coturn: %w; it ends with %q", err, out[max(0, len(out)-300):])
	}
	return readUclient(out)
}

func uclientArgs(port string, clients, packets int, interval time.Duration) []string {
	return []string{
		"-W", turnSecret, "-u", "bench", "-p", port, "-c", "-y", "-l", "1000",
		"-m", strconv.Itoa(clients), "-n", strconv.Itoa(packets), "-z", strconv.FormatInt(interval.Milliseconds(), 10), "127.0.0.1",
	}
}

var uclientTotals = regexp.MustCompile(`start_mclient: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)`)

// readUclient reads the totals of a finished run.
func readUclient(out []byte) (got relayedPackets, err error) {
	found := uclientTotals.FindSubmatch(out)
	if found == nil {
		return got, fmt.Errorf("turnutils_uclient relayed nothing: %.300s", out)
	}
	if got.sent, err = strconv.Atoi(string(found[1])); err != nil {
		return got, err
	}
	got.received, err = strconv.Atoi(string(found[2]))
	if err == nil && got.received == 0 {
		err = fmt.Errorf("turnutils_uclient received none of %d packets", got.sent)
	}
	return got, err
}

// turnRows are the lines of the table of TURN servers.
func turnRows() []report.Row {
	return []report.Row{
		{Label: "Packets of 1,000 B through two relays: per second of CPU", Metric: turnRate},
		{Label: "Packets lost of a steady load, %", Metric: turnLoss},
		{Label: "Memory per allocation, KiB", Metric: turnMemory},
		{Label: "CPU per allocation, µs", Metric: turnCPU},
	}
}

func turnGoals() []report.Goal {
	return []report.Goal{
		{Label: "TURN: packets per second of CPU, vs. coturn", Limit: 0.80, AtLeast: true, Values: ratio(turnRate, coturn)},
		{Label: "TURN: packets lost of a steady load", Limit: 0, Unit: " %", Values: values(turnLoss)},
	}
}
