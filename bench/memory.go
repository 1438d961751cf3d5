//go:build linux

package main

import (
	"context"

	"vidchat/bench/server"
)

// measureMemory compares the memory of servers with idle clients to their memory when
// they had just started. Each number of clients has a server of its own, and all of
// them are idle at the same time.
func measureMemory(ctx context.Context, b *bench, s server.Server) error {
	var idle []*idleServer
	defer func() {
		for _, i := range idle {
			i.stop()
		}
	}()
	for _, n := range b.plan.idleClients {
		t, err := start(ctx, s)
		if err != nil {
			return err
		}
		i := &idleServer{testbed: t, clients: n}
		idle = append(idle, i)
		if i.empty, err = t.Resident(); err != nil {
			return err
		}
		if err := t.connect(ctx, n); err != nil {
			return err
		}
	}
	if err := beIdle(ctx, b, idle); err != nil {
		return err
	}
	return b.addMemory(idle)
}

// idleServer is a server with idle clients.
type idleServer struct {
	*testbed
	clients int
	empty   int64 // resident bytes before they connected
}

func (b *bench) addMemory(idle []*idleServer) error {
	for _, i := range idle {
		resident, err := i.Resident()
		if err != nil {
			return err
		}
		b.add(memory(i.clients), i.testbed, float64(resident-i.empty)/float64(i.clients)/(1<<10))
	}
	b.add(emptyMemory, idle[0].testbed, float64(idle[0].empty)/(1<<20))
	return nil
}

// beIdle keeps the clients of all servers connected for the idle time.
func beIdle(ctx context.Context, b *bench, idle []*idleServer) error {
	ended := make(chan error, len(idle))
	for _, i := range idle {
		go func() { ended <- i.loop.Idle(b.plan.idleTime) }()
	}
	var failed error
	for range idle {
		if err := <-ended; err != nil {
			failed = err
		}
	}
	return causeOf(ctx, failed)
}
