package signaling

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/peer"
	"vidchat/internal/limit"
)

// startLimited runs a server that holds seats and limits addresses from a header.
func startLimited(t testing.TB, limits engineio.Limits) *harness {
	t.Helper()
	return startServer(t, Config{
		MaxCapacity: 8, SeatHold: testHold,
		Engine: engineio.Config{ClientAddr: addressFromHeader, Limits: limits},
	})
}

// stranger opens a session from an address.
func (h *harness) stranger(address, transport string) *client {
	h.t.Helper()
	options := h.options(4, transport)
	options.Header = http.Header{"Test-Address": {address}}
	return &client{peer.Dial(h.t, options), h.t}
}

// addressOf returns a different address for each n, or always the same.
func addressOf(n int, same bool) string {
	if same {
		n = 0
	}
	return fmt.Sprintf("192.0.2.%d", n)
}

// member is a member whose client answers WebSocket pings and counts probes.
type member struct {
	*rawConn
	probes atomic.Int64
	ended  chan struct{}
}

// startMember joins a room.
func (h *harness) startMember(room string) *member {
	h.t.Helper()
	m := &member{rawConn: h.connectedWebSocket(3), ended: make(chan struct{})}
	m.join(room)
	_ = m.SetDeadline(time.Time{})
	go m.answer()
	h.t.Cleanup(func() {
		_ = m.Close()
		<-m.ended
	})
	return m
}

// answer answers pings until the connection ends.
func (m *member) answer() {
	defer close(m.ended)
	for {
		op, payload := m.readFrame()
		switch op {
		case 0, ws.OpClose:
			return
		case ws.OpPing:
			if payload == "life" {
				m.probes.Add(1)
			}
			if _, err := m.Write(clientFrame(ws.OpPong, true, payload)); err != nil {
				return
			}
		}
	}
}

// Strangers who try a full room again and again, by one address or by many, cost its
// members no more than one probe in 2 s, and not their own quota.
func TestTriesAtAFullRoomCostItsMembersNothing(t *testing.T) {
	const strangers, tries = 10, 40
	limits := engineio.Limits{Packets: limit.Rate{PerSecond: 1, Burst: 100}}
	for _, name := range []string{eventEnter, eventCreateOrJoin} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
				h := startLimited(t, limits)
				a, b := h.startMember("x"), h.startMember("x")
				began := time.Now()
				var all sync.WaitGroup
				for n := range strangers {
					p := h.stranger(addressOf(n, sameAddress), dialer.WebSocket)
					all.Go(func() { p.tryFullRoom(name, tries) })
				}
				all.Wait()
				most := 1 + int64(time.Since(began)/probeInterval)
				for _, m := range []*member{a, b} {
					if n := m.probes.Load(); n < 1 || n > most {
						t.Errorf("a member was probed %d times, want 1 to %d", n, most)
					}
					select {
					case <-m.ended:
						t.Error("a member lost its connection")
					default:
					}
				}
				if _, seats := h.rooms.Size(); seats != 2 {
					t.Errorf("%d seats", seats)
				}
			})
		}
	}
}

// tryFullRoom tries to enter a room that stays full.
func (p *client) tryFullRoom(name string, tries int) {
	for range tries {
		packet, want := event(name, "x"), event(eventFull, "x")
		if name == eventEnter {
			packet, want = "27"+encode([]any{name, "x"}), `37[{"ok":false,"error":"full"`
		}
		if err := p.Send(packet); err != nil {
			p.t.Errorf("send: %v", err)
			return
		}
		if got := p.Next(); !strings.HasPrefix(got, want) {
			p.t.Errorf("got %s, want %s", got, want)
			return
		}
	}
}

// A stranger who tries a full room too often is told when to try again, others are not, and
// a free seat is given to whoever asks.
func TestTriesAtAFullRoomAreLimited(t *testing.T) {
	h := startLimited(t, engineio.Limits{})
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	seat := a.enter("x", nil)
	b.enter("x", nil)
	a.Next()
	p := h.stranger("192.0.2.1", dialer.WebSocket)
	for range fullRates.Pair.Burst {
		if ack := p.expectError(codeFull, "enter", "x"); ack["retryAfter"] != nil {
			t.Fatalf("limited too early: %v", ack)
		}
	}
	if after, _ := p.expectError(codeFull, "enter", "x")["retryAfter"].(float64); after < 1 || after > 3 {
		t.Errorf("retryAfter is %v", after)
	}
	p.MustSend(event("create or join", "x"))
	p.Expect(event("full", "x"))
	p.enter("y", nil) // another room
	other := h.stranger("192.0.2.2", dialer.WebSocket)
	if ack := other.expectError(codeFull, "enter", "x"); ack["retryAfter"] != nil {
		t.Errorf("another address is limited: %v", ack)
	}
	for range 3 * fullRates.Pair.Burst { // a member with its token is not
		again := h.stranger("192.0.2.1", dialer.WebSocket)
		again.enter("x", map[string]any{"seat": seat["seat"]})
	}
	b.emit("leave")
	h.stranger("192.0.2.1", dialer.WebSocket).enter("x", nil)
}

// Whatever strangers do at a locked room, its members are told little of it.
func TestKnockFlood(t *testing.T) {
	for name, then := range map[string]string{
		"knock": "", "knock and leave": "leave", "knock with another name": "name", "knock and disconnect": "disconnect",
	} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
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
	for i := range 50 {
		options := map[string]any{}
		switch then {
		case "leave":
			p.emit("leave")
		case "name":
			options["name"] = fmt.Sprint(i)
		case "disconnect":
			if i%10 == 9 {
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
	for name, join := range map[string]string{
		"enter": event(eventEnter, "x"), "create or join": event(eventCreateOrJoin, "x"),
	} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
				h := startLimited(t, engineio.Limits{})
				a := h.dial(4, dialer.WebSocket)
				seat := a.enter("x", map[string]any{"capacity": 8})
				began := time.Now()
				var all sync.WaitGroup
				for n := range 5 {
					p := h.stranger(addressOf(n, sameAddress), dialer.WebSocket)
					all.Go(func() {
						for range 50 {
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
