package rooms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const hold = 30 * time.Second

var config = Config{MaxCapacity: 8, Hold: hold, KeptMessages: 64, KeptBytes: 1 << 10}

// told records what each socket hears.
type told struct {
	*Registry[string, string]
	mu   sync.Mutex
	log  map[string][]Event[string]
	sent map[string]uint64
	home map[string]uint64 // how much is known to have arrived
}

func newTold(cfg Config) *told {
	t := &told{log: make(map[string][]Event[string]), sent: make(map[string]uint64), home: make(map[string]uint64)}
	t.Registry = New(cfg, func(s string, e Event[string]) (sent, arrived uint64) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.log[s] = append(t.log[s], e)
		t.sent[s]++
		return t.sent[s], t.home[s]
	})
	return t
}

// id is that of the seat that a socket has.
func (h *told) id(s string) string {
	h.Registry.mu.Lock()
	defer h.Registry.mu.Unlock()
	return h.seats[s].id
}

// heard takes what a socket heard since the last call, in short.
func (h *told) heard(s string) (short []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.log[s] {
		short = append(short, shorten(e))
	}
	delete(h.log, s)
	return short
}

func shorten(e Event[string]) string {
	switch e.Kind {
	case Entered:
		word := "entered"
		if e.Entry.Again {
			word = "again"
		}
		if e.Entry.Resumed {
			word = "resumed"
		}
		return fmt.Sprintf("%s %s with %d", word, e.Room, len(e.Entry.Peers))
	case Message:
		return fmt.Sprintf("%s#%d", e.Message, e.Number)
	}
	names := map[Kind]string{
		Joined: "joined", Gone: "gone", Away: "away", Back: "back", Locked: "locked",
		Knocked: "knocked", Unknocked: "unknocked", Admitted: "admitted", Denied: "denied", Moved: "moved",
	}
	if e.Kind == Locked {
		return fmt.Sprint(names[e.Kind], " ", e.Locked)
	}
	return strings.TrimSpace(names[e.Kind] + " " + e.Name)
}

func (h *told) expect(t *testing.T, s string, want ...string) {
	t.Helper()
	if got := h.heard(s); !slices.Equal(got, want) {
		t.Errorf("%s heard %q, want %q", s, got, want)
	}
}

func (h *told) enter(t *testing.T, room, s string, o Options) (token string) {
	t.Helper()
	if _, err := h.Enter(room, s, o); err != nil {
		t.Fatalf("%s enters %s: %v", s, room, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range slices.Backward(h.log[s]) {
		if e.Kind == Entered {
			return e.Entry.Token
		}
	}
	t.Fatalf("%s did not hear that it entered", s)
	return ""
}

// refused checks that somebody is not let in, and that nothing changes by it.
func (h *told) refused(t *testing.T, room, s string, o Options, want error) {
	t.Helper()
	rooms, seats := h.Size()
	_, err := h.Enter(room, s, o)
	if !errors.Is(err, want) {
		t.Errorf("%s enters %s: %v, want %v", s, room, err, want)
	}
	if r, n := h.Size(); r != rooms || n != seats {
		t.Errorf("refusing %s changed %d rooms, %d seats into %d, %d", s, rooms, seats, r, n)
	}
}

func (h *told) say(t *testing.T, s, text string) {
	t.Helper()
	if _, err := h.Say(s, "", "", text, len(text)); err != nil {
		t.Errorf("%s says %s: %v", s, text, err)
	}
}

func TestEnterAndLeave(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{})
	h.enter(t, "x", "b", Options{Name: "Bo"})
	h.expect(t, "a", "entered x with 0", "joined Bo")
	h.expect(t, "b", "entered x with 1")
	h.refused(t, "x", "c", Options{}, ErrFull)
	h.enter(t, "x", "a", Options{})
	h.expect(t, "a", "again x with 1")
	h.expect(t, "b")
	h.enter(t, "y", "b", Options{})
	h.expect(t, "a", "gone")
	h.expect(t, "b", "entered y with 0")
	h.Leave("a")
	h.Leave("b")
	if rooms, seats := h.Size(); rooms != 0 || seats != 0 {
		t.Errorf("%d rooms and %d seats are left", rooms, seats)
	}
}

func TestBounds(t *testing.T) {
	h := newTold(Config{Rooms: 1, MaxCapacity: 4})
	h.refused(t, "", "a", Options{}, ErrName)
	h.refused(t, strings.Repeat("r", MaxNameSize+1), "a", Options{}, ErrName)
	h.refused(t, "x", "a", Options{Token: "short"}, ErrToken)
	h.refused(t, "x", "a", Options{Token: strings.Repeat("=", TokenSize)}, ErrToken)
	for i := range 4 {
		h.enter(t, "__proto__", fmt.Sprint(i), Options{Capacity: 100})
	}
	h.refused(t, "__proto__", "a", Options{}, ErrFull)
	h.refused(t, "y", "a", Options{}, ErrMany)
	if _, err := h.Say("a", "", "", "m", 1); !errors.Is(err, ErrNoSeat) {
		t.Errorf("who has no seat says: %v", err)
	}
}

// Without holding, a lost socket is a lost seat.
func TestLoseWithoutHold(t *testing.T) {
	h := newTold(Config{})
	h.enter(t, "x", "a", Options{})
	h.enter(t, "x", "b", Options{})
	h.heard("a")
	h.Lose("b", 0)
	h.expect(t, "a", "gone")
}

// What is said to somebody who is away arrives in order, once, with what the
// lost socket had not brought home.
func TestComingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTold(config)
		h.enter(t, "x", "a", Options{})
		token := h.enter(t, "x", "b", Options{})
		for i := range 3 {
			h.say(t, "a", fmt.Sprint("m", i))
		}
		h.expect(t, "b", "entered x with 1", "m0#1", "m1#2", "m2#3")
		h.Lose("b", 2) // the answer and m0 came home
		h.expect(t, "a", "entered x with 0", "joined", "away")
		h.say(t, "a", "m3")
		h.enter(t, "x", "b2", Options{Token: token, Seen: new(uint64(2))})
		h.say(t, "a", "m4")
		h.expect(t, "b2", "resumed x with 1", "m2#3", "m3#4", "m4#5")
		h.expect(t, "a", "back")
		time.Sleep(2 * hold)
		h.expect(t, "a") // the timer was stopped
		h.Leave("a")
		h.Leave("b2")
	})
}

// A receipt says that something arrived, not that it was handled: who says to
// have seen less gets it again, unless there was time enough.
func TestSeenCountsMoreThanReceipts(t *testing.T) {
	for _, test := range []struct {
		name  string
		pause time.Duration // between two messages with a receipt each
		seen  *uint64
		want  []string
	}{
		{"lost in the page", 10 * time.Millisecond, new(uint64(0)), []string{"m1#1", "m2#2"}},
		{"the first was long ago", handlingTime, new(uint64(0)), []string{"m2#2"}},
		{"handled", 10 * time.Millisecond, new(uint64(2)), nil},
		{"who does not say", 10 * time.Millisecond, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newTold(config)
				h.enter(t, "x", "a", Options{})
				token := h.enter(t, "x", "b", Options{})
				time.Sleep(time.Minute)
				h.say(t, "a", "m1")
				h.Delivered("b", 2) // the answer came before
				time.Sleep(test.pause)
				h.say(t, "a", "m2")
				h.Delivered("b", 3)
				h.Lose("b", 3)
				h.enter(t, "x", "b2", Options{Token: token, Seen: test.seen})
				h.expect(t, "b2", append([]string{"resumed x with 1"}, test.want...)...)
				h.Leave("a")
				h.Leave("b2")
			})
		})
	}
}

// What has arrived is no reason to give a seat up.
func TestArrivedIsNotTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTold(config)
		h.enter(t, "x", "a", Options{})
		h.enter(t, "x", "b", Options{})
		for i := range config.KeptMessages {
			h.say(t, "a", fmt.Sprint(i))
		}
		h.Lose("b", uint64(1+config.KeptMessages))
		h.heard("a")
		for i := range config.KeptMessages {
			h.say(t, "a", fmt.Sprint(i))
		}
		h.expect(t, "a")
		h.say(t, "a", "one too many")
		h.expect(t, "a", "gone")
		h.Leave("a")
	})
}

func TestHoldEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTold(config)
		h.enter(t, "x", "a", Options{})
		token := h.enter(t, "x", "b", Options{})
		h.Lose("b", 0)
		time.Sleep(hold - time.Nanosecond)
		synctest.Wait()
		h.expect(t, "a", "entered x with 0", "joined", "away")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		h.expect(t, "a", "gone")
		h.enter(t, "x", "b2", Options{Token: token})
		h.expect(t, "b2", "entered x with 1") // a newcomer, with the id it had
		h.Leave("a")
		h.Leave("b2")
	})
}

// A token moves the seat at once, though the old socket still looks alive.
func TestMoving(t *testing.T) {
	h := newTold(config)
	token := h.enter(t, "x", "a", Options{})
	h.enter(t, "x", "b", Options{})
	h.enter(t, "x", "a2", Options{Token: token})
	h.expect(t, "a", "entered x with 0", "joined", "moved")
	h.expect(t, "a2", "resumed x with 1")
	h.expect(t, "b", "entered x with 1") // for the others nothing happened
	h.say(t, "b", "m")
	h.expect(t, "a2", "m#1")
	h.expect(t, "a")
	if _, err := h.Say("a", "", "", "m", 1); !errors.Is(err, ErrNoSeat) {
		t.Errorf("the old socket still has a seat: %v", err)
	}
	h.Lose("a", 0) // its end comes late, and frees nothing
	if _, seats := h.Size(); seats != 2 {
		t.Errorf("%d seats", seats)
	}
}

func TestIDsOutliveTheServer(t *testing.T) {
	before, after := newTold(config), newTold(config)
	token := before.enter(t, "x", "a", Options{})
	if again := after.enter(t, "x", "a", Options{Token: token}); again != token {
		t.Errorf("token %s became %s", token, again)
	}
	one, other := before.id("a"), after.id("a")
	if one != other || strings.Contains(token, one) {
		t.Errorf("ids %s and %s of token %s", one, other, token)
	}
}

// A seat without a socket yields to a newcomer, the one longest so first.
func TestYielding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTold(config)
		h.enter(t, "x", "a", Options{Capacity: 3})
		h.enter(t, "x", "b", Options{Name: "Bo"})
		token := h.enter(t, "x", "c", Options{Name: "Cy"})
		h.Lose("c", 0)
		time.Sleep(time.Second)
		h.Lose("b", 0)
		h.heard("a")
		h.enter(t, "x", "d", Options{Name: "Di"})
		h.expect(t, "a", "gone", "joined Di")
		h.enter(t, "x", "c2", Options{Token: token})
		h.expect(t, "a", "gone", "joined")
		h.refused(t, "x", "e", Options{}, ErrFull)
		h.Clear()
	})
}

// More than is kept costs the seat.
func TestKeptIsBounded(t *testing.T) {
	for name, text := range map[string]string{"messages": "m", "bytes": strings.Repeat("m", 100)} {
		t.Run(name, func(t *testing.T) {
			h := newTold(config)
			h.enter(t, "x", "a", Options{})
			h.enter(t, "x", "b", Options{})
			h.Lose("b", 0)
			for range config.KeptMessages + 1 {
				if heard, _ := h.Say("a", "", "", text, len(text)); heard == 0 {
					break
				}
			}
			if got := h.heard("a"); got[len(got)-1] != "gone" {
				t.Errorf("heard %q", got)
			}
			h.Clear()
		})
	}
}

// An old client claims its seat by a key, once its old socket is out of the
// way, and hears everything it missed.
func TestClaimByKey(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{OwnKey: "key of a", Legacy: true})
	h.enter(t, "x", "b", Options{Legacy: true})
	if busy, err := h.Enter("x", "a2", Options{Key: "key of a", OnlyHeld: true}); !errors.Is(err, ErrInUse) || !slices.Equal(busy, []string{"a"}) {
		t.Errorf("claiming a seat in use: %v, %v", busy, err)
	}
	h.Lose("a", h.sent["a"])
	h.say(t, "b", "m")
	h.Leave("b")
	h.refused(t, "y", "a2", Options{Key: "key of a", OnlyHeld: true}, ErrNoSeat)
	h.refused(t, "x", "a2", Options{Key: "another key", OnlyHeld: true}, ErrNoSeat)
	h.enter(t, "x", "a2", Options{Key: "key of a", OwnKey: "new key", OnlyHeld: true})
	h.expect(t, "a2", "resumed x with 0", "m#1", "gone")
	h.Lose("a2", h.sent["a2"])
	h.refused(t, "x", "a3", Options{Key: "key of a", OnlyHeld: true}, ErrNoSeat)
	h.Clear()
}

func TestPassword(t *testing.T) {
	h := newTold(config)
	h.refused(t, "pw-x", "early", Options{}, ErrDenied)
	token := h.enter(t, "pw-x", "a", Options{Proof: "right", Capacity: 3})
	h.refused(t, "pw-x", "b", Options{}, ErrDenied)
	h.refused(t, "pw-x", "b", Options{Proof: "wrong"}, ErrDenied)
	h.enter(t, "pw-x", "b", Options{Proof: "right"})
	h.Lose("a", 0)
	h.enter(t, "pw-x", "a2", Options{Token: token}) // who has the seat has shown the proof
	h.enter(t, "open", "c", Options{})
	h.refused(t, "open", "d", Options{Proof: "any"}, ErrDenied)
	h.Clear()
}

func TestLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTold(config)
		token := h.enter(t, "x", "a", Options{Capacity: 4})
		if err := h.SetLocked("a", true); err != nil {
			t.Fatal(err)
		}
		h.expect(t, "a", "entered x with 0", "locked true")
		h.refused(t, "x", "b", Options{}, ErrLocked)
		if err := h.Knock("x", "b", Options{Name: "Bo"}); err != nil {
			t.Fatal(err)
		}
		id := h.log["a"][0].ID
		h.expect(t, "a", "knocked Bo")
		h.refused(t, "x", "b", Options{}, ErrLocked) // knocking is not enough
		if err := h.Answer("b", id, true); !errors.Is(err, ErrNoSeat) {
			t.Errorf("who waits lets itself in: %v", err)
		}
		_ = h.Answer("a", id, false)
		h.expect(t, "b", "denied")
		h.expect(t, "a", "unknocked")
		h.refused(t, "x", "b", Options{}, ErrLocked)

		_ = h.Knock("x", "b", Options{Name: "Bo"})
		_ = h.Answer("a", h.log["a"][0].ID, true)
		h.expect(t, "b", "admitted")
		h.refused(t, "x", "c", Options{}, ErrLocked) // it is for b alone
		h.enter(t, "x", "b", Options{})
		h.expect(t, "a", "knocked Bo", "unknocked", "joined")

		_ = h.Knock("x", "c", Options{})
		_ = h.Answer("b", h.log["a"][0].ID, true)
		time.Sleep(admittedTime)
		h.refused(t, "x", "c", Options{}, ErrLocked) // too late

		h.Lose("a", 0)
		h.enter(t, "x", "a2", Options{Token: token}) // a member is no newcomer
		_ = h.Knock("x", "d", Options{})
		_ = h.SetLocked("a2", false)
		h.expect(t, "d", "admitted")
		h.enter(t, "x", "d", Options{})
		h.Clear()
	})
}

// Who waits hears when there is nobody left to answer.
func TestKnockingAtAnEmptyRoom(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{})
	_ = h.SetLocked("a", true)
	_ = h.Knock("x", "b", Options{})
	_ = h.Knock("x", "c", Options{})
	h.Lose("c", 0) // gives up
	h.Leave("a")
	h.expect(t, "b", "admitted")
	h.expect(t, "c")
	h.enter(t, "x", "b", Options{})
	if len(h.waiting) != 0 {
		t.Errorf("%d still wait", len(h.waiting))
	}
}

func TestDoorIsBounded(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{Proof: "p"})
	_ = h.SetLocked("a", true)
	if err := h.Knock("x", "b", Options{}); !errors.Is(err, ErrDenied) {
		t.Errorf("knocking without the proof: %v", err)
	}
	for i := range maxKnocks {
		if err := h.Knock("x", fmt.Sprint(i), Options{Proof: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Knock("x", "b", Options{Proof: "p"}); !errors.Is(err, ErrFull) {
		t.Errorf("one knock too many: %v", err)
	}
}

// At a full door, who knocks again does not hear that it is full, and who was
// admitted takes no place, though it has not entered yet.
func TestAFullDoorCountsThoseWhoWait(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{})
	_ = h.SetLocked("a", true)
	for i := range maxKnocks {
		if err := h.Knock("x", fmt.Sprint(i), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Knock("x", "0", Options{}); err != nil {
		t.Errorf("knocking again: %v", err)
	}
	if err := h.Knock("x", "b", Options{}); !errors.Is(err, ErrFull) {
		t.Errorf("one knock too many: %v", err)
	}
	h.mu.Lock()
	first := h.rooms["x"].knocks[0].id
	h.mu.Unlock()
	if err := h.Answer("a", first, true); err != nil {
		t.Fatal(err)
	}
	if err := h.Knock("x", "b", Options{}); err != nil {
		t.Errorf("knocking after one was admitted: %v", err)
	}
	_ = h.SetLocked("a", false)
	h.mu.Lock()
	defer h.mu.Unlock()
	gone := make(map[string]int)
	for _, e := range h.log["a"] {
		if e.Kind == Unknocked {
			gone[e.ID]++
		}
	}
	for id, n := range gone {
		if n != 1 {
			t.Errorf("the members heard %d times that %s no longer waits", n, id)
		}
	}
}

// Of many who come at once, just as many get in as there is room for, and all
// hear the same things in the same order.
func TestConcurrentEntries(t *testing.T) {
	h := newTold(config)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			s := fmt.Sprint(i)
			if _, err := h.Enter("x", s, Options{Capacity: 4}); err == nil {
				_, _ = h.Say(s, "x", "", s, 1)
			}
		})
	}
	wg.Wait()
	if _, seats := h.Size(); seats != 4 {
		t.Errorf("%d seats", seats)
	}
	for s, log := range h.log {
		for i, e := range log {
			if (e.Kind == Entered) != (i == 0) {
				t.Errorf("%s heard %v as its event %d", s, e.Kind, i)
			}
		}
	}
}

func BenchmarkSay(b *testing.B) {
	r := New(config, func(int, Event[string]) (uint64, uint64) { return 1, 1 })
	for s := range 2000 {
		_, _ = r.Enter(fmt.Sprint(s/2), s, Options{})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = r.Say(i%2000, "", "", "m", 1)
	}
}

// An answer carries its request: a seat taken by one kind of request and asked
// for by another is answered as it was asked last.
func TestRequestTravels(t *testing.T) {
	h := newTold(config)
	h.enter(t, "x", "a", Options{Request: 1, Legacy: true})
	h.enter(t, "x", "a", Options{Request: 2})
	h.mu.Lock()
	defer h.mu.Unlock()
	var requests []any
	var legacy []bool
	for _, e := range h.log["a"] {
		requests, legacy = append(requests, e.Entry.Request), append(legacy, e.Legacy)
	}
	if !slices.Equal(requests, []any{1, 2}) || !slices.Equal(legacy, []bool{true, false}) {
		t.Errorf("answers to %v, legacy %v", requests, legacy)
	}
}
