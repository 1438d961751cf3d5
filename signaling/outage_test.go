package signaling

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/counts"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/tcpproxy"
	"vidchat/internal/enginetest/wait"
)

// cuts is how often each kind of client loses its connection.
func cuts(t *testing.T) int { return counts.Of(t, "SEAT_CUTS", 2) }

// resumeMethod is how a client gets its seat back.
type resumeMethod string

const (
	byToken   resumeMethod = "token"          // a new client
	byMessage resumeMethod = "message"        // an old client that continues after a reconnect
	byJoin    resumeMethod = "create or join" // an old client whose page was reloaded
)

// outages counts connections by what became of them.
type outages struct{ started, resumed, full, complete atomic.Int64 }

// Connections are lost without a FIN while messages arrive, in a room where every seat is
// taken. On return, the seat is there, no client receives a false "full", and no message
// is lost, duplicated or out of order.
func TestCutsLoseNothing(t *testing.T) {
	t.Parallel()
	var count outages
	t.Run("cut", func(t *testing.T) {
		runEach(t, func(t *testing.T, version int, transport string) {
			t.Parallel()
			for _, method := range []resumeMethod{byToken, byMessage, byJoin} {
				if method != byToken && version == 4 {
					continue // clients of the original speak Engine.IO 3
				}
				for i := range cuts(t) {
					t.Run(fmt.Sprintf("%s/%d", method, i), func(t *testing.T) {
						t.Parallel()
						count.cutOnce(t, version, transport, method)
					})
				}
			}
		})
	})
	started := count.started.Load()
	t.Logf("of %d connections cut without a FIN, %d came back to their seat and %d to a false full; %d received every message once and in order",
		started, count.resumed.Load(), count.full.Load(), count.complete.Load())
	if count.resumed.Load() != started || count.full.Load() != 0 || count.complete.Load() != started {
		t.Error("not all of them")
	}
}

const (
	outageMessages = 30
	beforeOutage   = 15
)

// cutOnce has a send messages to b, which loses its connection in the middle.
func (o *outages) cutOnce(t *testing.T, version int, transport string, method resumeMethod) {
	o.started.Add(1)
	h := startWithHold(t)
	proxy, url := h.startProxy(tcpproxy.Constant(0))
	options := h.options(version, transport)
	options.URL = url
	a, b := h.dial(4, dialer.WebSocket), h.dialWith(options)
	a.enter("x", nil)
	token := b.joinOrEnter("x", method)
	a.ExpectPrefix(`2["join","x"`)

	lost := make(chan struct{})
	sent := sendNumbersDuringOutage(a, method, lost)
	received := b.readNumbers(beforeOutage)
	if method != byToken { // such a client would receive messages again that are not acknowledged
		h.awaitDelivered(b.SID, 1+beforeOutage) // "joined" came first
	}
	proxy.Fail()
	close(lost)
	received = append(received, b.drainNumbers()...)
	<-sent

	again := h.dialAgain(version, transport, b.SID)
	o.resume(again, method, map[string]any{"seat": token, "seen": len(received)})
	received = append(received, again.readNumbers(outageMessages-len(received))...)
	o.resumed.Add(1) // what was kept for a seat goes to no other client
	for n, number := range received {
		if n != number {
			t.Fatalf("received %v", received)
		}
	}
	again.ExpectNothing() // no duplicates
	o.complete.Add(1)
}

// sendNumbersDuringOutage sends numbers. For an old client it waits in the middle until the
// connection is lost.
func sendNumbersDuringOutage(from *client, method resumeMethod, lost <-chan struct{}) (sent <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range outageMessages {
			if n == beforeOutage && method != byToken {
				<-lost
			}
			_ = from.Send(event("message", map[string]any{"n": n}))
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return done
}

// awaitDelivered waits until a number of events are known to have arrived.
func (h *harness) awaitDelivered(sid string, n uint64) {
	h.t.Helper()
	wait.Until(h.t, "the events are acknowledged", func() bool {
		session, ok := h.sockets.Socket(sid)
		return ok && session.Delivered() == n
	})
}

// resume gets the seat back.
func (o *outages) resume(p *client, method resumeMethod, seat map[string]any) {
	p.t.Helper()
	switch method {
	case byToken:
		if ack := p.emit("enter", "x", seat); ack["resumed"] != true {
			o.refused(p, fmt.Sprint(ack["error"]), ack)
		}
	case byMessage: // has no answer
		p.MustSend(event("message", map[string]any{"room": "x"}))
	case byJoin:
		if answer := p.Join("x"); !strings.HasPrefix(answer, `2["joined","x"`) {
			name, _, _ := strings.Cut(strings.TrimPrefix(answer, `2["`), `"`)
			o.refused(p, name, answer)
		}
	}
}

func (o *outages) refused(p *client, code string, answer any) {
	p.t.Helper()
	if code == codeFull {
		o.full.Add(1)
	}
	p.t.Fatalf("returning: %v", answer)
}

// joinOrEnter takes a seat, and returns the token of a new client.
func (p *client) joinOrEnter(room string, method resumeMethod) (token string) {
	p.t.Helper()
	if method != byToken {
		p.expectJoin(room, `2["joined"`)
		return ""
	}
	return p.enter(room, nil)["seat"].(string)
}

// readNumbers waits for a number of messages.
func (p *client) readNumbers(count int) (all []int) {
	p.t.Helper()
	for len(all) < count {
		all = append(all, parseNumber(p.t, p.Next()))
	}
	return all
}

// drainNumbers returns the messages that arrived before the connection was lost.
func (p *client) drainNumbers() (all []int) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	<-p.Done()
	for {
		packet, err := p.Receive(ctx)
		if err != nil {
			return all
		}
		all = append(all, parseNumber(p.t, packet))
	}
}

func parseNumber(t testing.TB, packet string) int {
	t.Helper()
	rest, ok := strings.CutPrefix(packet, `2["message",{"n":`)
	digits, _, _ := strings.Cut(rest, "}")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		t.Fatalf("got %s, want a number", packet)
	}
	return n
}

// What the client says is a goodbye. A close frame alone is none, since a proxy may have
// sent it; but after 1000 and 1001 the others do not wait for long.
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
		w := h.connectedWebSocket(4)
		w.send(textFrame(`42["enter","x"]`))
		a.ExpectPrefix(`2["join","x"`)
		for _, packet := range strings.Fields(test.said) {
			w.send(textFrame(packet))
		}
		w.send(clientFrame(ws.OpClose, true, test.code))
		for _, want := range test.want {
			if got := a.Next(); !strings.HasPrefix(got, `2["`+want+`","x"`) {
				t.Errorf("closed with %s: the other member receives %s, want %s", test.name, got, want)
			}
		}
	}
}

// A client that hangs up says so before it closes the WebSocket, so its session ends as
// it should.
func TestHangingUpIsAReasonOfItsOwn(t *testing.T) {
	h := startWithHold(t)
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
		w := h.connectedWebSocket(4)
		for _, packet := range strings.Fields(test.said) {
			w.send(textFrame(packet))
		}
		w.send(clientFrame(ws.OpClose, true, test.code))
		wait.Until(t, fmt.Sprintf("%s and a close frame count as %s", test.said, test.want), func() bool {
			return h.sockets.Ended(test.want) == before+1
		})
	}
}
