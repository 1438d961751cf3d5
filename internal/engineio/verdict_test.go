package engineio

import (
	"testing"
	"time"

	"vidchat/internal/engineio/wire"
)

// A session whose time is over ends after what waits in its socket could be read, or
// after a whole timeout if the process did not run; and it ends even where it
// never runs in time.
func TestVerdicts(t *testing.T) {
	const timeout = 4 * time.Second // so reading takes 1 s
	for _, tt := range []struct {
		name string
		late []time.Duration // how late the timer is each time
		asks int             // how often it asks until the session ends
		ends time.Duration   // after its time was over
	}{
		{"in time", []time.Duration{0, 0}, 2, time.Second},
		{"a little late", []time.Duration{500 * time.Millisecond, 500 * time.Millisecond}, 2, 2 * time.Second},
		{"after a stop", []time.Duration{10 * time.Second, 0}, 2, 14 * time.Second},
		{"after two stops", []time.Duration{0, 10 * time.Second, 0}, 3, 15 * time.Second},
		{
			"always late", []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second},
			maxPutOff + 1, (maxPutOff+1)*2*time.Second + maxPutOff*timeout,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := polledSession(t, newTestServer(Config{PingTimeout: timeout}), wire.EngineIO3{})
			const over = time.Hour
			next := over
			for asked, late := range tt.late {
				now := next + late
				s.mu.Lock()
				final := s.isFinal(now, over)
				next = s.heartbeat.verdict
				s.mu.Unlock()
				if final != (asked == tt.asks-1) {
					t.Fatalf("asked %d times: final is %v", asked+1, final)
				}
				if final && now-over != tt.ends {
					t.Errorf("it ends after %v, want %v", now-over, tt.ends)
				}
			}
		})
	}
}
