package signaling

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
)

func TestPassword(t *testing.T) {
	h := startSeats(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.refusedBy("denied", "enter", "pw-x", map[string]any{}) // early, without a proof
	a.enter("pw-x", map[string]any{"proof": "right", "capacity": 4})
	b.refusedBy("denied", "enter", "pw-x", map[string]any{})
	b.refusedBy("denied", "enter", "pw-x", map[string]any{"proof": "wrong"})
	old := h.dial(3, dialer.WebSocket)
	old.send(emitted("create or join", "pw-x"))
	old.expect(`2["denied","pw-x"]`)
	b.enter("pw-x", map[string]any{"proof": "right"})
}

// The ack of lock comes after the event that all members hear.
func TestKnocking(t *testing.T) {
	h := startSeats(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.enter("x", map[string]any{"capacity": 4})
	a.send(`27["lock",true]`)
	a.expect(`2["locked","x",true]`)
	a.expect(`37[{"ok":true}]`)
	b.refusedBy("locked", "enter", "x", map[string]any{})
	old := h.dial(3, dialer.WebSocket)
	old.send(emitted("create or join", "x"))
	old.expect(`2["locked","x",true]`)

	if got := b.ask("knock", "x", map[string]any{"name": "Bo"}); got["ok"] != true {
		t.Fatalf("knock: %v", got)
	}
	id := knockID(t, a.next(), "Bo")
	b.refusedBy("locked", "enter", "x", map[string]any{})
	b.refusedBy("invalid", "admit", id) // not by oneself
	a.send(emitted("deny", id))
	b.expect(`2["denied","x"]`)
	a.expect(fmt.Sprintf(`2["unknock","x",%q]`, id))

	b.ask("knock", "x", map[string]any{"name": "Bo"})
	id = knockID(t, a.next(), "Bo")
	a.send(emitted("admit", id))
	b.expect(`2["admitted","x"]`)
	a.expect(fmt.Sprintf(`2["unknock","x",%q]`, id))
	if got := b.enter("x", nil); got["locked"] != true {
		t.Errorf("entered %v", got)
	}
	a.expectPrefix(a.next(), `2["join","x"`)

	c := h.dial(4, dialer.Polling)
	c.ask("knock", "x", map[string]any{"name": "Cy"})
	id = knockID(t, a.next(), "Cy")
	c.Close() // gives up
	a.expect(fmt.Sprintf(`2["unknock","x",%q]`, id))
}

// Whoever enters, or comes back, is told who waits.
func TestWhoWaitsIsKnown(t *testing.T) {
	h := startSeats(t)
	a, b, c := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	witness := h.dial(4, dialer.WebSocket)
	entry := a.enter("x", map[string]any{"capacity": 4})
	if got := fmt.Sprint(entry["knocks"]); got != "[]" {
		t.Errorf("knocks %s in a new room", got)
	}
	witness.enter("x", nil)
	witness.send(`2["lock",true]`)
	witness.expect(`2["locked","x",true]`)
	b.ask("knock", "x", map[string]any{"name": "Bo"})
	bo := knockID(t, witness.next(), "Bo")
	a.Abort()
	witness.expectPrefix(witness.next(), `2["away","x"`)
	c.ask("knock", "x", map[string]any{"name": "Cy"})

	a2 := h.dial(4, dialer.WebSocket)
	back := a2.enter("x", map[string]any{"seat": entry["seat"]})
	waiting := back["knocks"].([]any)
	if len(waiting) != 2 || fmt.Sprint(waiting[0]) != fmt.Sprintf("map[id:%s name:Bo]", bo) {
		t.Fatalf("knocks %v", waiting)
	}
	a2.send(emitted("admit", bo)) // who came back can let in
	b.expect(`2["admitted","x"]`)
	if got := b.enter("x", nil)["knocks"].([]any); fmt.Sprint(got) != fmt.Sprint(waiting[1:]) {
		t.Errorf("knocks %v for somebody who was let in", got)
	}
}

func knockID(t *testing.T, packet, name string) string {
	t.Helper()
	var event []string
	if err := json.Unmarshal([]byte(packet[1:]), &event); err != nil || len(event) != 4 || event[0] != "knock" || event[3] != name {
		t.Fatalf("got %s, want a knock of %s", packet, name)
	}
	return event[2]
}

func TestGuessingIsThrottled(t *testing.T) {
	h := startSeats(t)
	held := h.dial(4, dialer.WebSocket)
	seat := held.enter("x", map[string]any{"proof": "right"})
	p := h.dial(4, dialer.WebSocket)
	for range guessRate.Burst {
		if got := p.refusedBy("denied", "enter", "x", map[string]any{"proof": "wrong"}); got["retryAfter"] != nil {
			t.Fatalf("throttled early: %v", got)
		}
	}
	for _, options := range []map[string]any{
		{"proof": "wrong"}, {"proof": "right"}, // now not even the right one is looked at
		{"proof": "right", "seat": strings.Repeat("A", 22)}, // a token of no seat is no way around
	} {
		got := h.dial(4, dialer.WebSocket).refusedBy("denied", "enter", "x", options)
		if after, _ := got["retryAfter"].(float64); after < 1 || after > 11 {
			t.Errorf("to try again %v", got)
		}
	}
	held.Abort() // who has a seat comes back all the same
	h.dial(4, dialer.WebSocket).enter("x", map[string]any{"seat": seat["seat"]})
	p.enter("y", nil) // another room
}

// Who comes before the others sets the password, or that there is none.
func TestArrivingEarly(t *testing.T) {
	right, wrong := map[string]any{"proof": "right"}, map[string]any{"proof": "wrong"}
	t.Run("with another password", func(t *testing.T) {
		h := startSeats(t)
		early, host := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
		early.enter("pw-x", wrong)
		host.refusedBy("denied", "enter", "pw-x", right) // and does not talk to a stranger
		early.ask("leave", "pw-x")
		host.enter("pw-x", right)
		early.refusedBy("denied", "enter", "pw-x", wrong)
	})
	t.Run("without one", func(t *testing.T) {
		h := startSeats(t)
		early, host := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
		for _, proof := range []any{nil, ""} {
			early.refusedBy("denied", "enter", "pw-x", map[string]any{"proof": proof})
			early.refusedBy("denied", "knock", "pw-x", map[string]any{"proof": proof})
		}
		host.enter("pw-x", right)
		early.enter("bare", nil) // a room that promises none
		host.refusedBy("denied", "enter", "bare", right)
	})
	t.Run("at a locked door", func(t *testing.T) {
		h := startSeats(t)
		host, p := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
		host.enter("pw-x", right)
		host.send(`2["lock",true]`)
		host.expect(`2["locked","pw-x",true]`)
		for range guessRate.Burst {
			p.refusedBy("denied", "knock", "pw-x", wrong)
		}
		if got := p.refusedBy("denied", "knock", "pw-x", right); got["retryAfter"] == nil {
			t.Errorf("guessing by knocks is not throttled: %v", got)
		}
		host.quiet() // nobody is bothered
	})
}

// Who waits when the door opens is let in; if it closes again before, who
// waited waits on.
func TestTheLockOpensAndCloses(t *testing.T) {
	h := startSeats(t)
	a, b, c := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade), h.dial(4, dialer.Polling)
	a.enter("x", map[string]any{"capacity": 4})
	lock := func(closed bool) {
		t.Helper()
		a.send(emitted("lock", closed))
		a.expect(fmt.Sprintf(`2["locked","x",%v]`, closed))
	}
	lock(true)
	b.ask("knock", "x", map[string]any{"name": "Bo"})
	c.ask("knock", "x", map[string]any{"name": "Cy"})
	bo, cy := knockID(t, a.next(), "Bo"), knockID(t, a.next(), "Cy")
	a.send(emitted("lock", true)) // once more is no news
	a.quiet()
	b.quiet()

	lock(false)
	for _, id := range []string{bo, cy} {
		a.expect(fmt.Sprintf(`2["unknock","x",%q]`, id))
	}
	b.expect(`2["admitted","x"]`)
	c.expect(`2["admitted","x"]`)
	b.enter("x", nil)
	a.expectPrefix(a.next(), `2["join","x"`)
	lock(true)
	b.expect(`2["locked","x",true]`)
	c.refusedBy("locked", "enter", "x", map[string]any{}) // too late
	c.ask("knock", "x", map[string]any{"name": "Cy"})
	cy = knockID(t, a.next(), "Cy")
	a.send(emitted("admit", cy))
	c.expect(`2["admitted","x"]`)
	c.enter("x", nil)
}
