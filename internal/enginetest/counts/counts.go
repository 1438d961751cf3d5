// Package counts reads from the environment how often a test tries something: seldom in
// make test, and often in make soak.
package counts

import (
	"os"
	"strconv"
	"testing"
)

// Of returns the number in an environment variable, or the usual one if it is not set. It
// fails the test if that is no number above 0.
func Of(t testing.TB, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number above 0", variable, text)
	}
	return n
}
