package signaling

import (
	"testing"
	"time"
)

// Many clients spread their reconnects, and few are back soon.
func TestReconnectsAreSpread(t *testing.T) {
	for _, tt := range []struct {
		sessions      int
		earliest, all time.Duration // of 1,000 clients, about
	}{
		{1, minReconnect, 700 * time.Millisecond},
		{500, minReconnect, 1500 * time.Millisecond},
		{20_000, minReconnect, maxReconnect},
	} {
		latest := time.Duration(0)
		for range 1000 {
			after := reconnectAfter(tt.sessions)
			if after < tt.earliest || after > tt.all {
				t.Fatalf("one of %d reconnects after %v", tt.sessions, after)
			}
			latest = max(latest, after)
		}
		if spread := tt.all - tt.earliest; latest < tt.earliest+spread/2 {
			t.Errorf("%d are all back after %v", tt.sessions, latest)
		}
	}
}
