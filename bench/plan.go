//go:build linux

package main

import "time"

// plan says how much is measured, and for how long.
type plan struct {
	rounds int

	connects      int // clients that connect and join while it is measured
	warmupClients int // clients that connect before

	pairs        int           // of clients that relay messages
	burst        int           // messages that each pair has in flight at saturation
	warmup       time.Duration // of relays and calls, before they are measured
	saturateTime time.Duration
	sameLoadTime time.Duration
	callTime     time.Duration

	idleClients []int         // numbers of clients for which memory is measured
	idleTime    time.Duration // how long they are idle before it is read

	small, large int     // numbers of clients between which costs are compared
	scalingRate  float64 // messages per second, from all clients together
	probeRooms   int     // see load.SeatProbe

	secureClients int // over TLS
	securePairs   int // of them, that relay messages of each size

	turnClients     int // that send to each other over relays
	turnPackets     int // of each
	turnAllocations int
	turnTime        time.Duration // until the allocations are there, and a while
	pageCalls       int           // calls of each kind in a browser, for each delay; without any, no browser is needed
	nodesOrder      []string      // what is compared in a round, one after the other
	nodesRate       float64       // messages per second between two nodes
	nodesBurst      int           // messages that each pair has in flight between two nodes

	soakTime       time.Duration
	sampleInterval time.Duration // between readings of the memory in a soak
}

// sizes of the relayed messages in bytes: a candidate and a session description.
var sizes = []int{200, 2500}

// full takes 15 to 20 minutes.
func full() plan {
	return plan{
		rounds:   3,
		connects: 3000, warmupClients: 600,
		pairs: 400, burst: 16, warmup: time.Second,
		saturateTime: 2 * time.Second, sameLoadTime: 4 * time.Second, callTime: 4 * time.Second,
		idleClients: []int{1000, 4000, 8000}, idleTime: 10 * time.Second,
		small: 1000, large: 8000, scalingRate: 4000, probeRooms: 200,
		secureClients: 1000, securePairs: 100,
		turnClients: 16, turnPackets: 2000, turnAllocations: 48, turnTime: 12 * time.Second,
		pageCalls:  5,
		nodesOrder: nodesTwice, nodesRate: 2000, nodesBurst: 4,
		soakTime: 10 * time.Minute, sampleInterval: time.Second,
	}
}

// quick takes a minute or two. It shows that everything runs; its figures mean little.
func quick() plan {
	return plan{
		rounds:   1,
		connects: 300, warmupClients: 100,
		pairs: 200, burst: 16, warmup: 500 * time.Millisecond,
		saturateTime: time.Second, sameLoadTime: time.Second, callTime: time.Second,
		idleClients: []int{200, 400}, idleTime: time.Second,
		small: 200, large: 800, scalingRate: 2000, probeRooms: 20,
		secureClients: 200, securePairs: 20,
		turnClients: 4, turnPackets: 200, turnAllocations: 8, turnTime: 8 * time.Second,
		pageCalls:  1,
		nodesOrder: nodesNames, nodesRate: 1000, nodesBurst: 4,
		soakTime: 20 * time.Second, sampleInterval: 200 * time.Millisecond,
	}
}

// files returns the largest number of files that a process has open. The load
// generator has the most: while it measures memory, it is connected to a server for
// each number of clients.
func (p plan) files() uint64 {
	scaling := p.large + 2*p.probeRooms
	memory := 0
	for _, n := range p.idleClients {
		memory += n
	}
	const others = 200
	return uint64(max(scaling, memory) + others)
}
