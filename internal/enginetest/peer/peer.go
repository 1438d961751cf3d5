// Package peer is a Socket.IO client for tests: a session of package dialer whose root
// namespace is connected.
package peer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// Peer is a connected client.
type Peer struct {
	*dialer.Conn
	ID string // its Socket.IO id; that of the session in Engine.IO 3

	t testing.TB
}

// Dial opens a session and connects the root namespace.
func Dial(t testing.TB, options dialer.Options) *Peer {
	t.Helper()
	c, err := dialer.Dial(wait.Context(t), options)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(c.Abort)
	p := &Peer{Conn: c, t: t, ID: c.SID}
	if options.Version == 3 {
		p.Expect("0")
		return p
	}
	p.MustSend("0")
	answer := p.Next()
	p.ID = strings.TrimSuffix(strings.TrimPrefix(answer, `0{"sid":"`), `"}`)
	if len(p.ID) < 20 || p.ID == c.SID {
		t.Fatalf("connected with %q", answer)
	}
	return p
}

// Join sends "create or join" and returns the answer.
func (p *Peer) Join(room string) (answer string) {
	p.t.Helper()
	p.MustSend(fmt.Sprintf(`2["create or join",%q]`, room))
	return p.Next()
}

// MustSend sends a Socket.IO packet.
func (p *Peer) MustSend(packet string) {
	p.t.Helper()
	if err := p.Send(packet); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// Next waits for a Socket.IO packet.
func (p *Peer) Next() string {
	p.t.Helper()
	packet, err := p.Receive(wait.Context(p.t))
	if err != nil {
		p.t.Fatalf("waiting for a packet: %v", err)
	}
	return packet
}

// Ask sends an event, as the JSON of its name and arguments, and returns the object that the
// server acknowledges it with. Other events that come before are dropped.
func (p *Peer) Ask(event string) map[string]any {
	p.t.Helper()
	p.MustSend("27[" + event + "]")
	for {
		text, ok := strings.CutPrefix(p.Next(), "37")
		if !ok {
			continue
		}
		var acks []map[string]any
		if err := json.Unmarshal([]byte(text), &acks); err != nil || len(acks) != 1 {
			p.t.Fatalf("the ack is %s", text)
		}
		return acks[0]
	}
}

// Expect waits for a packet and checks it.
func (p *Peer) Expect(want string) {
	p.t.Helper()
	if got := p.Next(); got != want {
		p.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// ExpectPrefix waits for a packet and checks how it begins.
func (p *Peer) ExpectPrefix(want string) {
	p.t.Helper()
	if got := p.Next(); !strings.HasPrefix(got, want) {
		p.t.Fatalf("got %s, want %s…", got, want)
	}
}

// ExpectNothing checks that no packet arrives before the answer to one that is sent now.
func (p *Peer) ExpectNothing() {
	p.t.Helper()
	p.MustSend(`0/ping,`)
	if got := p.Next(); !strings.HasPrefix(got, "4/ping,") {
		p.t.Fatalf("got %s, want nothing", got)
	}
}

// Flood sends a packet again and again until the server ends the session.
func (p *Peer) Flood(packet string) {
	p.t.Helper()
	overdue := time.After(wait.Timeout)
	for {
		err := p.Send(packet)
		select {
		case <-p.Done():
			return
		case <-overdue:
			p.t.Fatalf("the server does not end the session (%v)", err)
		default:
		}
	}
}
