package signaling

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
)

const testHold = 20 * time.Second

// startSeats runs a server that holds seats.
func startSeats(t testing.TB) *harness {
	t.Helper()
	return startServer(t, Config{MaxCapacity: 8, SeatHold: testHold})
}

// dialAt opens a session at a URL of the test's own, with a cookie of an
// earlier one if there is.
func (h *harness) dialAt(url string, version int, transport, cookie string) *peer {
	h.t.Helper()
	header := http.Header{}
	if cookie != "" {
		header.Set("Cookie", "io="+cookie)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := dialer.Dial(ctx, dialer.Options{URL: url, TLS: h.tls, Version: version, Transport: transport, Header: header})
	if err != nil {
		h.t.Fatalf("dial: %v", err)
	}
	h.t.Cleanup(c.Abort)
	return h.greeted(c, version)
}

// ask emits an event and waits for its ack. What else comes meanwhile is not
// expected.
func (p *peer) ask(event string, args ...any) map[string]any {
	p.t.Helper()
	p.send("27" + encode(append([]any{event}, args...)))
	return p.ack(p.next())
}

func (p *peer) ack(packet string) map[string]any {
	p.t.Helper()
	var answer []map[string]any
	text, ok := strings.CutPrefix(packet, "37")
	if err := json.Unmarshal([]byte(text), &answer); !ok || err != nil || len(answer) != 1 {
		p.t.Fatalf("got %s, want an ack", packet)
	}
	return answer[0]
}

// enter takes a seat.
func (p *peer) enter(room string, options map[string]any) map[string]any {
	p.t.Helper()
	answer := p.ask("enter", room, options)
	if answer["ok"] != true {
		p.t.Fatalf("entering %s: %v", room, answer)
	}
	return answer
}

// refusedBy checks that an event fails with an error.
func (p *peer) refusedBy(want, event string, args ...any) map[string]any {
	p.t.Helper()
	answer := p.ask(event, args...)
	if answer["ok"] != false || answer["error"] != want || answer["message"] == "" {
		p.t.Errorf("%s %v: %v, want %s", event, args, answer, want)
	}
	return answer
}

func TestEnter(t *testing.T) {
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) {
				h := startSeats(t)
				a, b := h.dial(version, transport), h.dial(version, transport)
				first := a.enter("x", map[string]any{"capacity": 3, "name": "Ana"})
				second := b.enter("x", map[string]any{"name": "Bo", "capacity": 8})
				a.expect(event2("join", "x", second["id"].(string))[:len(event2("join", "x", second["id"].(string)))-1] + `,"Bo"]`)
				want := fmt.Sprintf("[map[away:false id:%s name:Ana]]", first["id"])
				if got := fmt.Sprint(second["peers"]); got != want {
					t.Errorf("peers %s, want %s", got, want)
				}
				if second["capacity"] != 3.0 || second["resumed"] != false || second["locked"] != false || fmt.Sprint(second["iceServers"]) != "[]" {
					t.Errorf("answer %v", second)
				}
				c := h.dial(version, transport)
				third := c.enter("x", nil)
				a.next()
				b.next()
				a.send(emitted("message", "to all"))
				b.expect(fmt.Sprintf(`2["message","to all",%q,1]`, first["id"]))
				c.expect(fmt.Sprintf(`2["message","to all",%q,1]`, first["id"]))
				a.send(emitted("message", "to one", third["id"]))
				c.expect(fmt.Sprintf(`2["message","to one",%q,2]`, first["id"]))
				a.send(emitted("message", "to nobody", "no such id"))
				b.quiet()
				h.dial(version, transport).refusedBy("full", "enter", "x", map[string]any{})
				if got := b.ask("leave"); got["ok"] != true {
					t.Errorf("leave: %v", got)
				}
				a.expect(event2("bye", "x", second["id"].(string)))
			})
		}
	}
}

func emitted(name string, args ...any) string { return "2" + encode(append([]any{name}, args...)) }

func TestEnterRefusesWhatCannotBeUsed(t *testing.T) {
	h := startSeats(t)
	p := h.dial(4, dialer.WebSocket)
	for _, args := range [][]any{
		{}, {nil}, {""}, {5}, {strings.Repeat("r", 257)},
		{"x", map[string]any{"capacity": "2"}}, {"x", map[string]any{"capacity": 1}}, {"x", map[string]any{"capacity": -1}},
		{"x", map[string]any{"seat": "short"}}, {"x", map[string]any{"seat": 5}}, {"x", map[string]any{"seen": -1}},
		{"x", map[string]any{"name": strings.Repeat("n", 65)}}, {"x", map[string]any{"proof": strings.Repeat("p", 129)}},
	} {
		p.refusedBy("invalid", "enter", args...)
	}
	p.send(emitted("enter", 5)) // no ack asked for
	p.expectPrefix(p.next(), `2["invalid","enter","`)
	p.send(emitted("enter", "x")) // likewise, and it works
	p.quiet()
	if got := p.ask("enter", "x"); got["ok"] != true || got["resumed"] != false {
		t.Errorf("entering again: %v", got)
	}
	p.refusedBy("invalid", "lock", "yes")
	p.refusedBy("invalid", "admit", 5)
}

// A seat moves to another connection on presentation of its token.
func TestMoved(t *testing.T) {
	h := startSeats(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	seat := a.enter("x", nil)
	b.enter("x", nil)
	a.next()
	a2 := h.dial(4, dialer.Polling)
	again := a2.enter("x", map[string]any{"seat": seat["seat"], "seen": 0})
	if again["resumed"] != true || again["id"] != seat["id"] {
		t.Errorf("moving: %v", again)
	}
	a.expect(`2["moved","x"]`)
	<-a.Done()
	b.quiet() // for the other nothing happened
}

// Members that are there keep their seats, and "full" comes soon.
func TestFullIsTrue(t *testing.T) {
	for _, transport := range dialer.Transports {
		t.Run(transport, func(t *testing.T) {
			h := startSeats(t)
			a, b := h.dial(3, transport), h.dial(4, transport)
			a.join("x")
			b.join("x")
			a.next()
			began := time.Now()
			h.dial(4, dialer.WebSocket).refusedBy("full", "enter", "x", map[string]any{})
			if took := time.Since(began); took > probeTime/2 && !raceEnabled {
				t.Errorf("it took %v to hear that the room is full", took)
			}
			a.quiet()
			b.quiet()
		})
	}
}

// A ghost keeps nobody out: who stays silent for 2 s loses the seat.
func TestGhostsYield(t *testing.T) {
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) {
				t.Parallel()
				h := startSeats(t)
				cutter, url := h.cuttable()
				a, ghost := h.dial(4, dialer.WebSocket), h.dialAt(url, version, transport, "")
				a.enter("x", nil)
				ghost.join("x")
				a.expectPrefix(a.next(), `2["join","x"`)
				time.Sleep(20 * time.Millisecond) // until a poll waits
				cutter.cut()
				c := h.dial(4, dialer.WebSocket)
				began := time.Now()
				c.enter("x", nil)
				if took := time.Since(began); took > 2500*time.Millisecond && !raceEnabled {
					t.Errorf("the newcomer waited %v", took)
				}
				a.expectPrefix(a.next(), `2["away","x"`)
				a.expectPrefix(a.next(), `2["bye","x"`)
				a.expectPrefix(a.next(), `2["join","x"`)
			})
		}
	}
}

// A seat without a connection yields at once.
func TestHeldSeatYields(t *testing.T) {
	h := startSeats(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.enter("x", nil)
	b.enter("x", nil)
	a.next()
	b.Abort()
	a.expectPrefix(a.next(), `2["away","x"`)
	began := time.Now()
	h.dial(3, dialer.WebSocket).join("x")
	if took := time.Since(began); took > probeTime/2 {
		t.Errorf("it took %v", took)
	}
}

// Whose cookie gives a seat back, and whose does not.
func TestCookie(t *testing.T) {
	h := startSeats(t)
	a, b := h.dial(3, dialer.Upgrade), h.dial(3, dialer.Upgrade)
	a.join("x")
	b.join("x")
	a.next()

	t.Run("a live session in another tab", func(t *testing.T) {
		tab := h.dialAt(h.url, 3, dialer.Upgrade, b.SID)
		if got := tab.join("x"); got != `2["full","x"]` {
			t.Errorf("got %s", got)
		}
		b.quiet()
	})
	b.Abort()
	a.expectPrefix(a.next(), `2["bye","x"`) // to an old client, who is away has gone
	t.Run("another room", func(t *testing.T) {
		p := h.dialAt(h.url, 3, dialer.Upgrade, b.SID)
		p.send(emitted("message", map[string]any{"room": "y"}))
		p.quiet()
		p.send(emitted("message", map[string]any{"room": "x"})) // its first word was another
		p.quiet()
		a.quiet()
	})
	t.Run("another cookie", func(t *testing.T) {
		p := h.dialAt(h.url, 3, dialer.Upgrade, a.SID[:10]+b.SID[10:])
		p.send(emitted("message", map[string]any{"room": "x"}))
		p.quiet()
		a.quiet()
	})
	t.Run("its own", func(t *testing.T) {
		a.send(emitted("message", map[string]any{"n": 1}))
		p := h.dialAt(h.url, 3, dialer.Polling, b.SID)
		p.send(emitted("message", map[string]any{"n": 2, "room": "x"}))
		a.expectPrefix(a.next(), `2["back","x"`)
		a.expectPrefix(a.next(), `2["message",{"n":2,"room":"x"},"`)
		p.expectPrefix(p.next(), `2["message",{"n":1},"`)
		p.quiet() // neither created nor joined: it did not ask
	})
}
