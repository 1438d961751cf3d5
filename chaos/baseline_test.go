package chaos

import "testing"

// The latency of a message depends on the server and on how busy the machine is. A second
// server, which has no hostile clients, has calls of the same kind at the same time. Their
// latency is the baseline to which the limits are relative.

// baselineCallCount is low, to leave CPU to the server under test.
const baselineCallCount = 6

// comparison is the calls on the server under test and those on the second one.
type comparison struct {
	calls, baseline *callSet
}

// startServers starts the server under test and, as its reference, the second one.
func startServers(t testing.TB) *server {
	t.Helper()
	s := startServer(t)
	s.reference = startServer(t)
	return s
}

// startCalls starts the calls on both servers. The prefix keeps the rooms of different
// calls apart.
func (s *server) startCalls(prefix string) comparison {
	s.t.Helper()
	return comparison{
		calls:    s.startCallSet(prefix, callCount),
		baseline: s.reference.startCallSet(prefix, baselineCallCount),
	}
}

// end ends all calls and checks that they noticed nothing.
func (c comparison) end(t testing.TB) {
	t.Helper()
	c.calls.stopSending()
	c.baseline.stopSending()
	c.calls.end().check(t, c.baseline.end())
}
