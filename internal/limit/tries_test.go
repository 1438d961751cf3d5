package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// guesser makes tries at a simulated time, until it is told to wait.
type guesser struct {
	*Tries
	now time.Time
}

var testRates = TryRates{
	Pair:   Rate{PerSecond: 0.1, Burst: 5},
	Client: Rate{PerSecond: 0.5, Burst: 50},
	Fresh:  Rate{PerSecond: 2, Burst: 100},
	Known:  Rate{PerSecond: 0.2, Burst: 20},
}

func newGuesser() *guesser {
	t := NewTries(testRates)
	return &guesser{t, t.began}
}

func clientOf(n int) netip.Prefix {
	return Client(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
}

// fail makes tries that fail, and returns how many were allowed.
func (g *guesser) fail(client netip.Prefix, target string, most int) (made int) {
	for range most {
		if _, _, ok := g.Take(client, target, g.now); !ok {
			return made
		}
		made++
	}
	return made
}

func TestTries(t *testing.T) {
	g := newGuesser()
	if n := g.fail(clientOf(1), "x", 100); n != 5 {
		t.Errorf("%d of a burst of 5 were allowed", n)
	}
	if _, wait, ok := g.Take(clientOf(1), "x", g.now); ok || wait != 10*time.Second {
		t.Errorf("after the burst: %v, %v", wait, ok)
	}
	if _, _, ok := g.Take(clientOf(1), "y", g.now); !ok {
		t.Error("another target is refused")
	}
	if _, _, ok := g.Take(clientOf(2), "x", g.now); !ok {
		t.Error("another client is refused")
	}
	g.now = g.now.Add(10 * time.Second)
	if n := g.fail(clientOf(1), "x", 100); n != 1 {
		t.Errorf("%d were allowed after the time to wait for one", n)
	}
}

// A try that succeeds costs nothing, and tries at the same time count before any of
// them has an answer.
func TestTriesAreGivenBack(t *testing.T) {
	g := newGuesser()
	for range 1000 {
		giveBack, _, ok := g.Take(clientOf(1), "x", g.now)
		if !ok {
			t.Fatal("refused, though all before succeeded")
		}
		giveBack()
	}
	if n := g.pairs.Len() + g.clients.Len() + g.targets.Len(); n != 0 {
		t.Errorf("%d entries are kept for nothing", n)
	}
	var pending []func()
	for range testRates.Pair.Burst {
		giveBack, _, _ := g.Take(clientOf(1), "x", g.now)
		pending = append(pending, giveBack)
	}
	if _, _, ok := g.Take(clientOf(1), "x", g.now); ok {
		t.Error("tries without an answer do not count")
	}
	for _, giveBack := range pending {
		giveBack()
	}
	if n := g.fail(clientOf(1), "x", 100); n != testRates.Pair.Burst {
		t.Errorf("%d are allowed after all were given back", n)
	}
}

// A client that succeeds or fails at targets of its own makes Tries forget nothing of
// its failures at another.
func TestTriesAreNotFlushed(t *testing.T) {
	for name, succeed := range map[string]bool{"by failing": false, "by succeeding": true} {
		t.Run(name, func(t *testing.T) {
			g := newGuesser()
			guesses := 0
			for round := range 3 {
				guesses += g.fail(clientOf(1), "x", 100)
				for i := range remembered + 16 {
					giveBack, _, ok := g.Take(clientOf(1), fmt.Sprint(round, i), g.now)
					if ok && succeed {
						giveBack()
					}
				}
				g.now = g.now.Add(10 * time.Second)
			}
			if most := testRates.Pair.Burst + 2; guesses > most {
				t.Errorf("%d guesses in 20 s, want %d at most", guesses, most)
			}
		})
	}
}

// Many clients together make no more guesses at one target than it allows, and a client
// that has not failed there gets its try at once, unless there are more such clients
// than Fresh allows.
func TestManyClientsAtOneTarget(t *testing.T) {
	g := newGuesser()
	const botnet = 60
	guesses := 0
	const minutes = 10
	for end := g.now.Add(minutes * time.Minute); g.now.Before(end); g.now = g.now.Add(time.Second) {
		for n := range botnet {
			guesses += g.fail(clientOf(n), "x", 100)
		}
		giveBack, wait, ok := g.Take(clientOf(1_000_000), "x", g.now)
		if !ok {
			t.Fatalf("a client that has not failed waits %v after %d guesses of others", wait, guesses)
		}
		giveBack()
	}
	if most := 100 + 20 + minutes*60/5 + 1; guesses > most {
		t.Errorf("%d guesses in 10 min, want %d at most", guesses, most)
	}

	// With ever new addresses: the bound of all clients together.
	guesses = 0
	for n := range minutes * 60 {
		g.now = g.now.Add(time.Second)
		for i := range 4 {
			guesses += g.fail(clientOf(2_000_000+4*n+i), "y", 100)
		}
	}
	if most := 100 + 2*minutes*60 + 20 + minutes*60/5 + 1; guesses > most {
		t.Errorf("%d guesses from new addresses in 10 min, want %d at most", guesses, most)
	}
}

func TestTriesOfLoopback(t *testing.T) {
	for _, limited := range []bool{false, true} {
		tries := NewTries(TryRates{Pair: Rate{PerSecond: 1, Burst: 1}, Loopback: limited})
		for _, address := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
			client := Client(netip.MustParseAddr(address))
			tries.Take(client, "x", tries.began)
			if _, _, ok := tries.Take(client, "x", tries.began); ok == limited && address != "::ffff:127.0.0.1" {
				t.Errorf("%s: allowed %v where limited is %v", address, ok, limited)
			}
		}
		if _, _, ok := tries.Take(Client(netip.MustParseAddr("127.0.0.2")), "x", tries.began); !ok {
			t.Error("another address is refused its first try")
		}
		if _, _, ok := tries.Take(Client(netip.MustParseAddr("127.0.0.2")), "x", tries.began); ok {
			t.Error("another address is not limited")
		}
	}
}

// Whatever comes, what is kept stays small.
func TestTriesAreBounded(t *testing.T) {
	g := newGuesser()
	for n := range 3 * remembered {
		g.fail(clientOf(n), fmt.Sprint(n), 1)
	}
	if g.pairs.Len() > remembered || g.clients.Len() > remembered || g.targets.Len() > remembered {
		t.Errorf("%d pairs, %d clients and %d targets are kept", g.pairs.Len(), g.clients.Len(), g.targets.Len())
	}
}
