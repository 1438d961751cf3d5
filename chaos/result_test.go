package chaos

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vidchat/internal/enginetest/race"
)

// result describes the latency of the messages in the calls.
type result struct {
	messages    int
	median, p99 time.Duration // of all messages
	longest     time.Duration
	worstCall   string        // the call with the highest 99th percentile
	worst       time.Duration // that percentile
}

func (r result) String() string {
	return fmt.Sprintf("%d messages, median %v, p99 %v, longest %v; worst call (%s): p99 %v", r.messages,
		r.median.Round(10*time.Microsecond), r.p99.Round(10*time.Microsecond), r.longest.Round(10*time.Microsecond),
		r.worstCall, r.worst.Round(10*time.Microsecond))
}

// result reports every fault, and returns the latencies.
func (set *callSet) result() (r result) {
	set.t.Helper()
	var all []time.Duration
	for _, c := range set.calls {
		var took []time.Duration
		for _, p := range c {
			if p.fault != nil {
				set.t.Errorf("%s: %v", p.name, p.fault)
			}
			took = append(took, p.latencies...)
		}
		if p99 := percentile(took, 99); p99 > r.worst {
			r.worst, r.worstCall = p99, c[0].room
		}
		all = append(all, took...)
	}
	r.messages, r.median, r.p99, r.longest = len(all), percentile(all, 50), percentile(all, 99), percentile(all, 100)
	return r
}

// percentile returns the lowest of the times that percent of them do not exceed.
func percentile(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[max((len(times)*percent+99)/100, 1)-1]
}

// latencyLimit returns the limit for the 99th percentile of a call. Most of it is relative to
// the baseline on a busy machine. The race detector slows down server and clients so much
// that latency is practically only logged.
func latencyLimit(baseline result) time.Duration {
	limit := 250 * time.Millisecond
	if race.Enabled || serverRaceEnabled() {
		limit = timeout
	}
	return limit + 4*baseline.worst
}

// check logs and checks the latencies.
func (r result) check(t testing.TB, baseline result) {
	t.Helper()
	t.Logf("%v\nbaseline: %v", r, baseline)
	if r.messages < callCount*10 {
		t.Errorf("only %d messages were exchanged", r.messages)
	}
	if limit := latencyLimit(baseline); r.worst > limit {
		t.Errorf("%s: the 99th percentile is %v, want at most %v", r.worstCall, r.worst, limit)
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i))
	}
	for percent, want := range map[int]time.Duration{0: 1, 50: 100, 99: 198, 100: 200} {
		if got := percentile(times, percent); got != want {
			t.Errorf("%d%%: got %d, want %d", percent, got, want)
		}
	}
	if percentile(nil, 99) != 0 {
		t.Error("no times have a percentile above 0")
	}
}

// A peer detects every kind of fault.
func TestPeerDetectsFaults(t *testing.T) {
	message := func(room string, number int64) string {
		return event("message", details{Room: room, Number: number, Fill: fills[number%int64(len(fills))]}, "id")
	}
	tests := map[string]struct {
		packets []string
		fault   bool
	}{
		"in order":     {[]string{message("x", 1), message("x", 2), message("x", 3)}, false},
		"knocks":       {[]string{`2["knock","x","id",""]`, message("x", 1)}, false},
		"lost":         {[]string{message("x", 1), message("x", 3)}, true},
		"duplicated":   {[]string{message("x", 1), message("x", 1)}, true},
		"reordered":    {[]string{message("x", 2), message("x", 1)}, true},
		"other room":   {[]string{message("y", 1)}, true},
		"other events": {[]string{`2["away","x","id"]`}, true},
	}
	for name, test := range tests {
		p := &peer{room: "x"}
		for _, packet := range test.packets {
			p.receive(packet)
		}
		if (p.fault != nil) != test.fault {
			t.Errorf("%s: %v", name, p.fault)
		}
	}
}
