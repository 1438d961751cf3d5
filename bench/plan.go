package main

import "time"

// plan says how much is measured, and for how long.
type plan struct {
	rounds int

	connects int // clients, of which the time to connect and join is measured
	warmup   int // clients that come before them

	pairs    int           // of clients that relay
	burst    int           // messages that each has on its way while the server is saturated
	prelude  time.Duration // before a relay or calls are measured
	saturate time.Duration // for which a server relays as much as it can
	offer    time.Duration // for which it relays at a given rate
	calls    time.Duration // for which calls are set up

	idle  []int         // clients, of which memory is measured
	quiet time.Duration // for which they send nothing before

	small, large int     // clients, between which growth is measured
	growthRate   float64 // messages a second, over all of them
	witnesses    int     // rooms that tell when all have lost their seats

	soak     time.Duration
	sampling time.Duration // how often the memory is read in a soak
}

// Sizes of messages that are relayed, in bytes of packet: a candidate and a
// description.
var sizes = []int{200, 2500}

// full takes 10 to 15 minutes.
func full() plan {
	return plan{
		rounds:   3,
		connects: 3000, warmup: 600,
		pairs: 400, burst: 16, prelude: time.Second, saturate: 2 * time.Second, offer: 4 * time.Second, calls: 4 * time.Second,
		idle: []int{1000, 4000, 8000}, quiet: 10 * time.Second,
		small: 1000, large: 8000, growthRate: 4000, witnesses: 200,
		soak: 10 * time.Minute, sampling: time.Second,
	}
}

// quick takes a minute or two, and its figures say little.
func quick() plan {
	return plan{
		rounds:   1,
		connects: 300, warmup: 100,
		pairs: 200, burst: 16, prelude: 500 * time.Millisecond, saturate: time.Second, offer: time.Second, calls: time.Second,
		idle: []int{200, 400}, quiet: time.Second,
		small: 200, large: 800, growthRate: 2000, witnesses: 20,
		soak: 20 * time.Second, sampling: 200 * time.Millisecond,
	}
}

// files is how many files a process has open at most: the load, while it
// measures memory, has a connection for every client of all sizes.
func (p plan) files() uint64 {
	most := p.large + 2*p.witnesses
	total := 0
	for _, n := range p.idle {
		total += n
	}
	const others = 200
	return uint64(max(most, total) + others)
}
