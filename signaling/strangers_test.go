package signaling

import (
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
	const strangers, tries = 10, 20
	limits := engineio.Limits{Packets: limit.Rate{PerSecond: 1, Burst: 60}}
	for _, name := range []string{eventEnter, eventCreateOrJoin} {
		for _, sameAddress := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/one address %v", name, sameAddress), func(t *testing.T) {
				t.Parallel()
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

// Neither do claims of a seat that is in use, which other tabs of a member's browser make
// with its cookie.
func TestClaimsCostTheMemberNothing(t *testing.T) {
	t.Parallel()
	h := startLimited(t, engineio.Limits{Packets: limit.Rate{PerSecond: 1, Burst: 30}})
	a, b := h.dial(3, dialer.WebSocket), h.dial(3, dialer.Upgrade)
	a.Join("x")
	b.Join("x")
	a.Expect(event("join", "x"))
	for range 40 {
		tab := h.dialAgain(3, dialer.WebSocket, a.SID)
		tab.expectJoin("x", `2["full"`)
		tab.Close()
	}
	a.ExpectNothing()
	b.ExpectNothing()
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
	began, tries, after := time.Now(), 0, any(nil)
	for ; after == nil; tries++ {
		most := fullRates.Pair.Burst + int(time.Since(began).Seconds()*fullRates.Pair.PerSecond) + 1
		if tries > most {
			t.Fatalf("not limited after %d tries", tries)
		}
		after = p.expectError(codeFull, "enter", "x")["retryAfter"]
	}
	if seconds, _ := after.(float64); tries <= fullRates.Pair.Burst || seconds < 1 || seconds > 2 {
		t.Errorf("try %d is answered with retryAfter %v", tries, after)
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
