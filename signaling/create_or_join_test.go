package signaling

import (
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// The original's sequence: created, join, joined, messages both ways, bye.
func TestCall(t *testing.T) {
	forEachTransport(t, func(t *testing.T, h *harness, version int, transport string) {
		a, b, c := h.dial(version, transport), h.dial(version, transport), h.dial(version, transport)
		a.expectJoin("room", event("created", "room", a.ID))
		b.expectJoin("room", event("joined", "room", b.ID))
		a.Expect(`2["join","room"]`)
		c.expectJoin("room", `2["full","room"]`)
		a.MustSend(`2["message",{"sdp":{"type":"offer","sdp":"v=0"},"room":"room"}]`)
		idA := senderOf(t, b.Next(), `{"sdp":{"type":"offer","sdp":"v=0"},"room":"room"}`)
		b.MustSend(`2["message",{"candidate":null}]`)
		idB := senderOf(t, a.Next(), `{"candidate":null}`)
		for _, secret := range []string{a.SID, b.SID, a.ID, b.ID} {
			if idA == secret || idB == secret {
				t.Errorf("the other member learns a socket id: %q, %q", idA, idB)
			}
		}
		c.ExpectNothing()
		b.Close()
		a.Expect(event("bye", "room", idB))
	})
}

// Every way to leave frees the seat and notifies the other member.
func TestLeave(t *testing.T) {
	ways := map[string]func(p *client){
		"goodbye":            func(p *client) { p.Close() },
		"connection lost":    func(p *client) { p.Abort() },
		"namespace left":     func(p *client) { p.MustSend("1") },
		"another room":       func(p *client) { p.MustSend(`2["create or join","elsewhere"]`) },
		"malformed packet":   func(p *client) { _ = p.SendPayload("7") },
		"close and then end": func(p *client) { p.MustSend("1"); p.Close() },
	}
	forEachTransport(t, func(t *testing.T, h *harness, version int, transport string) {
		for name, leave := range ways {
			a, b := h.dial(version, transport), h.dial(version, transport)
			a.Join(name)
			b.Join(name)
			a.Expect(event("join", name))
			time.Sleep(10 * time.Millisecond) // the end of a connection is noticed while it polls
			leave(b)
			a.ExpectPrefix(`2["bye","` + name + `","`)
			c := h.dial(version, transport)
			c.expectJoin(name, `2["joined","`+name+`"`)
			a.Close()
			c.Close()
		}
	})
}

func TestJoinAgain(t *testing.T) {
	h := start(t, engineio.Config{})
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Polling)
	a.Join("x")
	a.expectJoin("x", event("created", "x", a.ID))
	b.Join("x")
	a.Expect(`2["join","x"]`)
	a.expectJoin("x", event("joined", "x", a.ID))
	b.ExpectNothing() // the other member does not notice
	a.MustSend("1")
	b.ExpectPrefix(`2["bye","x"`)
	a.MustSend("0")
	a.Expect(`0{"sid":"` + a.ID + `"}`)
	a.expectJoin("x", event("joined", "x", a.ID))
}

// A name denotes the same room however it is escaped.
func TestUnpairedSurrogates(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, room := range []string{`"\ud800\u0041"`, `"\udc00\ud800"`, `"\ud800\ud83d\ude00"`} {
		a, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
		for _, p := range []*client{a, b} {
			p.MustSend(`2["create or join",` + room + `]`)
			p.Next()
		}
		a.Next() // join
		a.MustSend(`2["message",{"room":` + room + `}]`)
		senderOf(t, b.Next(), `{"room":`+room+`}`)
	}
}

// Which cookies give a seat back.
func TestCookie(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(3, dialer.Upgrade), h.dial(3, dialer.Upgrade)
	a.Join("x")
	b.Join("x")
	a.Next()

	t.Run("a live session in another tab", func(t *testing.T) {
		tab := h.dialAgain(3, dialer.Upgrade, b.SID)
		tab.expectJoin("x", `2["full","x"]`)
		b.ExpectNothing()
	})
	b.Abort()
	a.ExpectPrefix(`2["bye","x"`) // for an old client, a member that is away has left
	t.Run("another room", func(t *testing.T) {
		p := h.dialAgain(3, dialer.Upgrade, b.SID)
		p.MustSend(event("message", map[string]any{"room": "y"}))
		p.ExpectNothing()
		p.MustSend(event("message", map[string]any{"room": "x"})) // is not its first event
		p.ExpectNothing()
		a.ExpectNothing()
	})
	t.Run("another cookie", func(t *testing.T) {
		p := h.dialAgain(3, dialer.Upgrade, a.SID[:10]+b.SID[10:])
		p.MustSend(event("message", map[string]any{"room": "x"}))
		p.ExpectNothing()
		a.ExpectNothing()
	})
	t.Run("its own", func(t *testing.T) {
		a.MustSend(event("message", map[string]any{"n": 1}))
		p := h.dialAgain(3, dialer.Polling, b.SID)
		p.MustSend(event("message", map[string]any{"n": 2, "room": "x"}))
		a.ExpectPrefix(`2["back","x"`)
		a.ExpectPrefix(`2["message",{"n":2,"room":"x"},"`)
		p.ExpectPrefix(`2["message",{"n":1},"`)
		p.ExpectNothing() // no "joined", since it did not ask
	})
}
