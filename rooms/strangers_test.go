package rooms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A seat without a socket is given away only after MinAway, or if its socket was given
// up. Its owner can return at any time.
func TestMinAway(t *testing.T) {
	const minAway = 5 * time.Second
	synctest.Test(t, func(t *testing.T) {
		cfg := config
		cfg.MinAway = minAway
		r := newRecorder(cfg)
		token := r.enter(t, "x", "a", Options{})
		r.enter(t, "x", "b", Options{})
		lost := time.Now()
		r.Lose("a", 0)
		time.Sleep(time.Second)
		r.Lose("b", 0)
		time.Sleep(minAway - time.Second - 1)
		taken, err := r.Enter("x", "stranger", Options{})
		if !errors.Is(err, ErrFull) || len(taken.Sockets) != 0 || !taken.FreeAt.Equal(lost.Add(minAway)) {
			t.Errorf("entering before that: %+v, %v", taken, err)
		}
		r.enter(t, "x", "a2", Options{Token: token})
		r.Lose("a2", 0)
		time.Sleep(time.Second + 1) // the seat of b is free, that of a is not
		r.enter(t, "x", "stranger", Options{})
		r.refused(t, "x", "other", Options{}, ErrFull)
		r.enter(t, "x", "a3", Options{Token: token})
		r.GiveUp("a3", 0)
		r.enter(t, "x", "other", Options{})
		r.Clear()
	})
}

// A room whose name is bound to a proof is opened by this proof only.
func TestBoundName(t *testing.T) {
	const random = "0123456789abcdef0123456789abcdef"
	name := "pw-" + random + "-" + proofHash("right")
	// As PROTOCOL.md says: printf 'vidchat proof\nright' | sha256sum | head -c 32
	if want := "1af2baf83f28625f25861f804832902b"; proofHash("right") != want {
		t.Errorf("the hash is %s, want %s", proofHash("right"), want)
	}
	r := newRecorder(config)
	for _, junk := range []string{"", "junk", "Right", "right "} {
		r.refused(t, name, "stranger", Options{Proof: junk}, ErrDenied)
		if _, err := r.Knock(name, "stranger", Options{Proof: junk}); !errors.Is(err, ErrDenied) {
			t.Errorf("knocking with %q: %v", junk, err)
		}
	}
	r.enter(t, name, "a", Options{Proof: "right"})
	r.refused(t, name, "stranger", Options{Proof: "junk"}, ErrDenied)
	r.enter(t, name, "b", Options{Proof: "right"})

	// All other names go on as before.
	for _, old := range []string{
		"pw-" + random, "pw-x", "pw-" + random + "-", "pw-" + random + "-" + strings.Repeat("g", 32), name + "0",
		strings.ToUpper(name[3:]), "pw-" + strings.ToUpper(name[3:]),
	} {
		r.enter(t, old, "of "+old, Options{Proof: "any"})
	}
}

// FuzzFitsName compares fitsName with a second implementation.
func FuzzFitsName(f *testing.F) {
	f.Add("pw-0123456789abcdef0123456789abcdef-"+proofHash("p"), "p")
	f.Add("pw-0123456789abcdef0123456789abcdef-"+proofHash("p"), "q")
	f.Add("pw-x", "")
	f.Add("x", "p")
	isHex := func(text string) bool {
		return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
	}
	f.Fuzz(func(t *testing.T, name, proof string) {
		want := true
		if rest, ok := strings.CutPrefix(name, "pw-"); ok {
			random, hash, two := strings.Cut(rest, "-")
			bound := two && isHex(random) && isHex(hash)
			want = proof != "" && (!bound || hash == proofHash(proof))
		}
		if got := fitsName(name, proof); got != want {
			t.Errorf("fitsName(%q, %q) = %v", name, proof, got)
		}
	})
}

// Knocking again tells the members nothing, unless the name has changed.
func TestRepeatedKnock(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{Capacity: 4})
	r.lock(t, "a")
	r.received("a")
	knock := func(o Options, wantTold bool, wantErr error) {
		t.Helper()
		if told, err := r.Knock("x", "b", o); told != wantTold || !errors.Is(err, wantErr) {
			t.Errorf("Knock(%+v) = %v, %v", o, told, err)
		}
	}
	knock(Options{Name: "Bo", Quiet: true}, false, ErrFull)
	knock(Options{Name: "Bo"}, true, nil)
	knock(Options{Name: "Bo"}, false, nil)
	knock(Options{Name: "Bo", Quiet: true}, false, nil)
	r.expect(t, "a", "knocked Bo")
	knock(Options{Name: "Eve", Quiet: true}, false, ErrFull)
	r.expect(t, "a") // and Bo still waits
	knock(Options{Name: "Bob"}, true, nil)
	r.expect(t, "a", "unknocked", "knocked Bob")
	_ = r.SetLocked("a", false)
	knock(Options{Quiet: true}, false, nil)
	if got := r.received("b"); !slices.Equal(got, []string{"admitted", "admitted"}) {
		t.Errorf("b received %q", got)
	}
}

// One client does not get all places of those who wait.
func TestKnocksPerGroup(t *testing.T) {
	r := newRecorder(config)
	r.enter(t, "x", "a", Options{})
	r.lock(t, "a")
	for i := range maxGroup {
		if _, err := r.Knock("x", fmt.Sprint(i), Options{Group: "g"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Knock("x", "one more", Options{Group: "g"}); !errors.Is(err, ErrFull) {
		t.Errorf("one too many of a group: %v", err)
	}
	for i := range maxKnocks - maxGroup {
		if _, err := r.Knock("x", fmt.Sprint("other ", i), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Knock("x", "one more", Options{Group: "h"}); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
}

// Those who were admitted and do not enter keep nobody out, and are forgotten.
func TestPassesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(config)
		r.enter(t, "x", "a", Options{Capacity: 4})
		r.lock(t, "a")
		for i := range 5 * maxKnocks {
			if err := r.AnswerKnock("a", r.knock(t, "x", fmt.Sprint(i), "Bo", "a"), true); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(admittedTime + 1)
		r.refused(t, "x", "0", Options{}, ErrLocked)
		for i := range maxKnocks {
			if _, err := r.Knock("x", fmt.Sprint("new ", i), Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.knocks) != maxKnocks || len(r.rooms["x"].knocks) != maxKnocks {
			t.Errorf("%d and %d knocks are kept, want %d", len(r.knocks), len(r.rooms["x"].knocks), maxKnocks)
		}
		r.Clear()
	})
}
