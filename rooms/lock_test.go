package rooms

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestKnockIsDenied(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{Capacity: 4})
	r.lock(t, "a")
	r.expect(t, "a", "entered x with 0", "locked true")
	r.refused(t, "x", "b", Options{}, ErrLocked)
	id := r.knock(t, "x", "b", "Bo", "a")
	r.expect(t, "a", "knocked Bo")
	r.refused(t, "x", "b", Options{}, ErrLocked) // knocking is not enough
	if err := r.AnswerKnock("b", id, true); !errors.Is(err, ErrNoSeat) {
		t.Errorf("a waiting socket admits itself: %v", err)
	}
	_ = r.AnswerKnock("a", id, false)
	r.expect(t, "b", "denied")
	r.expect(t, "a", "unknocked")
	r.refused(t, "x", "b", Options{}, ErrLocked)
}

func TestKnockIsAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{Capacity: 4})
		r.lock(t, "a")
		r.received("a")
		_ = r.AnswerKnock("a", r.knock(t, "x", "b", "Bo", "a"), true)
		r.expect(t, "b", "admitted")
		r.refused(t, "x", "c", Options{}, ErrLocked) // only b is admitted
		r.enter(t, "x", "b", Options{})
		r.expect(t, "a", "knocked Bo", "unknocked", "joined")

		_ = r.AnswerKnock("b", r.knock(t, "x", "c", "Cy", "a"), true)
		time.Sleep(admittedTime)
		r.refused(t, "x", "c", Options{}, ErrLocked) // too late
		r.Clear()
	})
}

// A lock keeps out new members only, and unlocking admits everyone who is waiting.
func TestUnlock(t *testing.T) {
	r := newRecorder(config)
	token := r.enter(t, "x", "a", Options{Capacity: 4})
	r.enter(t, "x", "b", Options{})
	r.lock(t, "a")
	r.Lose("a", 0)
	r.enter(t, "x", "a2", Options{Token: token})
	r.knock(t, "x", "c", "Cy", "a2")
	_ = r.SetLocked("a2", false)
	r.expect(t, "c", "admitted")
	r.enter(t, "x", "c", Options{})
	r.Clear()
}

// When the last member leaves, everyone who is waiting is admitted.
func TestKnockAtEmptyRoom(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	r.lock(t, "a")
	r.knock(t, "x", "b", "Bo", "a")
	r.knock(t, "x", "c", "Cy", "a")
	r.Lose("c", 0) // withdraws
	r.Leave("a")
	r.expect(t, "b", "admitted")
	r.expect(t, "c")
	r.enter(t, "x", "b", Options{})
	if len(r.knocks) != 0 {
		t.Errorf("%d knocks remain", len(r.knocks))
	}
}

func TestKnocksAreLimited(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{Proof: "p"})
	r.lock(t, "a")
	if _, err := r.Knock("x", "b", Options{}); !errors.Is(err, ErrDenied) {
		t.Errorf("knocking without the proof: %v", err)
	}
	for i := range maxKnocks {
		if _, err := r.Knock("x", fmt.Sprint(i), Options{Proof: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Knock("x", "b", Options{Proof: "p"}); !errors.Is(err, ErrFull) {
		t.Errorf("one knock too many: %v", err)
	}
}

// A newcomer that knocks again at a full list is not told that it is full, and a newcomer
// that was admitted takes no place, though it has not entered yet.
func TestOnlyWaitingKnocksCount(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	_ = r.SetLocked("a", true)
	for i := range maxKnocks {
		if _, err := r.Knock("x", fmt.Sprint(i), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Knock("x", "0", Options{}); err != nil {
		t.Errorf("knocking again: %v", err)
	}
	if _, err := r.Knock("x", "b", Options{}); !errors.Is(err, ErrFull) {
		t.Errorf("one knock too many: %v", err)
	}
	r.Registry.mu.Lock()
	first := r.rooms["x"].knocks[0].id
	r.Registry.mu.Unlock()
	if err := r.AnswerKnock("a", first, true); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Knock("x", "b", Options{}); err != nil {
		t.Errorf("knocking after one was admitted: %v", err)
	}
	_ = r.SetLocked("a", false)
	gone := make(map[string]int)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events["a"] {
		if e.Kind == Unknocked {
			gone[e.ID]++
		}
	}
	for id, n := range gone {
		if n != 1 {
			t.Errorf("the members were told %d times that %s no longer waits", n, id)
		}
	}
}
