package signaling

import (
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
)

func TestEnter(t *testing.T) {
	runEach(t, func(t *testing.T, version int, transport string) {
		h := startWithHold(t)
		a, b := h.dial(version, transport), h.dial(version, transport)
		first := a.enter("x", map[string]any{"capacity": 3, "name": "Ana"})
		second := b.enter("x", map[string]any{"name": "Bo", "capacity": 8})
		a.Expect(event("join", "x", second["id"], "Bo"))
		want := fmt.Sprintf("[map[away:false id:%s name:Ana]]", first["id"])
		if got := fmt.Sprint(second["peers"]); got != want {
			t.Errorf("peers %s, want %s", got, want)
		}
		if second["capacity"] != 3.0 || second["resumed"] != false || second["locked"] != false || fmt.Sprint(second["iceServers"]) != "[]" {
			t.Errorf("ack %v", second)
		}
		c := h.dial(version, transport)
		third := c.enter("x", nil)
		a.Next()
		b.Next()
		a.MustSend(event("message", "to all"))
		b.Expect(event("message", "to all", first["id"], 1))
		c.Expect(event("message", "to all", first["id"], 1))
		a.MustSend(event("message", "to one", third["id"]))
		c.Expect(event("message", "to one", first["id"], 2))
		a.MustSend(event("message", "to nobody", "no such id"))
		b.ExpectNothing()
		h.dial(version, transport).expectError("full", "enter", "x", map[string]any{})
		if ack := b.emit("leave"); ack["ok"] != true {
			t.Errorf("leave: %v", ack)
		}
		a.Expect(event("bye", "x", second["id"]))
	})
}

func TestInvalidArguments(t *testing.T) {
	h := startWithHold(t)
	p := h.dial(4, dialer.WebSocket)
	for _, args := range [][]any{
		{}, {nil}, {""}, {5}, {strings.Repeat("r", 257)},
		{"x", map[string]any{"capacity": "2"}}, {"x", map[string]any{"capacity": 1}}, {"x", map[string]any{"capacity": -1}},
		{"x", map[string]any{"seat": "short"}}, {"x", map[string]any{"seat": 5}}, {"x", map[string]any{"seen": -1}},
		{"x", map[string]any{"name": strings.Repeat("n", 65)}}, {"x", map[string]any{"proof": strings.Repeat("p", 129)}},
	} {
		p.expectError("invalid", "enter", args...)
	}
	p.MustSend(event("enter", 5)) // without an ack
	p.ExpectPrefix(`2["invalid","enter","`)
	p.MustSend(event("enter", "x")) // takes the seat without an ack
	p.ExpectNothing()
	if ack := p.emit("enter", "x"); ack["ok"] != true || ack["resumed"] != false {
		t.Errorf("entering again: %v", ack)
	}
	p.expectError("invalid", "lock", "yes")
	p.expectError("invalid", "admit", 5)
}

// A token moves its seat to another connection.
func TestMove(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	seat := a.enter("x", nil)
	b.enter("x", nil)
	a.Next()
	a2 := h.dial(4, dialer.Polling)
	again := a2.enter("x", map[string]any{"seat": seat["seat"], "seen": 0})
	if again["resumed"] != true || again["id"] != seat["id"] {
		t.Errorf("moving: %v", again)
	}
	a.Expect(`2["moved","x"]`)
	<-a.Done()
	b.ExpectNothing() // the other member does not notice
}
