package rooms

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sayMany sends messages m1, m2 and so on.
func (r *recorder) sayMany(t *testing.T, s string, n int) {
	t.Helper()
	for i := range n {
		r.say(t, s, fmt.Sprint("m", i+1))
	}
}

// Messages that were sent and are not confirmed are kept up to a limit. Who returns and
// has not handled those beyond it has a new seat, since messages are missing.
func TestUnconfirmedBeyondTheLimit(t *testing.T) {
	const sent = 100 // of which 64 are kept
	for name, test := range map[string]struct {
		arrived uint64 // events, of which the answer and the lock are the first
		seen    *uint64
		resumed bool
		want    int // messages
	}{
		"nothing has arrived":         {0, new(uint64(0)), false, 0},
		"too little was handled":      {0, new(uint64(sent - 65)), false, 0},
		"enough was handled":          {0, new(uint64(sent - 64)), true, 64},
		"all was handled":             {0, new(uint64(sent)), true, 0},
		"all has arrived, but nobody": {2 + sent, new(uint64(0)), false, 0},
		"no report":                   {0, nil, false, 0},
		"no report, all has arrived":  {2 + sent, nil, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(config)
				r.enter(t, "x", "a", Options{})
				token := r.enter(t, "x", "b", Options{})
				r.lock(t, "a") // a member that returns needs no invitation
				r.sayMany(t, "a", sent)
				r.received("a")
				r.received("b")
				r.Lose("b", test.arrived)
				r.enter(t, "x", "b2", Options{Token: token, Seen: test.seen})
				got := r.received("b2")
				first := "entered x with 1"
				if test.resumed {
					first = "resumed x with 1"
				}
				if len(got) != 1+test.want || got[0] != first {
					t.Errorf("it received %q", got)
				}
				if test.resumed {
					r.expect(t, "a", "away", "back")
				} else {
					r.expect(t, "a", "away", "left", "joined")
				}
				r.say(t, "a", "next")
				next := fmt.Sprint("next#", sent+1)
				if !test.resumed {
					next = "next#1"
				}
				r.expect(t, "b2", next)
				r.Clear()
			})
		})
	}
}

// The same holds for one that takes over its seat while the old connection looks alive.
func TestUnconfirmedBeyondTheLimitMoved(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	token := r.enter(t, "x", "b", Options{})
	r.sayMany(t, "a", 100)
	r.received("a")
	r.enter(t, "x", "b2", Options{Token: token, Seen: new(uint64(3))})
	r.expect(t, "b2", "entered x with 1")
	r.expect(t, "a", "left", "joined")
	if rooms, seats := r.Size(); rooms != 1 || seats != 2 {
		t.Errorf("%d rooms, %d seats", rooms, seats)
	}
	r.Clear()
}

// An old client cannot report what it has handled. Where something is missing, its seat
// is freed.
func TestUnconfirmedOfOldClient(t *testing.T) {
	for arrived, want := range map[uint64][]string{0: {"left"}, 101: {"away"}} {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{})
		r.enter(t, "x", "b", Options{Legacy: true, NextKey: "k"})
		r.sayMany(t, "a", 100)
		r.received("a")
		r.Lose("b", arrived)
		r.expect(t, "a", want...)
		r.Clear()
	}
}

// Whatever happens while an old client is away, little is kept for it. What cannot be
// kept ends its seat.
func TestMailOfOldClientIsBounded(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(t *testing.T, r *recorder, i int)
		stays bool
		most  int // events
	}{
		"locks": {func(t *testing.T, r *recorder, i int) { _ = r.SetLocked("a", i%2 == 0) }, true, 1},
		"knocks": {func(t *testing.T, r *recorder, i int) {
			_ = r.SetLocked("a", true)
			_, _ = r.Knock("x", "k", Options{})
			r.Leave("k")
		}, true, 1},
		"members": {func(t *testing.T, r *recorder, i int) {
			_, _ = r.Enter("x", "c", Options{})
			r.Leave("c")
		}, false, 64},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(config)
				r.enter(t, "x", "a", Options{Capacity: 3})
				r.enter(t, "x", "b", Options{Legacy: true, NextKey: "k"})
				s := r.bySocket["b"]
				r.Lose("b", 1)
				for i := range 1001 {
					test.do(t, r, i)
					r.Registry.mu.Lock()
					n := len(s.queue)
					r.Registry.mu.Unlock()
					if n > test.most {
						t.Fatalf("%d events are kept after %d rounds", n, i)
					}
				}
				synctest.Wait()
				if _, seats := r.Size(); (seats == 2) != test.stays {
					t.Errorf("%d seats are left", seats)
				}
				r.Clear()
			})
		})
	}
}

// The old client learns the last state of the lock, and of no knock that is over.
func TestNewestLockIsKept(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	r.enter(t, "x", "b", Options{Legacy: true, NextKey: "k"})
	r.received("b")
	r.Lose("b", 1)
	r.lock(t, "a")
	_, _ = r.Knock("x", "k1", Options{Name: "Kim"})
	_, _ = r.Knock("x", "k2", Options{Name: "Lou"})
	r.Leave("k1")
	if _, err := r.Enter("x", "b2", Options{Legacy: true, Key: "k", ClaimOnly: true}); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "b2", "resumed x with 1", "locked true", "knocked Lou")
	r.Clear()
}

// All seats together keep only so much. Those for which the most is kept end first.
func TestKeptInAllIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config
		cfg.KeptBytes, cfg.KeptInAll = 1<<20, 100_000
		r := newRecorder(cfg)
		calm := r.enter(t, "calm", "a", Options{})
		r.enter(t, "calm", "b", Options{})
		r.Lose("a", 1)
		r.say(t, "b", strings.Repeat("x", 1000))
		for i := range 10 {
			room, from, to := fmt.Sprint("greedy ", i), fmt.Sprint("from ", i), fmt.Sprint("to ", i)
			r.enter(t, room, from, Options{})
			r.enter(t, room, to, Options{})
			if i%2 == 0 {
				r.Lose(to, 1)
			}
		}
		for range 30 {
			for i := range 10 {
				r.say(t, fmt.Sprint("from ", i), strings.Repeat("x", 1000))
			}
			if kept := r.Kept(); kept > cfg.KeptInAll {
				t.Fatalf("%d bytes are kept", kept)
			}
		}
		synctest.Wait()
		r.enter(t, "calm", "a2", Options{Token: calm, Seen: new(uint64(0))})
		if got := r.received("a2"); len(got) != 2 || got[0] != "resumed x with 1" && got[0] != "resumed calm with 1" {
			t.Errorf("who had little received %.100q", got)
		}
		for i := range 10 {
			r.Leave(fmt.Sprint("from ", i))
			r.Leave(fmt.Sprint("to ", i))
		}
		r.Leave("a2")
		r.Leave("b")
		time.Sleep(2 * hold)
		synctest.Wait()
		if kept := r.Kept(); kept != 0 {
			t.Errorf("%d bytes are kept in the end", kept)
		}
	})
}

// What was sent beyond the limit does not count as lost after a change of owner if the node
// of the socket knows that it has arrived.
func TestUnconfirmedBeyondTheLimitOfAnEarlierOwner(t *testing.T) {
	shared := config
	shared.Changed = func(string) {}
	for lost, want := range map[bool]string{true: "entered x with 1", false: "resumed x with 1"} {
		r, next := newRecorder(shared), newRecorder(shared)
		r.Own("x", RoomState[string, content]{})
		r.enter(t, "x", "a", Options{})
		token := r.enter(t, "x", "b", Options{})
		r.sayMany(t, "a", 100)
		st, _, _ := r.TakeOut("x")
		seat := st.Seats[1]
		if seat.Missing != 36 || seat.MissingNth != 37 || seat.Lost { // the answer was first
			t.Fatalf("message %d, sent as number %d, is missing, lost %t", seat.Missing, seat.MissingNth, seat.Lost)
		}
		next.Own("x", st)
		p := presence(st, seat)
		p.Missing, p.Lost = seat.Missing, lost
		if err := next.Reenter("x", "b", p); err != nil {
			t.Fatal(err)
		}
		next.Lose("b", uint64(len(p.Unacked)))
		next.enter(t, "x", "b2", Options{Token: token})
		if got := next.received("b2"); got[0] != want {
			t.Errorf("lost %t: it received %q", lost, got)
		}
		next.Clear()
	}
}
