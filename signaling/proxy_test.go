package signaling

import (
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// A proxy that reloads closes every WebSocket behind it. A locked call stays
// locked, and its members have their seats.
func TestAReloadingProxyCostsNoSeat(t *testing.T) {
	for _, code := range []ws.StatusCode{ws.StatusNormalClosure, ws.StatusGoingAway, 0} {
		h := startWithHold(t)
		a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.Upgrade)
		seatA, seatB := a.enter("x", nil)["seat"], b.enter("x", nil)["seat"]
		a.Next() // join
		a.MustSend(`2["lock",true]`)
		a.Expect(`2["locked","x",true]`)
		a.CloseWebSocket(code)
		b.CloseWebSocket(code)
		h.eventuallyAway(2)

		h.dial(4, dialer.WebSocket).expectError("locked", "enter", "x", nil)
		for _, seat := range []any{seatA, seatB} {
			back := h.dial(4, dialer.WebSocket).enter("x", map[string]any{"seat": seat})
			if back["resumed"] != true || back["locked"] != true {
				t.Errorf("after %d, a member came back to %v", code, back)
			}
		}
	}
}

// The original's client does not join again: it sends its next message.
func TestAReloadingProxyCostsAnOldClientNoSeat(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(3, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.Join("x")
	b.Join("x")
	a.Expect(`2["join","x"]`)
	a.CloseWebSocket(ws.StatusGoingAway)
	b.CloseWebSocket(ws.StatusGoingAway)
	h.eventuallyAway(2)

	a2 := h.dialAgain(3, dialer.WebSocket, a.SID)
	a2.MustSend(`2["message",{"room":"x","n":1}]`)
	b2 := h.dialAgain(3, dialer.WebSocket, b.SID)
	b2.MustSend(`2["message",{"room":"x","n":2}]`)
	for got := ""; !strings.HasPrefix(got, `2["message",{"room":"x","n":1}`); {
		got = b2.Next()
	}
	for got := ""; !strings.HasPrefix(got, `2["message",{"room":"x","n":2}`); {
		got = a2.Next()
	}
	stranger := h.dial(3, dialer.WebSocket)
	stranger.expectJoin("x", `2["full"`)
}

// eventuallyAway waits until n sessions have ended, whose seats are all held.
func (h *harness) eventuallyAway(n int) {
	h.t.Helper()
	_, seats := h.rooms.Size()
	wait.Until(h.t, "the sessions end", func() bool { return h.Sessions() == 0 })
	if _, left := h.rooms.Size(); left != n || seats < n {
		h.t.Errorf("%d seats are held, want %d", left, n)
	}
}
