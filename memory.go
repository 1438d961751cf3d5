package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// What sessions leave behind when they open, and when they end, is garbage
// that a server with nothing else to do would keep for minutes: for each idle
// connection as much again as it needs, half of that in stacks that have grown
// and could shrink. So memory is given back once many have come or gone and it
// has become quiet.
const (
	// memoryInterval is how often the number of sessions is looked at.
	memoryInterval = 2 * time.Second
	// memoryChange is the least change that counts, next to a fifth of all.
	memoryChange = 100
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
	for {
		select {
		case <-every.C:
			if t.settled(p.signaling.Sessions()) {
				debug.FreeOSMemory()
			}
		case <-ctx.Done():
			return nil
		}
	}
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
