//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/report"
	"vidchat/bench/server"
)

// What is compared: vidchat alone, two nodes of it with both members of a pair at the
// node that owns their room, two nodes with a member at each, and the same for Node.
const (
	oneProcess = "one process"
	atTheOwner = "two nodes, both at the owner"
	acrossTwo  = "two nodes, one at each"
	nodeAcross = "socket.io 4.8.4, one at each"
)

var nodesNames = []string{oneProcess, atTheOwner, acrossTwo, nodeAcross}

// nodesTwice has those that differ least twice, in both orders: what one process costs differs
// by a few percent from what another one of the same program does.
var nodesTwice = []string{oneProcess, atTheOwner, acrossTwo, nodeAcross, atTheOwner, oneProcess}

// nodesMetric is a metric of relaying messages of a size. kind is "saturated" or "same
// load"; quantity is "CPU" in all, of the "first node", the "other node" or "Redis", or
// "rate", "p50" or "p99".
func nodesMetric(kind string, size int, quantity string) report.Metric {
	return report.Metric(fmt.Sprintf("nodes, %s, %d, %s", kind, size, quantity))
}

// memoryOfRoom is what a room takes of Redis, in bytes.
const memoryOfRoom report.Metric = "nodes, memory of Redis"

// compareNodes measures them in every round.
func (b *bench) compareNodes(ctx context.Context) error {
	began := time.Now()
	for round := range b.plan.rounds {
		for _, name := range b.plan.nodesOrder {
			if b.skips(name) {
				continue
			}
			fmt.Fprintf(b.out, "%6.0f s  round %d of %d: %s\n", time.Since(began).Seconds(), round+1, b.plan.rounds, name)
			if err := b.measureNodes(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, causeOf(ctx, err))
			}
		}
	}
	text := b.nodesText(began)
	fmt.Fprint(b.out, "\n", text)
	if b.options.quick || b.options.only != nil {
		return nil
	}
	return os.WriteFile(filepath.Join(b.options.dir, "NODES.md"), []byte(text), 0o644)
}

// nodesBed is what is measured: one process, or two that share a Redis.
type nodesBed struct {
	*testbed
	parts map[string]*server.Process
}

func (n *nodesBed) stop() {
	n.loop.Close()
	for _, part := range n.parts {
		part.Stop()
	}
}

func (b *bench) measureNodes(ctx context.Context, name string) error {
	n, err := b.startNodes(ctx, name)
	if n != nil {
		defer n.stop()
	}
	if err != nil {
		return err
	}
	before, err := n.redisMemory()
	if err != nil {
		return err
	}
	if err := n.connect(ctx, 2*b.plan.pairs); err != nil {
		return err
	}
	time.Sleep(settleTime)
	after, err := n.redisMemory()
	if err != nil {
		return err
	}
	if name == acrossTwo {
		b.add(memoryOfRoom, n.testbed, float64(after-before)/float64(b.plan.pairs))
	}
	for _, size := range sizes {
		err := n.relay(b, "same load", size, func(d time.Duration) (*load.Relayed, error) {
			return n.loop.SendAtRate(size, b.plan.nodesRate, d)
		})
		if err != nil {
			return err
		}
		err = n.relay(b, "saturated", size, func(d time.Duration) (*load.Relayed, error) {
			return n.loop.Saturate(b.plan.pairs, b.plan.nodesBurst, size, d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// relay measures what messages cost each part.
func (n *nodesBed) relay(b *bench, kind string, size int, send func(time.Duration) (*load.Relayed, error)) error {
	if _, err := send(b.plan.warmup); err != nil {
		return err
	}
	before := make(map[string]time.Duration)
	for name, part := range n.parts {
		used, err := part.CPU()
		if err != nil {
			return err
		}
		before[name] = used
	}
	relayed, err := send(b.plan.sameLoadTime)
	if err != nil {
		return err
	}
	time.Sleep(settleTime)
	all := time.Duration(0)
	for name, part := range n.parts {
		used, err := part.CPU()
		if err != nil {
			return err
		}
		all += used - before[name]
		b.add(nodesMetric(kind, size, name), n.testbed, perItem(used-before[name], relayed.Messages))
	}
	b.add(nodesMetric(kind, size, "CPU"), n.testbed, perItem(all, relayed.Messages))
	b.add(nodesMetric(kind, size, "rate"), n.testbed, relayed.Rate())
	if kind == "same load" {
		b.add(nodesMetric(kind, size, "p50"), n.testbed, microseconds(relayed.Latency.Quantile(0.5)))
		b.add(nodesMetric(kind, size, "p99"), n.testbed, microseconds(relayed.Latency.Quantile(0.99)))
	}
	return nil
}

// startNodes starts the processes of what is measured.
func (b *bench) startNodes(ctx context.Context, name string) (*nodesBed, error) {
	loop, err := load.NewLoop()
	if err != nil {
		return nil, err
	}
	n := &nodesBed{testbed: &testbed{name: name, loop: loop}, parts: make(map[string]*server.Process)}
	template := b.serverNamed(vidchat)
	if name == nodeAcross {
		template = b.serverNamed(socketIO4)
	}
	start := func(part string, s server.Server) (*server.Process, error) {
		s.LogFile += "-" + strings.ReplaceAll(part, " ", "-")
		p, err := s.Start(ctx)
		if err == nil {
			n.parts[part] = p
		}
		return p, err
	}
	if name != oneProcess {
		redis, err := start("Redis", server.Server{
			Name: "redis-server", Command: []string{"redis-server", "--port", "{port}", "--bind", "127.0.0.1", "--save", ""},
			Dir: template.Dir, LogFile: template.LogFile,
		})
		if err != nil {
			return n, err
		}
		template.Env = []string{"REDIS_URL=redis://" + redis.Address, "CLUSTER_SECRET=a secret of the benchmark"}
	}
	if n.Process, err = start("first node", template); err != nil || name == oneProcess {
		return n, err
	}
	other, err := start("other node", template)
	if err != nil {
		return n, err
	}
	if name != atTheOwner {
		n.Target.Other = other.Address
	}
	if template.Name == vidchat {
		for _, node := range []*server.Process{n.Process, other} {
			if err := awaitReady(ctx, node.Address); err != nil {
				return n, err
			}
		}
	}
	// Nodes hear of each other within a second, and a Redis that is new waits for those
	// that it may have forgotten.
	select {
	case <-time.After(5 * time.Second):
	case <-ctx.Done():
	}
	return n, ctx.Err()
}

func (b *bench) serverNamed(name string) server.Server {
	for _, s := range b.servers {
		if s.Name == name {
			return s
		}
	}
	return server.Server{}
}

// awaitReady waits until a node has joined the cluster.
func awaitReady(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}
