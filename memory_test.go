package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
)

// Memory is given back after a storm, not during it, and not where sessions
// come and go in equal numbers.
func TestTideSettles(t *testing.T) {
	tests := []struct {
		name string
		in   []int
		want []int // at which of them it has settled
	}{
		{"a few", []int{0, 10, 50, 99, 99, 99}, nil},
		{"a storm", []int{0, 2000, 5000, 8000, 8010, 8000, 8000}, []int{4}},
		{"and its end", []int{8000, 8000, 4000, 100, 20, 20, 20}, []int{1, 5}},
		{"churn", []int{5000, 5000, 5300, 4800, 5100, 5100, 4700, 4700}, []int{1}},
		{"slow growth", []int{1000, 1000, 1010, 1020, 1030}, []int{1}},
		{"slow growth goes far", []int{1000, 1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140, 1160, 1180, 1200, 1220, 1240, 1260, 1280, 1300, 1310}, []int{1, 16}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var settles tide
			var got []int
			for i, n := range test.in {
				if settles.settled(n) {
					got = append(got, i)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("settled at %v, want %v", got, test.want)
			}
		})
	}
}

// Garbage counts as spare, and what is in use does not.
func TestSpareMemory(t *testing.T) {
	const size = 16 << 20
	debug.FreeOSMemory()
	before := readHeap()
	used := make([]byte, size)
	runtime.GC()
	with := readHeap()
	runtime.KeepAlive(used)
	if got := with.allocated - before.allocated; got < size {
		t.Errorf("%d bytes were allocated, not %d", got, size)
	}
	if with.spare >= before.spare+size/2 {
		t.Errorf("what is used counts as spare: %d bytes before, %d after", before.spare, with.spare)
	}
	runtime.GC() // used is garbage now, and then free
	if after := readHeap(); after.spare < with.spare+size/2 {
		t.Errorf("what is free does not count as spare: %d bytes before, %d after", with.spare, after.spare)
	}
	debug.FreeOSMemory()
	if last := readHeap(); last.spare >= spareBytes {
		t.Errorf("%d bytes are spare after all was given back", last.spare)
	}
}
