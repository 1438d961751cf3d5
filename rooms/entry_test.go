package rooms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

func TestEnterAndLeave(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	r.enter(t, "x", "b", Options{Name: "Bo"})
	r.expect(t, "a", "entered x with 0", "joined Bo")
	r.expect(t, "b", "entered x with 1")
	r.refused(t, "x", "c", Options{}, ErrFull)
	r.enter(t, "x", "a", Options{})
	r.expect(t, "a", "again x with 1")
	r.expect(t, "b")
	r.enter(t, "y", "b", Options{})
	r.expect(t, "a", "left")
	r.expect(t, "b", "entered y with 0")
	r.Leave("a")
	r.Leave("b")
	if rooms, seats := r.Size(); rooms != 0 || seats != 0 {
		t.Errorf("%d rooms and %d seats remain", rooms, seats)
	}
}

func TestLimits(t *testing.T) {
	r := newRecorder(Config{MaxRooms: 1, MaxCapacity: 4})
	r.refused(t, "", "a", Options{}, ErrName)
	r.refused(t, strings.Repeat("r", MaxNameSize+1), "a", Options{}, ErrName)
	r.refused(t, "x", "a", Options{Token: "short"}, ErrToken)
	r.refused(t, "x", "a", Options{Token: strings.Repeat("=", TokenSize)}, ErrToken)
	for i := range 4 {
		r.enter(t, "__proto__", fmt.Sprint(i), Options{Capacity: 100})
	}
	r.refused(t, "__proto__", "a", Options{}, ErrFull)
	r.refused(t, "y", "a", Options{}, ErrTooManyRooms)
	if _, err := r.relay("a", "m"); !errors.Is(err, ErrNoSeat) {
		t.Errorf("a message without a seat: %v", err)
	}
}

// An answer carries its request. If a client asks again in another way for the seat
// that it has, the answer matches the later request.
func TestAnswerMatchesRequest(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{Request: 1, Legacy: true})
	r.enter(t, "x", "a", Options{Request: 2})
	r.mu.Lock()
	defer r.mu.Unlock()
	var requests []any
	var legacy []bool
	for _, e := range r.events["a"] {
		requests, legacy = append(requests, e.Entry.Request), append(legacy, e.Legacy)
	}
	if !slices.Equal(requests, []any{1, 2}) || !slices.Equal(legacy, []bool{true, false}) {
		t.Errorf("answers to %v, legacy %v", requests, legacy)
	}
}

// An answer is sent in the form of its request, even if the client leaves the seat or asks
// again in another way while another goroutine sends to it.
func TestAnswerIsNotLost(t *testing.T) {
	for name, next := range map[string]func(r *recorder){
		"another room": func(r *recorder) { _, _ = r.Enter("y", "b", Options{Request: 3}) },
		"leave":        func(r *recorder) { r.Leave("b") },
		"as legacy":    func(r *recorder) { _, _ = r.Enter("x", "b", Options{Legacy: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, release := newRecorder(config), make(chan struct{})
				r.send = func(s string, e Event[content]) (sent, arrived uint64) {
					if e.Kind == Message {
						<-release
					}
					return r.record(s, e)
				}
				r.enter(t, "x", "a", Options{})
				r.enter(t, "x", "b", Options{Request: 1})
				go r.say(t, "a", "m")
				synctest.Wait()
				_, _ = r.Enter("x", "b", Options{Request: 2})
				next(r)
				close(release)
				synctest.Wait()
				if e := r.answerTo("b", 2); e == nil || e.Legacy {
					t.Errorf("the answer is %+v", e)
				}
				r.Clear()
			})
		})
	}
}

// A socket whose answer was lost gets the same one again, and what followed. The others are
// not told.
func TestLostAnswer(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	token := r.enter(t, "x", "b", Options{Unanswered: true})
	r.say(t, "a", "m1")
	r.enter(t, "x", "b", Options{Token: token, Seen: new(uint64(5)), Unanswered: true}) // of a seat before
	r.expect(t, "b", "entered x with 1", "m1#1", "entered x with 1", "m1#1")
	r.Lose("b", r.sent["b"])
	r.say(t, "a", "m2")
	for range 2 {
		r.enter(t, "x", "b2", Options{Token: token, Seen: new(uint64(1)), Unanswered: true})
		r.expect(t, "b2", "resumed x with 1", "m2#2")
	}
	r.expect(t, "a", "entered x with 0", "joined", "away", "back")
	r.Clear()
}

// A message whose recipient is lost while it is sent is kept as a copy.
func TestLossWhileSending(t *testing.T) {
	r := newRecorder(config)
	r.send = func(s string, e Event[content]) (sent, arrived uint64) {
		if e.Kind == Message && s == "b" {
			r.Lose("b", 0)
		}
		return r.record(s, e)
	}
	r.enter(t, "x", "a", Options{})
	token := r.enter(t, "x", "b", Options{})
	r.say(t, "a", "m")
	r.enter(t, "x", "b2", Options{Token: token})
	r.expect(t, "b2", "resumed x with 1", "m#1")
	r.Clear()
}

// A legacy client claims its seat by a key, after its old socket is removed, and
// receives everything that it missed.
func TestClaimByKey(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{NextKey: "key of a", Legacy: true})
	r.enter(t, "x", "b", Options{Legacy: true})
	if taken, err := r.Enter("x", "a2", Options{Key: "key of a", ClaimOnly: true}); !errors.Is(err, ErrInUse) || !slices.Equal(taken.Sockets, []string{"a"}) {
		t.Errorf("claiming a seat in use: %v, %v", taken, err)
	}
	r.Lose("a", r.sent["a"])
	r.say(t, "b", "m")
	r.Leave("b")
	r.refused(t, "y", "a2", Options{Key: "key of a", ClaimOnly: true}, ErrNoSeat)
	r.refused(t, "x", "a2", Options{Key: "another key", ClaimOnly: true}, ErrNoSeat)
	r.enter(t, "x", "a2", Options{Key: "key of a", NextKey: "new key", ClaimOnly: true})
	r.expect(t, "a2", "resumed x with 0", "m#1", "left")
	r.Lose("a2", r.sent["a2"])
	r.refused(t, "x", "a3", Options{Key: "key of a", ClaimOnly: true}, ErrNoSeat)
	r.Clear()
}

func TestPassword(t *testing.T) {
	r := newRecorder(config)
	r.refused(t, "pw-x", "early", Options{}, ErrDenied)
	token := r.enter(t, "pw-x", "a", Options{Proof: "right", Capacity: 3})
	r.refused(t, "pw-x", "b", Options{}, ErrDenied)
	r.refused(t, "pw-x", "b", Options{Proof: "wrong"}, ErrDenied)
	r.enter(t, "pw-x", "b", Options{Proof: "right"})
	r.Lose("a", 0)
	r.enter(t, "pw-x", "a2", Options{Token: token}) // needs no proof again
	r.enter(t, "open", "c", Options{})
	r.refused(t, "open", "d", Options{Proof: "any"}, ErrDenied)
	r.Clear()
}

func TestIDSurvivesRestart(t *testing.T) {
	before, after := newRecorder(config), newRecorder(config)
	token := before.enter(t, "x", "a", Options{})
	if again := after.enter(t, "x", "a", Options{Token: token}); again != token {
		t.Errorf("token %s became %s", token, again)
	}
	one, other := before.id("a"), after.id("a")
	if one != other || strings.Contains(token, one) {
		t.Errorf("ids %s and %s of token %s", one, other, token)
	}
}

// Of many concurrent entries, as many succeed as the room has seats. Entered is the
// first event of each socket.
func TestConcurrentEntries(t *testing.T) {
	r := newRecorder(config)
	var entries sync.WaitGroup
	for i := range 50 {
		entries.Go(func() {
			s := fmt.Sprint(i)
			if _, err := r.Enter("x", s, Options{Capacity: 4}); err == nil {
				_, _ = r.Relay(s, []byte("x"), nil, borrowed(s))
			}
		})
	}
	entries.Wait()
	if _, seats := r.Size(); seats != 4 {
		t.Errorf("%d seats", seats)
	}
	for s, events := range r.events {
		for i, e := range events {
			if (e.Kind == Entered) != (i == 0) {
				t.Errorf("%s received kind %v as event %d", s, e.Kind, i)
			}
		}
	}
}

func BenchmarkRelay(b *testing.B) {
	r := New(config, func(int, Event[content]) (uint64, uint64) { return 1, 1 })
	for s := range 2000 {
		_, _ = r.Enter(fmt.Sprint(s/2), s, Options{})
	}
	m := borrowed("m")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = r.Relay(i%2000, nil, nil, m)
	}
}
