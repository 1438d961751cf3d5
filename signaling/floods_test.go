package signaling

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/limit"
)

// Whatever strangers do at a locked room, its members are told little of it.
func TestKnockFlood(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]string{
		"knock": "", "knock and leave": "leave", "knock with another name": "name", "knock and disconnect": "disconnect",
	} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
				t.Parallel()
				h := startLimited(t, engineio.Limits{})
				a := h.dial(4, dialer.WebSocket)
				a.enter("x", nil)
				a.lock("x", true)
				began := time.Now()
				var all sync.WaitGroup
				for n := range 10 {
					all.Go(func() { h.knockAgainAndAgain(addressOf(n, sameAddress), then) })
				}
				all.Wait()
				rates := knockRates.Fresh
				if sameAddress {
					rates = knockRates.Pair
				} else {
					rates.Burst += knockRates.Known.Burst
					rates.PerSecond += knockRates.Known.PerSecond
				}
				most := rates.Burst + int(time.Since(began).Seconds()*rates.PerSecond) + 1
				if knocks := a.countUntilQuiet("knock"); knocks < 1 || knocks > most {
					t.Errorf("a member was told of %d knocks, want 1 to %d", knocks, most)
				}
			})
		}
	}
}

// knockAgainAndAgain knocks, and withdraws or changes the knock in between.
func (h *harness) knockAgainAndAgain(address, then string) {
	p := h.stranger(address, dialer.WebSocket)
	for i := range 20 {
		options := map[string]any{}
		switch then {
		case "leave":
			p.emit("leave")
		case "name":
			options["name"] = fmt.Sprint(i)
		case "disconnect":
			if i%5 == 4 {
				p.Close()
				p = h.stranger(address, dialer.WebSocket)
			}
		}
		if ack := p.emit("knock", "x", options); ack["ok"] != true && ack["error"] != codeFull {
			h.t.Errorf("knock: %v", ack)
		}
	}
}

// Strangers who join and leave again and again are not passed on to the members for ever.
// A member that returns, and a seat that is there already, do not count.
func TestJoinFlood(t *testing.T) {
	t.Parallel()
	for name, join := range map[string]string{
		"enter": event(eventEnter, "x"), "create or join": event(eventCreateOrJoin, "x"),
	} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
				t.Parallel()
				h := startLimited(t, engineio.Limits{})
				a := h.dial(4, dialer.WebSocket)
				seat := a.enter("x", map[string]any{"capacity": 8})
				began := time.Now()
				var all sync.WaitGroup
				for n := range 5 {
					p := h.stranger(addressOf(n, sameAddress), dialer.WebSocket)
					all.Go(func() {
						for range 25 {
							_, _ = p.Send(join), p.Send(event("leave"))
						}
						p.awaitHandled()
					})
				}
				all.Wait()
				rates := joinRates.Pair
				if !sameAddress {
					rates.Burst = joinRates.Fresh.Burst + joinRates.Known.Burst
					rates.PerSecond = joinRates.Fresh.PerSecond + joinRates.Known.PerSecond
				}
				most := rates.Burst + int(time.Since(began).Seconds()*rates.PerSecond) + 1
				if joins := a.countUntilQuiet("join"); joins < 1 || joins > most {
					t.Errorf("a member was told of %d joins, want 1 to %d", joins, most)
				}
				for range 2 * joinRates.Pair.Burst {
					a = h.stranger(addressOf(0, sameAddress), dialer.WebSocket)
					a.enter("x", map[string]any{"seat": seat["seat"]})
					a.enter("x", nil)
				}
				ack := h.stranger("198.51.100.77", dialer.WebSocket).emit("enter", "y")
				if ack["ok"] != true {
					t.Errorf("another room: %v", ack)
				}
			})
		}
	}
}

// awaitHandled waits until the server has handled everything that was sent.
func (p *client) awaitHandled() {
	p.MustSend("29" + encode([]any{"leave"}))
	for got := ""; !strings.HasPrefix(got, "39["); {
		got = p.Next()
	}
}

// In the longest time in which a client may be silent, strangers with any number of
// addresses cannot fill its outbox. For each knock and each new member, it is told twice.
func TestFloodsFitTheOutbox(t *testing.T) {
	const silence, outbox = 45, 256 // seconds, and packets: the defaults of package engineio
	for name, rates := range map[string]limit.TryRates{"knocks": knockRates, "joins": joinRates} {
		most := float64(rates.Fresh.Burst+rates.Known.Burst) + silence*(rates.Fresh.PerSecond+rates.Known.PerSecond)
		if 2*most > outbox {
			t.Errorf("%.0f %s are %.0f events, more than %d", most, name, 2*most, outbox)
		}
	}
}

// Whoever comes first with a junk proof does not own a room whose name is bound to another
// proof, and guesses are limited there too while the room does not exist.
func TestJunkProofOpensNoBoundRoom(t *testing.T) {
	sum := sha256.Sum256([]byte("vidchat proof\nright"))
	room := fmt.Sprintf("pw-%032x-%x", 7, sum[:16])
	h := startLimited(t, engineio.Limits{})
	p := h.stranger("192.0.2.1", dialer.WebSocket)
	p.expectError(codeDenied, "enter", room, map[string]any{})
	for range proofRates.Pair.Burst {
		if ack := p.expectError(codeDenied, "enter", room, map[string]any{"proof": "junk"}); ack["retryAfter"] != nil {
			t.Errorf("limited too early: %v", ack)
		}
	}
	if ack := p.expectError(codeDenied, "knock", room, map[string]any{"proof": "junk"}); ack["retryAfter"] == nil {
		t.Error("junk proofs are not limited")
	}
	p.MustSend(event("create or join", room))
	p.Expect(event("denied", room))
	h.dial(4, dialer.WebSocket).enter(room, map[string]any{"proof": "right"})
	h.dial(4, dialer.WebSocket).enter(room, map[string]any{"proof": "right"})
}

// countUntilQuiet counts the events of a name that have been sent.
func (p *client) countUntilQuiet(name string) (n int) {
	p.t.Helper()
	p.MustSend(`0/ping,`)
	for {
		got := p.Next()
		switch {
		case strings.HasPrefix(got, "4/ping,"):
			return n
		case strings.HasPrefix(got, `2["`+name+`"`):
			n++
		}
	}
}
