//go:build linux

package main

import (
	"context"

	"vidchat/bench/subject"
)

// measureMemory compares servers with idle clients with what they were when
// they had just started. There is a server for each number of clients, and all
// are idle at the same time.
func measureMemory(ctx context.Context, b *bench, s subject.Subject) error {
	var servers []*idleServer
	defer func() {
		for _, server := range servers {
			server.stop()
		}
	}()
	for _, n := range b.plan.idle {
		m, err := start(ctx, s)
		if err != nil {
			return err
		}
		server := &idleServer{meter: m, clients: n}
		servers = append(servers, server)
		if server.empty, err = m.Resident(); err != nil {
			return err
		}
		if err := m.connect(ctx, n); err != nil {
			return err
		}
	}
	if err := idle(ctx, b, servers); err != nil {
		return err
	}
	return b.addMemory(servers)
}

// idleServer is a server with clients that do nothing.
type idleServer struct {
	*meter
	clients int
	empty   int64 // what was resident before they came, in bytes
}

func (b *bench) addMemory(servers []*idleServer) error {
	for _, server := range servers {
		resident, err := server.Resident()
		if err != nil {
			return err
		}
		b.add(memory(server.clients), server.meter, float64(resident-server.empty)/float64(server.clients)/(1<<10))
	}
	b.add(emptyMemory, servers[0].meter, float64(servers[0].empty)/(1<<20))
	return nil
}

// idle serves the clients of all servers at the same time.
func idle(ctx context.Context, b *bench, servers []*idleServer) error {
	ended := make(chan error, len(servers))
	for _, server := range servers {
		go func() { ended <- server.loop.Idle(b.plan.quiet) }()
	}
	var failed error
	for range servers {
		if err := <-ended; err != nil {
			failed = err
		}
	}
	return stopped(ctx, failed)
}
