package chaos

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// result is what the calls noticed.
type result struct {
	messages    int
	median, p99 time.Duration // of all messages
	worst       time.Duration // 99th percentile of the call that waited most
	longest     time.Duration
	worstCall   string
	machine     time.Duration // 99th percentile of what the machine itself takes
}

func (r result) String() string {
	return fmt.Sprintf("%d messages, median %v, p99 %v, longest %v; worst call (%s): p99 %v; the machine itself: p99 %v", r.messages,
		r.median.Round(10*time.Microsecond), r.p99.Round(10*time.Microsecond), r.longest.Round(10*time.Microsecond),
		r.worstCall, r.worst.Round(10*time.Microsecond), r.machine.Round(10*time.Microsecond))
}

// check reports every fault, and says how long messages took.
func (c *conversation) check() (r result) {
	c.t.Helper()
	var all []time.Duration
	for _, one := range c.calls {
		var took []time.Duration
		for _, p := range one {
			if p.fault != nil {
				c.t.Errorf("%s: %v", p.name, p.fault)
			}
			took = append(took, p.took...)
		}
		if p99 := percentile(took, 99); p99 > r.worst {
			r.worst, r.worstCall = p99, one[0].room
		}
		all = append(all, took...)
	}
	r.messages, r.median, r.p99, r.longest = len(all), percentile(all, 50), percentile(all, 99), percentile(all, 100)
	r.machine = percentile(c.ruler.end(), 99)
	return r
}

// percentile is the least time that so many percent of the times do not exceed.
func percentile(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[max((len(times)*percent+99)/100, 1)-1]
}

// longestWait is how long the 99th percentile of a call's messages may take.
// The race detector slows the clients here and the server down, and other
// tests run at the same time: then it only shows that nobody waits for others.
//
// A message wakes some four others on its way, each of which may have to wait
// for a processor: so many times what the machine itself takes is not the server's.
func (r result) longestWait() time.Duration {
	most := 250 * time.Millisecond
	if raceEnabled || serverRaces() {
		most = 2 * time.Second
	}
	return most + 4*r.machine
}

// judge reports and checks the waiting times.
func (r result) judge(t testing.TB) {
	t.Helper()
	t.Log(r)
	if r.messages < calls*10 {
		t.Errorf("only %d messages were exchanged", r.messages)
	}
	if most := r.longestWait(); r.worst > most {
		t.Errorf("%s waited %v at the 99th percentile, want at most %v", r.worstCall, r.worst, most)
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
		t.Error("nothing took some time")
	}
}

// A peer notices what it is there to notice.
func TestPeerNotices(t *testing.T) {
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
		"doubled":      {[]string{message("x", 1), message("x", 1)}, true},
		"reordered":    {[]string{message("x", 2), message("x", 1)}, true},
		"of others":    {[]string{message("y", 1)}, true},
		"other events": {[]string{`2["away","x","id"]`}, true},
	}
	for name, test := range tests {
		p := &peer{room: "x"}
		for _, packet := range test.packets {
			p.hear(packet)
		}
		if (p.fault != nil) != test.fault {
			t.Errorf("%s: %v", name, p.fault)
		}
	}
}
