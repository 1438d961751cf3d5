package signaling

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/peer"
)

// client is a client that knows the events of signaling.
type client struct {
	*peer.Peer
	t testing.TB
}

// options are those of a client of the server.
func (h *harness) options(version int, transport string) dialer.Options {
	if len(h.nodes) > 1 {
		h = h.nodes[int(h.dialed.Add(1))%len(h.nodes)]
	}
	return dialer.Options{URL: h.url, TLS: h.tls, Version: version, Transport: transport}
}

// dial opens a session whose namespace is connected.
func (h *harness) dial(version int, transport string) *client {
	h.t.Helper()
	return h.dialWith(h.options(version, transport))
}

// dialAgain is dial with the cookie of an earlier session.
func (h *harness) dialAgain(version int, transport, sid string) *client {
	h.t.Helper()
	options := h.options(version, transport)
	options.Header = http.Header{"Cookie": {"io=" + sid}}
	return h.dialWith(options)
}

func (h *harness) dialWith(options dialer.Options) *client {
	h.t.Helper()
	return &client{peer.Dial(h.t, options), h.t}
}

// pair returns two clients in a room.
func (h *harness) pair(room string) (a, b *client) {
	h.t.Helper()
	a, b = h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.Join(room)
	b.Join(room)
	a.Expect(event("join", room))
	return a, b
}

// tryJoin opens a session and joins a room with its first packets. Other than dial, it
// can be used by any goroutine.
func tryJoin(ctx context.Context, options dialer.Options, room string) (*dialer.Conn, error) {
	c, err := dialer.Dial(ctx, options)
	if err != nil {
		return nil, err
	}
	packets := []string{"40", `42["create or join","` + room + `"]`}
	err = c.SendPayload(packets[4-options.Version:]...)
	for err == nil {
		var got string
		got, err = c.Receive(ctx)
		if strings.HasPrefix(got, `2["created"`) || strings.HasPrefix(got, `2["joined"`) {
			return c, nil
		}
	}
	c.Abort()
	return nil, err
}

// event returns the packet of an event.
func event(name string, args ...any) string { return "2" + encode(append([]any{name}, args...)) }

// emit sends an event and waits for its ack. Nothing else may arrive before.
func (p *client) emit(name string, args ...any) map[string]any {
	p.t.Helper()
	p.MustSend("27" + encode(append([]any{name}, args...)))
	return parseAck(p.t, p.Next(), "7")
}

// parseAck returns the value of an ack with a number.
func parseAck(t testing.TB, packet, number string) map[string]any {
	t.Helper()
	var values []map[string]any
	text, ok := strings.CutPrefix(packet, "3"+number)
	if err := json.Unmarshal([]byte(text), &values); !ok || err != nil || len(values) != 1 {
		t.Fatalf("got %s, want ack %s", packet, number)
	}
	return values[0]
}

// enter takes a seat.
func (p *client) enter(room string, options map[string]any) map[string]any {
	p.t.Helper()
	ack := p.emit("enter", room, options)
	if ack["ok"] != true {
		p.t.Fatalf("entering %s: %v", room, ack)
	}
	return ack
}

// expectError checks that an event fails with an error.
func (p *client) expectError(want, event string, args ...any) map[string]any {
	p.t.Helper()
	ack := p.emit(event, args...)
	if ack["ok"] != false || ack["error"] != want || ack["message"] == "" {
		p.t.Errorf("%s %v: %v, want %s", event, args, ack, want)
	}
	return ack
}

// expectJoin joins a room and checks the beginning of the answer.
func (p *client) expectJoin(room, want string) {
	p.t.Helper()
	if got := p.Join(room); !strings.HasPrefix(got, want) {
		p.t.Fatalf("got %s, want %s…", got, want)
	}
}

// senderOf returns the id of the sender of a relayed message, and checks that the details
// are unchanged.
func senderOf(t *testing.T, packet, details string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(packet, `2["message",`+details+`,"`)
	id, end := strings.CutSuffix(rest, `"]`)
	if !ok || !end || len(id) < 20 {
		t.Fatalf("got %s, want details %s", packet, details)
	}
	return id
}
