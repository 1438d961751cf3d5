package signaling

import (
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/tcpproxy"
)

// Members that respond keep their seats, and "full" arrives soon.
func TestFullIsReliable(t *testing.T) {
	for _, transport := range dialer.Transports {
		t.Run(transport, func(t *testing.T) {
			h := startWithHold(t)
			a, b := h.dial(3, transport), h.dial(4, transport)
			a.Join("x")
			b.Join("x")
			a.Next()
			calls := h.startCallStopwatch()
			began := calls.now()
			h.dial(4, dialer.WebSocket).expectError("full", "enter", "x", map[string]any{})
			calls.since(began).expectNotLate(t, `"full"`)
			a.ExpectNothing()
			b.ExpectNothing()
		})
	}
}

// A member that does not respond for 2 s loses its seat to a new one.
func TestSilentMemberLosesSeat(t *testing.T) {
	runEach(t, func(t *testing.T, version int, transport string) {
		t.Parallel()
		h := startWithHold(t)
		proxy, url := h.startProxy(tcpproxy.Constant(0))
		options := h.options(version, transport)
		options.URL = url
		a, silent := h.dial(4, dialer.WebSocket), h.dialWith(options)
		a.enter("x", nil)
		silent.Join("x")
		a.ExpectPrefix(`2["join","x"`)
		time.Sleep(20 * time.Millisecond) // until a poll waits
		proxy.Fail()
		c := h.dial(4, dialer.WebSocket)
		messages := h.startMessageStopwatch()
		timeout := messages.after(probeTimeout)
		c.enter("x", nil)
		messages.since(<-timeout).expectNotLate(t, "the seat of the silent member")
		a.ExpectPrefix(`2["away","x"`)
		a.ExpectPrefix(`2["bye","x"`)
		a.ExpectPrefix(`2["join","x"`)
	})
}

// A seat without a connection goes to a new member at once.
func TestAwaySeatIsFreed(t *testing.T) {
	h := startWithHold(t)
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.enter("x", nil)
	b.enter("x", nil)
	a.Next()
	b.Abort()
	a.ExpectPrefix(`2["away","x"`)
	calls := h.startCallStopwatch()
	began := calls.now()
	h.dial(3, dialer.WebSocket).expectJoin("x", `2["joined"`)
	calls.since(began).expectNotLate(t, "the seat")
}
