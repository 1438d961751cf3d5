package signaling

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
)

// knock knocks with a name and returns the id that a member receives.
func (p *client) knock(room, name string, member *client) (id string) {
	p.t.Helper()
	if ack := p.emit("knock", room, map[string]any{"name": name}); ack["ok"] != true {
		p.t.Fatalf("knock: %v", ack)
	}
	packet := member.Next()
	var event []string
	if err := json.Unmarshal([]byte(packet[1:]), &event); err != nil || len(event) != 4 || event[0] != "knock" || event[3] != name {
		p.t.Fatalf("got %s, want a knock of %s", packet, name)
	}
	return event[2]
}

// lock locks or unlocks a room.
func (p *client) lock(room string, locked bool) {
	p.t.Helper()
	p.MustSend(event("lock", locked))
	p.Expect(event("locked", room, locked))
}

func TestPassword(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.expectError("denied", "enter", "pw-x", map[string]any{}) // even the first member needs a proof
	a.enter("pw-x", map[string]any{"proof": "right", "capacity": 4})
	b.expectError("denied", "enter", "pw-x", map[string]any{})
	b.expectError("denied", "enter", "pw-x", map[string]any{"proof": "wrong"})
	old := h.dial(3, dialer.WebSocket)
	old.MustSend(event("create or join", "pw-x"))
	old.Expect(`2["denied","pw-x"]`)
	b.enter("pw-x", map[string]any{"proof": "right"})
}

func TestKnock(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.enter("x", map[string]any{"capacity": 4})
	a.MustSend(`27["lock",true]`)
	a.Expect(`2["locked","x",true]`) // the ack follows the event
	a.Expect(`37[{"ok":true}]`)
	b.expectError("locked", "enter", "x", map[string]any{})
	old := h.dial(3, dialer.WebSocket)
	old.MustSend(event("create or join", "x"))
	old.Expect(`2["locked","x",true]`)

	id := b.knock("x", "Bo", a)
	b.expectError("locked", "enter", "x", map[string]any{})
	b.expectError("invalid", "admit", id) // a waiting client cannot admit itself
	a.MustSend(event("deny", id))
	b.Expect(`2["denied","x"]`)
	a.Expect(event("unknock", "x", id))

	id = b.knock("x", "Bo", a)
	a.MustSend(event("admit", id))
	b.Expect(`2["admitted","x"]`)
	a.Expect(event("unknock", "x", id))
	if ack := b.enter("x", nil); ack["locked"] != true {
		t.Errorf("entered %v", ack)
	}
	a.ExpectPrefix(`2["join","x"`)

	c := h.dial(4, dialer.Polling)
	id = c.knock("x", "Cy", a)
	c.Close() // withdraws
	a.Expect(event("unknock", "x", id))
}

// Members that enter or return learn who is waiting.
func TestKnocksAreListed(t *testing.T) {
	h := startWithHold(t)
	a, b, c := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	witness := h.dial(4, dialer.WebSocket)
	entry := a.enter("x", map[string]any{"capacity": 4})
	if got := fmt.Sprint(entry["knocks"]); got != "[]" {
		t.Errorf("knocks %s in a new room", got)
	}
	witness.enter("x", nil)
	witness.lock("x", true)
	bo := b.knock("x", "Bo", witness)
	a.Abort()
	witness.ExpectPrefix(`2["away","x"`)
	c.emit("knock", "x", map[string]any{"name": "Cy"})

	a2 := h.dial(4, dialer.WebSocket)
	back := a2.enter("x", map[string]any{"seat": entry["seat"]})
	waiting := back["knocks"].([]any)
	if len(waiting) != 2 || fmt.Sprint(waiting[0]) != fmt.Sprintf("map[id:%s name:Bo]", bo) {
		t.Fatalf("knocks %v", waiting)
	}
	a2.MustSend(event("admit", bo)) // a member that returned can admit
	b.Expect(`2["admitted","x"]`)
	if got := b.enter("x", nil)["knocks"].([]any); fmt.Sprint(got) != fmt.Sprint(waiting[1:]) {
		t.Errorf("knocks %v for a client that was admitted", got)
	}
}

func TestWrongProofsAreLimited(t *testing.T) {
	h := startWithHold(t)
	held := h.dial(4, dialer.WebSocket)
	seat := held.enter("x", map[string]any{"proof": "right"})
	p := h.dial(4, dialer.WebSocket)
	for range proofRates.Pair.Burst {
		if ack := p.expectError("denied", "enter", "x", map[string]any{"proof": "wrong"}); ack["retryAfter"] != nil {
			t.Fatalf("limited too early: %v", ack)
		}
	}
	for _, options := range []map[string]any{
		{"proof": "wrong"}, {"proof": "right"}, // now even the right proof is ignored
		{"proof": "right", "seat": strings.Repeat("A", 22)}, // an unknown token does not help
	} {
		ack := h.dial(4, dialer.WebSocket).expectError("denied", "enter", "x", options)
		if after, _ := ack["retryAfter"].(float64); after < 1 || after > 11 {
			t.Errorf("retryAfter %v", ack)
		}
	}
	held.Abort() // the owner of the seat can still return
	h.dial(4, dialer.WebSocket).enter("x", map[string]any{"seat": seat["seat"]})
	p.enter("y", nil) // another room
}

// Whoever joins first sets the password.
func TestFirstMemberSetsPassword(t *testing.T) {
	right, wrong := map[string]any{"proof": "right"}, map[string]any{"proof": "wrong"}
	h := startWithHold(t)
	early, host := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	early.enter("pw-x", wrong)
	host.expectError("denied", "enter", "pw-x", right) // so it is not in a call with a stranger
	early.emit("leave", "pw-x")
	host.enter("pw-x", right)
	early.expectError("denied", "enter", "pw-x", wrong)
}

// A room whose name promises a password has one, and another room may have none.
func TestPasswordPrefix(t *testing.T) {
	right := map[string]any{"proof": "right"}
	h := startWithHold(t)
	early, host := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	for _, proof := range []any{nil, ""} {
		early.expectError("denied", "enter", "pw-x", map[string]any{"proof": proof})
		early.expectError("denied", "knock", "pw-x", map[string]any{"proof": proof})
	}
	host.enter("pw-x", right)
	early.enter("bare", nil)
	host.expectError("denied", "enter", "bare", right)
}

func TestWrongProofsOfKnocksAreLimited(t *testing.T) {
	right, wrong := map[string]any{"proof": "right"}, map[string]any{"proof": "wrong"}
	h := startWithHold(t)
	host, p := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	host.enter("pw-x", right)
	host.lock("pw-x", true)
	for range proofRates.Pair.Burst {
		p.expectError("denied", "knock", "pw-x", wrong)
	}
	if ack := p.expectError("denied", "knock", "pw-x", right); ack["retryAfter"] == nil {
		t.Errorf("knocks are not limited: %v", ack)
	}
	host.ExpectNothing() // members are not disturbed
}

// Unlocking admits everyone who is waiting. If the room is locked again before they have
// entered, they have to knock again.
func TestUnlockThenLock(t *testing.T) {
	h := startWithHold(t)
	a, b, c := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Upgrade), h.dial(4, dialer.Polling)
	a.enter("x", map[string]any{"capacity": 4})
	a.lock("x", true)
	bo, cy := b.knock("x", "Bo", a), c.knock("x", "Cy", a)
	a.MustSend(event("lock", true)) // has no effect
	a.ExpectNothing()
	b.ExpectNothing()

	a.lock("x", false)
	for _, id := range []string{bo, cy} {
		a.Expect(event("unknock", "x", id))
	}
	b.Expect(`2["admitted","x"]`)
	c.Expect(`2["admitted","x"]`)
	b.enter("x", nil)
	a.ExpectPrefix(`2["join","x"`)
	a.lock("x", true)
	b.Expect(`2["locked","x",true]`)
	c.expectError("locked", "enter", "x", map[string]any{}) // too late
	cy = c.knock("x", "Cy", a)
	a.MustSend(event("admit", cy))
	c.Expect(`2["admitted","x"]`)
	c.enter("x", nil)
}
