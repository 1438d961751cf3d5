package cluster

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/enginetest/redis"
	"vidchat/internal/enginetest/wait"
)

// BenchmarkSend sends bodies of 1 KB from one node to another, one at a time, and says
// how long they took.
func BenchmarkSend(b *testing.B) { benchmarkSend(b, 0) }

// BenchmarkSendNowAndThen has a millisecond pass before each, as on servers that are mostly
// idle: run it under strace -c -f to see what a message takes.
func BenchmarkSendNowAndThen(b *testing.B) { benchmarkSend(b, time.Millisecond) }

func benchmarkSend(b *testing.B, pause time.Duration) {
	server := redis.Start(b)
	var nodes [2]*Node
	var running sync.WaitGroup
	ctx := b.Context()
	arrived := make(chan time.Duration, 1)
	start := time.Now()
	for i := range nodes {
		n, err := New(Options{URL: server.URL(), Secret: testSecret, Prefix: "bench:", Log: zerolog.Nop()})
		if err != nil {
			b.Fatal(err)
		}
		n.Handle(2, func(_ NodeID, body []byte) {
			arrived <- time.Since(start) - time.Duration(binary.BigEndian.Uint64(body))
		})
		nodes[i] = n
		running.Go(func() { n.Run(ctx) })
	}
	b.Cleanup(running.Wait) // b's context ends before
	for _, n := range nodes {
		wait.Until(b, "the node serves", n.Serving)
	}
	body := make([]byte, 1000)
	var took []time.Duration
	for b.Loop() {
		time.Sleep(pause)
		binary.BigEndian.PutUint64(body, uint64(time.Since(start)))
		nodes[0].Send(nodes[1].Self(), 2, bytes.Clone(body))
		took = append(took, <-arrived)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
