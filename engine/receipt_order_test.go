package engine

import "testing"

// Whatever happens at the same time, nothing is said to have arrived that no
// poll has taken.
func TestReceiptsNeverRunAhead(t *testing.T) {
	const messages = 20_000
	s := loose(t, New(quiet(Config{OutboxPackets: messages, OutboxBytes: 1 << 30})), engineIO4{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range messages {
			s.SendCounted(NewMessage("x"))
		}
	}()
	defer func() { <-done }()
	for taken, over := 0, false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		before := taken
		taken += pollOnce(s)
		if arrived := s.Arrived(); arrived > uint64(before) {
			t.Fatalf("%d have arrived of %d that were polled", arrived, before)
		}
	}
}
