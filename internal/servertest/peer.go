package servertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
)

// Ways to connect, of which there is a third: to begin with polling, and upgrade.
const (
	Polling   = dialer.Polling
	WebSocket = dialer.WebSocket
)

// Transports are all three.
var Transports = dialer.Transports

// CloseError says with which code the server closed a WebSocket.
type CloseError = dialer.CloseError

// Peer is a caller whose namespace is connected.
type Peer struct {
	*dialer.Conn
	ID string // its own Socket.IO id; that of the session in Engine.IO 3

	t testing.TB
}

// Dial connects a caller to the server at a URL, with version 3 or 4 of Engine.IO.
func Dial(t testing.TB, url string, version int, transport string) *Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	defer cancel()
	c, err := dialer.Dial(ctx, dialer.Options{URL: url + "/socket.io/", Version: version, Transport: transport})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(c.Abort)
	p := &Peer{Conn: c, t: t, ID: c.SID}
	if version == 4 {
		p.MustSend("0")
	}
	answer := p.Next()
	if version == 4 {
		p.ID = strings.TrimSuffix(strings.TrimPrefix(answer, `0{"sid":"`), `"}`)
	}
	if answer[0] != '0' || len(p.ID) < 20 {
		t.Fatalf("connected with %q", answer)
	}
	return p
}

// Join enters a room and returns the answer.
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
	ctx, cancel := context.WithTimeout(p.t.Context(), Timeout)
	defer cancel()
	packet, err := p.Receive(ctx)
	if err != nil {
		p.t.Fatalf("waiting for a packet: %v", err)
	}
	return packet
}

// Flood sends a packet again and again until the server ends the session.
func (p *Peer) Flood(packet string) {
	p.t.Helper()
	overdue := time.After(Timeout)
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
