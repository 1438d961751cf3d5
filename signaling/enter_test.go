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

// Each of several enters that follow each other without a pause gets its own ack.
func TestPipelinedEnters(t *testing.T) {
	runEach(t, func(t *testing.T, version int, transport string) {
		h := startWithHold(t)
		p := h.dial(version, transport)
		err := p.SendPayload(`421["enter","x",{"capacity":3}]`, `422["enter","y",{"capacity":4}]`, `423["enter","y"]`)
		if err != nil {
			t.Fatal(err)
		}
		acks := []map[string]any{parseAck(t, p.Next(), "1"), parseAck(t, p.Next(), "2"), parseAck(t, p.Next(), "3")}
		for i, want := range []struct {
			room     string
			capacity float64
		}{{"x", 3}, {"y", 4}, {"y", 4}} {
			if ack := acks[i]; ack["ok"] != true || ack["room"] != want.room || ack["capacity"] != want.capacity {
				t.Errorf("ack %d: %v, want %+v", i+1, ack, want)
			}
		}
		if acks[0]["seat"] == acks[1]["seat"] || acks[1]["seat"] != acks[2]["seat"] {
			t.Errorf("the acks do not match the seats: %v", acks)
		}
		p.ExpectNothing()
	})
}

// An old client whose enter failed still receives events in the form for old clients.
func TestFailedEnterOfOldClient(t *testing.T) {
	h := startWithHold(t)
	old, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	old.expectJoin("x", `2["created"`)
	old.expectError("invalid", "enter", "x", map[string]any{"capacity": 1})
	old.expectError("invalid", "enter", "x", map[string]any{"seat": "short"})
	old.expectError("denied", "enter", "pw-x", map[string]any{})
	id := b.enter("x", map[string]any{"name": "Bo"})["id"]
	old.Expect(event("join", "x")) // without the id and the name
	b.MustSend(event("message", 1))
	old.Expect(event("message", 1, id)) // without the number
	b.Abort()
	old.Expect(event("bye", "x", id)) // and not "away"
	old.ExpectNothing()
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
