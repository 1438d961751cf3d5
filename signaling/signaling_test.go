package signaling

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/socketio"
)

// The original's sequence: created, join, joined, messages both ways, bye.
func TestCall(t *testing.T) {
	everyway(t, func(t *testing.T, h *harness, version int, transport string) {
		a, b, c := h.dial(version, transport), h.dial(version, transport), h.dial(version, transport)
		if got, want := a.join("room"), event2("created", "room", a.id); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if got, want := b.join("room"), event2("joined", "room", b.id); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		a.expect(`2["join","room"]`)
		if got, want := c.join("room"), `2["full","room"]`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		a.send(`2["message",{"sdp":{"type":"offer","sdp":"v=0"},"room":"room"}]`)
		idA := sender(t, b.next(), `{"sdp":{"type":"offer","sdp":"v=0"},"room":"room"}`)
		b.send(`2["message",{"candidate":null}]`)
		idB := sender(t, a.next(), `{"candidate":null}`)
		for _, secret := range []string{a.SID, b.SID, a.id, b.id} {
			if idA == secret || idB == secret {
				t.Errorf("others are told a socket id: %q, %q", idA, idB)
			}
		}
		c.quiet()
		b.Close()
		a.expect(event2("bye", "room", idB))
	})
}

func event2(name, room, id string) string { return fmt.Sprintf(`2[%q,%q,%q]`, name, room, id) }

// sender takes the public id off a relayed message, whose details have to be
// as they were sent.
func sender(t *testing.T, packet, details string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(packet, `2["message",`+details+`,"`)
	id, end := strings.CutSuffix(rest, `"]`)
	if !ok || !end || len(id) < 20 {
		t.Fatalf("got %s, want details %s", packet, details)
	}
	return id
}

// The ways to leave: all free the seat and tell the other.
func TestLeaving(t *testing.T) {
	ways := map[string]func(p *peer){
		"goodbye":            func(p *peer) { p.Close() },
		"connection lost":    func(p *peer) { p.Abort() },
		"namespace left":     func(p *peer) { p.send("1") },
		"another room":       func(p *peer) { p.send(`2["create or join","elsewhere"]`) },
		"malformed packet":   func(p *peer) { _ = p.SendPayload("7") },
		"close and then end": func(p *peer) { p.send("1"); p.Close() },
	}
	everyway(t, func(t *testing.T, h *harness, version int, transport string) {
		for name, leave := range ways {
			a, b := h.dial(version, transport), h.dial(version, transport)
			a.join(name)
			b.join(name)
			a.expect(`2["join","` + name + `"]`)
			time.Sleep(10 * time.Millisecond) // a lost poll is noticed while it waits
			leave(b)
			a.expectPrefix(a.next(), `2["bye","`+name+`","`)
			c := h.dial(version, transport)
			c.expectPrefix(c.join(name), `2["joined","`+name+`"`)
			a.Close()
			c.Close()
		}
	})
}

func TestJoinAgain(t *testing.T) {
	h := start(t, engineio.Config{})
	a, b := h.dial(4, dialer.WebSocket), h.dial(3, dialer.Polling)
	a.join("x")
	if got, want := a.join("x"), event2("created", "x", a.id); got != want {
		t.Errorf("alone: got %s, want %s", got, want)
	}
	b.join("x")
	a.expect(`2["join","x"]`)
	if got, want := a.join("x"), event2("joined", "x", a.id); got != want {
		t.Errorf("with another: got %s, want %s", got, want)
	}
	b.quiet() // the other does not hear of it
	a.send("1")
	b.expectPrefix(b.next(), `2["bye","x"`)
	a.send("0")
	a.expect(`0{"sid":"` + a.id + `"}`)
	if got, want := a.join("x"), event2("joined", "x", a.id); got != want {
		t.Errorf("after leaving the namespace: got %s, want %s", got, want)
	}
}

// Whom a message reaches, and whom it does not.
func TestRelayOnlyWithinTheRoom(t *testing.T) {
	h := start(t, engineio.Config{})
	a, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	stranger, lonely := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.join("x")
	b.join("x")
	a.expect(`2["join","x"]`)
	lonely.join("y")
	tests := []struct {
		name    string
		from    *peer
		details string
		relayed bool
	}{
		{"own room", a, `{"room":"x"}`, true},
		{"no room", a, `{"sdp":1}`, true},
		{"null room", a, `{"room":null}`, true},
		{"no object", a, `"hello"`, true},
		{"escaped name", a, `{"room":"\u0078"}`, true},
		{"another room", a, `{"room":"y"}`, false},
		{"a room that does not exist", a, `{"room":"z"}`, false},
		{"a room that is a number", a, `{"room":1}`, false},
		{"from a stranger", stranger, `{"room":"x"}`, false},
		{"from a stranger without room", stranger, `{"a":1}`, false},
		{"from another room", lonely, `{"room":"x"}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := h.sockets.Refused(socketio.RefusedRoom)
			test.from.send(`2["message",` + test.details + `]`)
			if test.relayed {
				sender(t, b.next(), test.details)
				return
			}
			test.from.quiet()
			a.quiet()
			b.quiet()
			lonely.quiet()
			if h.sockets.Refused(socketio.RefusedRoom) != before+1 {
				t.Error("it was not counted")
			}
		})
	}
}

// Payloads that a server which decodes JSON would change.
func TestRelayByteForByte(t *testing.T) {
	details := []string{
		`{"sdp":"é ü 漢字 😀 \ud83d\ude00 \ud800 \u2028` + "\u2028\u2029" + `","room":"x"}`,
		`{"z":1,"a":2,"room":"x","m":[1e400,-0,1.0,12345678901234567890,0.1e-7]}`,
		`{ "spaces" :  [ 1 , 2 ] , "room" : "x" }`,
		`{"room":"x","unknown":{"deep":[[[[{"a":null}]]]]},"dup":1,"dup":2}`,
		`{"room":"x","sdp":"` + strings.Repeat("a=candidate:1 1 udp 2113937151\\r\\n", 300) + `"}`,
		`{"room":"x","html":"<script>&amp;</script>","slash":"\/"}`,
	}
	everyway(t, func(t *testing.T, h *harness, version int, transport string) {
		a := h.dial(version, transport)
		a.join("x")
		for _, other := range []int{3, 4} {
			for _, way := range dialer.Transports {
				b := h.dial(other, way)
				b.join("x")
				a.expect(`2["join","x"]`)
				for _, d := range details {
					a.send(`2["message",` + d + `]`)
					sender(t, b.next(), d)
					b.send(`2["message",` + d + `,null,"third"]`)
					sender(t, a.next(), d)
				}
				b.Close()
				a.expectPrefix(a.next(), `2["bye","x"`)
			}
		}
	})
}
