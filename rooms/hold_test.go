package rooms

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// With a zero Hold, losing the socket frees the seat.
func TestLoseWithoutHold(t *testing.T) {
	r := newRecorder(Config{})
	r.enter(t, "x", "a", Options{})
	r.enter(t, "x", "b", Options{})
	r.received("a")
	r.Lose("b", 0)
	r.expect(t, "a", "left")
}

// Messages to a member that is away arrive once and in order, including those that
// were lost with the socket.
func TestReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{})
		token := r.enter(t, "x", "b", Options{})
		for i := range 3 {
			r.say(t, "a", fmt.Sprint("m", i))
		}
		r.expect(t, "b", "entered x with 1", "m0#1", "m1#2", "m2#3")
		r.Lose("b", 2) // the answer and m0 have arrived
		r.expect(t, "a", "entered x with 0", "joined", "away")
		r.say(t, "a", "m3")
		r.enter(t, "x", "b2", Options{Token: token, Seen: new(uint64(2))})
		r.say(t, "a", "m4")
		r.expect(t, "b2", "resumed x with 1", "m2#3", "m3#4", "m4#5")
		r.expect(t, "a", "back")
		time.Sleep(2 * hold)
		r.expect(t, "a") // the timer was stopped
		r.Leave("a")
		r.Leave("b2")
	})
}

// An ack means that an event has arrived, not that it was handled. A client that
// reports fewer messages as handled gets the others again, unless it had enough time.
func TestSeenCountsMoreThanAcks(t *testing.T) {
	for _, test := range []struct {
		name  string
		pause time.Duration // between two messages, each with an ack
		seen  *uint64
		want  []string
	}{
		{"lost in the page", 10 * time.Millisecond, new(uint64(0)), []string{"m1#1", "m2#2"}},
		{"the first was long ago", handlingTime, new(uint64(0)), []string{"m2#2"}},
		{"handled", 10 * time.Millisecond, new(uint64(2)), nil},
		{"no report", 10 * time.Millisecond, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(config)
				r.enter(t, "x", "a", Options{})
				token := r.enter(t, "x", "b", Options{})
				time.Sleep(time.Minute)
				r.say(t, "a", "m1")
				r.Delivered("b", 2) // the answer was the first event
				time.Sleep(test.pause)
				r.say(t, "a", "m2")
				r.Delivered("b", 3)
				r.Lose("b", 3)
				r.enter(t, "x", "b2", Options{Token: token, Seen: test.seen})
				r.expect(t, "b2", append([]string{"resumed x with 1"}, test.want...)...)
				r.Leave("a")
				r.Leave("b2")
			})
		})
	}
}

// Messages that have arrived do not count towards the limit of what is kept.
func TestArrivedDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{})
		r.enter(t, "x", "b", Options{})
		for i := range config.KeptMessages {
			r.say(t, "a", fmt.Sprint(i))
		}
		r.Lose("b", uint64(1+config.KeptMessages))
		r.received("a")
		for i := range config.KeptMessages {
			r.say(t, "a", fmt.Sprint(i))
		}
		r.expect(t, "a")
		r.say(t, "a", "one too many")
		r.expect(t, "a", "left")
		r.Leave("a")
	})
}

// What was sent and may not have arrived makes way for what comes later, also after another
// node has taken the room: most has arrived, and the client can say so.
func TestSentMakesWay(t *testing.T) {
	limit := config.KeptMessages
	for seen, want := range map[int][]string{
		limit: {"resumed x with 1", fmt.Sprint("first#", limit+1), fmt.Sprint("second#", limit+2)},
		1:     {"entered x with 1"},
	} {
		cfg := config
		cfg.Changed = func(string) {}
		before, after := newRecorder(cfg), newRecorder(cfg)
		before.Own("x", RoomState[string, content]{})
		before.enter(t, "x", "a", Options{})
		token := before.enter(t, "x", "b", Options{})
		before.sayMany(t, "a", limit)
		before.Lose("b", 0)
		before.say(t, "a", "first")
		before.expect(t, "a", "entered x with 0", "joined", "away")
		st, _, _ := before.TakeOut("x")
		after.Own("x", st)
		after.enter(t, "x", "a", Options{Token: st.Seats[0].Token})
		after.say(t, "a", "second")
		after.enter(t, "x", "b", Options{Token: token, Seen: new(uint64(seen))})
		after.expect(t, "b", want...)
		after.Clear()
	}
}

// Exceeding the limits of what is kept frees the seat.
func TestKeptIsLimited(t *testing.T) {
	for name, text := range map[string]string{"messages": "m", "bytes": strings.Repeat("m", 100)} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(config)
			r.enter(t, "x", "a", Options{})
			r.enter(t, "x", "b", Options{})
			r.Lose("b", 0)
			for range config.KeptMessages + 1 {
				if recipients, _ := r.relay("a", text); recipients == 0 {
					break
				}
			}
			if got := r.received("a"); got[len(got)-1] != "left" {
				t.Errorf("received %q", got)
			}
			r.Clear()
		})
	}
}

func TestHoldEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{})
		token := r.enter(t, "x", "b", Options{})
		r.Lose("b", 0)
		time.Sleep(hold - time.Nanosecond)
		synctest.Wait()
		r.expect(t, "a", "entered x with 0", "joined", "away")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		r.expect(t, "a", "left")
		r.enter(t, "x", "b2", Options{Token: token})
		r.expect(t, "b2", "entered x with 1") // as a new member
		r.Leave("a")
		r.Leave("b2")
	})
}

// A token moves the seat at once, even if the old socket still looks alive.
func TestMove(t *testing.T) {
	r := newRecorder(config)
	token := r.enter(t, "x", "a", Options{})
	r.enter(t, "x", "b", Options{})
	r.enter(t, "x", "a2", Options{Token: token})
	r.expect(t, "a", "entered x with 0", "joined", "moved")
	r.expect(t, "a2", "resumed x with 1")
	r.expect(t, "b", "entered x with 1") // the other member does not notice
	r.say(t, "b", "m")
	r.expect(t, "a2", "m#1")
	r.expect(t, "a")
	if _, err := r.relay("a", "m"); !errors.Is(err, ErrNoSeat) {
		t.Errorf("the old socket still has a seat: %v", err)
	}
	r.Lose("a", 0) // comes late and frees nothing
	if _, seats := r.Size(); seats != 2 {
		t.Errorf("%d seats", seats)
	}
}

// In a full room, a new member gets the seat that has been without a socket the
// longest.
func TestLongestAwayIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{Capacity: 3})
		r.enter(t, "x", "b", Options{Name: "Bo"})
		token := r.enter(t, "x", "c", Options{Name: "Cy"})
		r.Lose("c", 0)
		time.Sleep(time.Second)
		r.Lose("b", 0)
		r.received("a")
		r.enter(t, "x", "d", Options{Name: "Di"})
		r.expect(t, "a", "left", "joined Di")
		r.enter(t, "x", "c2", Options{Token: token})
		r.expect(t, "a", "left", "joined")
		r.refused(t, "x", "e", Options{}, ErrFull)
		r.Clear()
	})
}
