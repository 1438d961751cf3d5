package signaling

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/tcpproxy"
	"vidchat/internal/enginetest/wait"
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

// A member that does not respond for a time loses its seat to a new one.
func TestSilentMemberLosesSeat(t *testing.T) {
	runEach(t, func(t *testing.T, version int, transport string) {
		t.Parallel()
		const newMemberWait = 2 * time.Second
		h := startServer(t, Config{MaxCapacity: 8, SeatHold: testHold, NewMemberWait: newMemberWait})
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
		timeout := messages.after(newMemberWait)
		c.enter("x", nil)
		messages.since(<-timeout).expectNotLate(t, "the seat of the silent member")
		a.ExpectPrefix(`2["away","x"`)
		a.ExpectPrefix(`2["bye","x"`)
		a.ExpectPrefix(`2["join","x"`)
	})
}

// A member whose line stalls for longer than it would take a client to claim its own seat
// does not lose it to a stranger.
func TestStalledMemberKeepsSeat(t *testing.T) {
	t.Parallel()
	for _, transport := range dialer.Transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			h := startServer(t, Config{MaxCapacity: 8, SeatHold: testHold, NewMemberWait: 2 * wait.Timeout})
			proxy, url := h.startProxy(tcpproxy.Constant(0))
			options := h.options(4, transport)
			options.URL = url
			a, stalled := h.dial(4, dialer.WebSocket), h.dialWith(options)
			a.enter("x", nil)
			stalled.enter("x", nil)
			a.ExpectPrefix(`2["join","x"`)
			resume := proxy.Stall()
			c := h.dial(4, dialer.WebSocket)
			c.MustSend(`27["enter","x"]`)
			time.Sleep(claimTimeout * 5 / 4) // the stall
			resume()
			c.ExpectPrefix(`37[{"ok":false,"error":"full"`)
			a.ExpectNothing()
			stalled.ExpectNothing()
		})
	}
}

// A seat without a connection goes to a new member after a while, in which its owner can
// return to it.
func TestAwaySeatIsFreed(t *testing.T) {
	t.Parallel()
	const minAway = 3 * time.Second
	h := startServer(t, Config{MaxCapacity: 8, SeatHold: testHold, NewMemberWait: minAway})
	a, b := h.dial(4, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.enter("x", nil)
	seat := b.enter("x", nil)
	a.Next()
	b.Abort()
	a.ExpectPrefix(`2["away","x"`)
	b = h.dial(4, dialer.WebSocket)
	b.enter("x", map[string]any{"seat": seat["seat"]})
	a.ExpectPrefix(`2["back","x"`)

	lost := time.Now()
	b.Abort()
	a.ExpectPrefix(`2["away","x"`)
	h.dial(3, dialer.WebSocket).expectJoin("x", `2["joined"`)
	if took := time.Since(lost); took < minAway {
		t.Errorf("a stranger got the seat after %v", took)
	}
	a.ExpectPrefix(`2["bye","x"`)
}

// Everyone who needs the seat of a silent member waits for the same probe, and one of them
// gets the seat.
func TestManyWaitForOneProbe(t *testing.T) {
	t.Parallel()
	h := startServer(t, Config{MaxCapacity: 8, SeatHold: testHold, NewMemberWait: 3 * time.Second})
	proxy, url := h.startProxy(tcpproxy.Constant(0))
	options := h.options(4, dialer.WebSocket)
	options.URL = url
	a, silent := h.dial(4, dialer.WebSocket), h.dialWith(options)
	a.enter("x", nil)
	silent.enter("x", nil)
	a.Next()
	proxy.Fail()
	var all sync.WaitGroup
	var entered, full atomic.Int32
	for range 5 {
		p := h.dial(4, dialer.WebSocket)
		all.Go(func() {
			switch ack := p.emit("enter", "x"); {
			case ack["ok"] == true:
				entered.Add(1)
			case ack["error"] == codeFull:
				full.Add(1)
			}
		})
	}
	all.Wait()
	if entered.Load() != 1 || full.Load() != 4 {
		t.Errorf("%d entered and %d found the room full", entered.Load(), full.Load())
	}
}
