// Package wait limits how long a test waits, so that it fails instead of hanging.
package wait

import (
	"context"
	"testing"
	"time"
)

// Timeout limits every wait. It is long, since a busy machine is no fault.
const Timeout = 30 * time.Second

// Context returns a context that ends after Timeout.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Timeout)
	t.Cleanup(cancel)
	return ctx
}

// Until waits until a condition holds that another goroutine brings about.
func Until(t testing.TB, condition string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Timeout); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", Timeout, condition)
		}
	}
}
