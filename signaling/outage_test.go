package signaling

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// cuts is how often each kind of client loses its connection.
func cuts() int {
	if n, err := strconv.Atoi(os.Getenv("SEAT_CUTS")); err == nil {
		return n
	}
	return 2
}

// A wayBack is how somebody gets the seat again after an outage.
type wayBack string

const (
	byToken   wayBack = "token"          // as new clients do
	byMessage wayBack = "message"        // as old ones do that go on where they were
	byJoin    wayBack = "create or join" // as old ones do whose page was loaded again
)

// outages counts how they ended.
type outages struct{ begun, seated, full, told atomic.Int64 }

// Connections are lost without a FIN while messages come, in a room where every
// seat is taken: the seat is there on return, nobody hears a false "full", and
// no message is lost, doubled or out of order.
func TestCutsLoseNothing(t *testing.T) {
	var count outages
	t.Run("cut", func(t *testing.T) {
		for _, version := range []int{3, 4} {
			for _, transport := range dialer.Transports {
				for _, way := range []wayBack{byToken, byMessage, byJoin} {
					if way != byToken && version == 4 {
						continue // the clients of the original speak Engine.IO 3
					}
					for i := range cuts() {
						t.Run(fmt.Sprintf("EIO%d/%s/%s/%d", version, transport, way, i), func(t *testing.T) {
							t.Parallel()
							count.cutOnce(t, version, transport, way)
						})
					}
				}
			}
		}
	})
	begun := count.begun.Load()
	t.Logf("of %d connections cut without a FIN, %d came back to their seat and %d to a false full; %d heard every message once and in order",
		begun, count.seated.Load(), count.full.Load(), count.told.Load())
	if count.seated.Load() != begun || count.full.Load() != 0 || count.told.Load() != begun {
		t.Error("not all of them")
	}
}

// cutOnce lets a talk to b, who loses the connection in the middle.
func (o *outages) cutOnce(t *testing.T, version int, transport string, way wayBack) {
	o.begun.Add(1)
	h := startSeats(t)
	cutter, url := h.cuttable()
	a, b := h.dial(4, dialer.WebSocket), h.dialAt(url, version, transport, "")
	a.enter("x", nil)
	token := b.take("x", way)
	a.expectPrefix(a.next(), `2["join","x"`)

	const messages, before = 30, 15
	said, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(said)
		for n := range messages {
			if n == before && way != byToken {
				<-gone
			}
			_ = a.Send(emitted("message", map[string]any{"n": n}))
			time.Sleep(20 * time.Millisecond)
		}
	}()
	got := b.numbers(t, before)
	if way != byToken { // who cannot say what has come would hear twice what is not confirmed
		eventually(t, "all that was heard is confirmed", func() bool {
			session, ok := h.sockets.Socket(b.SID)
			return ok && session.Delivered() == 1+before // "joined" came before
		})
	}
	cutter.cut()
	close(gone)
	got = append(got, b.leftover()...)
	<-said

	b2 := h.dialAt(h.url, version, transport, b.SID)
	o.comeBack(b2, way, map[string]any{"seat": token, "seen": len(got)})
	got = append(got, b2.numbers(t, messages-len(got))...)
	o.seated.Add(1) // what was kept for a seat goes to nobody else
	for n, number := range got {
		if n != number {
			t.Fatalf("heard %v", got)
		}
	}
	b2.quiet() // and nothing twice
	o.told.Add(1)
}

// comeBack asks for the seat again.
func (o *outages) comeBack(p *peer, way wayBack, seat map[string]any) {
	p.t.Helper()
	switch way {
	case byToken:
		if answer := p.ask("enter", "x", seat); answer["resumed"] != true {
			o.refused(p, fmt.Sprint(answer["error"]), answer)
		}
	case byMessage: // which has no answer
		p.send(emitted("message", map[string]any{"room": "x"}))
	case byJoin:
		if answer := p.join("x"); !strings.HasPrefix(answer, `2["joined","x"`) {
			event, _, _ := strings.Cut(strings.TrimPrefix(answer, `2["`), `"`)
			o.refused(p, event, answer)
		}
	}
}

func (o *outages) refused(p *peer, why string, answer any) {
	p.t.Helper()
	if why == codeFull {
		o.full.Add(1)
	}
	p.t.Fatalf("coming back: %v", answer)
}

// take enters in the old way or the new, and returns the token.
func (p *peer) take(room string, way wayBack) (token string) {
	p.t.Helper()
	if way != byToken {
		p.expectPrefix(p.join(room), `2["joined"`)
		return ""
	}
	return p.enter(room, nil)["seat"].(string)
}

// numbers reads so many messages.
func (p *peer) numbers(t *testing.T, count int) (all []int) {
	t.Helper()
	for len(all) < count {
		all = append(all, number(t, p.next()))
	}
	return all
}

// leftover is what had come already when the connection was lost.
func (p *peer) leftover() (all []int) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	<-p.Done()
	for {
		packet, err := p.Receive(ctx)
		if err != nil {
			return all
		}
		all = append(all, number(p.t, packet))
	}
}

func number(t testing.TB, packet string) int {
	t.Helper()
	rest, ok := strings.CutPrefix(packet, `2["message",{"n":`)
	digits, _, _ := strings.Cut(rest, "}")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		t.Fatalf("got %s, want a number", packet)
	}
	return n
}

// What the client says is a goodbye. A close frame alone is none, since a proxy
// may have sent it; but after 1000 and 1001 the others do not wait for long.
func TestACloseFrameIsNoGoodbye(t *testing.T) {
	h := startServer(t, Config{MaxCapacity: 8, SeatHold: testHold, BriefHold: 300 * time.Millisecond})
	a := h.dial(4, dialer.WebSocket)
	a.enter("x", map[string]any{"capacity": 8})
	for _, test := range []struct {
		name, said, code string
		want             []string
	}{
		{"1000", "", "\x03\xe8", []string{"away", "bye"}},
		{"1001", "", "\x03\xe9", []string{"away", "bye"}},
		{"4001", "", "\x0f\xa1", []string{"away"}},
		{"none, as socket.io-client 4 does when the browser is offline", "", "", []string{"away"}},
		{"1001 after a disconnect", "41", "\x03\xe9", []string{"bye"}},
		{"none after a disconnect", "41", "", []string{"bye"}},
		{"1001 after a close packet", "1", "\x03\xe9", []string{"bye"}},
		{"1001 after leave", `42["leave","x"]`, "\x03\xe9", []string{"bye"}},
		{"1001 after a disconnect that was taken back", "41 40", "\x03\xe9", []string{"bye"}},
	} {
		w := h.connected(4)
		w.put(frameOf(`42["enter","x"]`))
		a.expectPrefix(a.next(), `2["join","x"`)
		for _, packet := range strings.Fields(test.said) {
			w.put(frameOf(packet))
		}
		w.put(masked(ws.OpClose, true, test.code))
		for _, want := range test.want {
			if got := a.next(); !strings.HasPrefix(got, `2["`+want+`","x"`) {
				t.Errorf("closed with %s: the other hears %s, want %s", test.name, got, want)
			}
		}
	}
}

// A client that hangs up says so before it closes the WebSocket, so its session
// ends as it should.
func TestHangingUpIsAReasonOfItsOwn(t *testing.T) {
	h := startSeats(t)
	for _, test := range []struct {
		said string
		code string
		want engineio.Reason
	}{
		{"41", "", engineio.ReasonClientClosed}, // socket.io-client 2 to 4
		{"41", "\x03\xe8", engineio.ReasonClientClosed},
		{"41 40", "\x03\xe8", engineio.ReasonSocketClosed},
		{"40", "\x03\xe9", engineio.ReasonSocketClosed},
		{"40", "", engineio.ReasonClientFailed},
	} {
		before := h.sockets.Ended(test.want)
		w := h.connected(4)
		for _, packet := range strings.Fields(test.said) {
			w.put(frameOf(packet))
		}
		w.put(masked(ws.OpClose, true, test.code))
		eventually(t, fmt.Sprintf("%s and a close frame count as %s", test.said, test.want), func() bool {
			return h.sockets.Ended(test.want) == before+1
		})
	}
}
