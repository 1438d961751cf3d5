//go:build !race

// Package race tells tests whether the race detector watches them: it makes them slower,
// and memory that is freed is not used again.
package race

// Enabled reports whether the race detector watches this test.
const Enabled = false
