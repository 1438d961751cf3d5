package rooms

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A client that has gone elsewhere gives up the seat that it had, but not one of the room to
// which it went: that may have come here meanwhile.
func TestLeaveOther(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	r.enter(t, "x", "b", Options{})
	r.received("a")
	r.LeaveOther("b", "x")
	r.LeaveOther("nobody", "x")
	r.expect(t, "a")
	r.LeaveOther("b", "y")
	r.expect(t, "a", "left")
	r.LeaveOther("b", "y")
	r.expect(t, "a")
}

// What the node of a member says of it concerns its seat alone, and only as long as nobody
// has come back to that. It may be said twice.
func TestDepart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := config
		shared.Changed = func(string) {}
		r := newRecorder(shared)
		if err := r.Depart("x", "anybody", "b", 0, 0); !errors.Is(err, ErrNotOwned) {
			t.Errorf("a room of another node: %v", err)
		}
		r.Own("x", RoomState[string, content]{})
		depart := func(id, socket string, hold time.Duration, want ...string) {
			t.Helper()
			for range 2 {
				if err := r.Depart("x", id, socket, 0, hold); err != nil {
					t.Fatal(err)
				}
				r.expect(t, "a", want...)
				want = nil
			}
		}
		r.enter(t, "x", "a", Options{})
		token := r.enter(t, "x", "b", Options{})
		b := r.id("b")
		r.received("a")
		depart("anybody", "b", 0)
		depart(b, "another", 0)
		depart(b, "another", time.Second)
		depart(b, "b", time.Second, "away")
		r.enter(t, "x", "b2", Options{Token: token})
		r.expect(t, "a", "back")
		depart(b, "b", 0)
		r.Lose("b2", 0)
		r.expect(t, "a", "away")
		depart(b, "", 0, "left") // its node has known for long
		r.enter(t, "x", "b3", Options{Token: token})
		r.expect(t, "a", "joined")
		depart(b, "b3", time.Second, "away")
		time.Sleep(2 * time.Second)
		r.expect(t, "a", "left")
		r.Leave("a")
	})
}
