package main

import (
	"context"
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// What sessions leave behind when they open, and when they end, and what
// messages do, is garbage that a server with nothing else to do would keep for
// minutes: for each idle connection as much again as it needs. So memory is
// given back once many have come or gone, or much has been said, and it has
// become quiet.
const (
	// memoryInterval is how often the server is looked at.
	memoryInterval = 2 * time.Second
	// memoryChange is the least change of the number of sessions that counts,
	// next to a fifth of all.
	memoryChange = 100
	// quietBytes is the most that is allocated between two looks in a server
	// that is quiet, and spareBytes the least that is worth giving back.
	quietBytes = 4 << 20
	spareBytes = 8 << 20
)

// ballastBytes lets the garbage of a small server grow to as much before it is
// collected, which would be at 4 MB otherwise, several times a second under
// load. It is never written to, so it takes address space and no memory; and
// what a server with many clients may leave uncollected is little more than
// without it.
const ballastBytes = 32 << 20

// tidy gives memory back to the system until ctx is done.
func (p *process) tidy(ctx context.Context) error {
	ballast := make([]byte, ballastBytes)
	defer runtime.KeepAlive(ballast)
	every := time.NewTicker(memoryInterval)
	defer every.Stop()
	var t tide
	last, settled := readHeap(), false
	for {
		select {
		case <-every.C:
			now := readHeap()
			settled = t.settled(p.signaling.Sessions()) || settled
			// A busy server would soon take again what it gave.
			quiet := now.allocated-last.allocated < quietBytes
			if quiet && (settled || now.spare >= spareBytes) {
				debug.FreeOSMemory()
				settled = false
			}
			last = now
		case <-ctx.Done():
			return nil
		}
	}
}

// heap is what the runtime says of its memory, in bytes.
type heap struct {
	allocated uint64 // in all, since the start
	spare     uint64 // garbage, and what is free and still ours
}

func readHeap() heap {
	read := []runtimemetrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	runtimemetrics.Read(read)
	free, objects, live := read[1].Value.Uint64(), read[2].Value.Uint64(), read[3].Value.Uint64()
	return heap{allocated: read[0].Value.Uint64(), spare: free + objects - min(live, objects)}
}

// tide follows a number.
type tide struct {
	base int // at the end of the last change
	last int
}

// settled tells whether the number has changed much, and does so no more.
func (t *tide) settled(n int) bool {
	quiet := abs(n-t.last) <= max(n, t.last)/50
	t.last = n
	if !quiet || abs(n-t.base) < memoryChange+t.base/5 {
		return false
	}
	t.base = n
	return true
}

func abs(n int) int { return max(n, -n) }
