package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
)

// patience bounds every wait of a test.
const patience = 10 * time.Second

// peer is a client in a test.
type peer struct {
	*dialer.Conn
	t  *testing.T
	id string // its own socket id, where it was told
}

// dial opens a session whose namespace is connected.
func (r *running) dial(version int, transport string) *peer {
	return dialPeer(r.t, r.url, version, transport)
}

func dialPeer(t *testing.T, url string, version int, transport string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := dialer.Dial(ctx, dialer.Options{URL: url + "/socket.io/", Version: version, Transport: transport})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(c.Abort)
	p := &peer{Conn: c, t: t, id: c.SID}
	if version == 4 {
		p.send("0")
	}
	answer := p.next()
	if version == 4 {
		p.id = strings.TrimSuffix(strings.TrimPrefix(answer, `0{"sid":"`), `"}`)
	}
	if answer[0] != '0' || len(p.id) < 20 {
		t.Fatalf("connected with %q", answer)
	}
	return p
}

// join enters a room and waits for the answer.
func (p *peer) join(room string) (answer string) {
	p.t.Helper()
	p.send(fmt.Sprintf(`2["create or join",%q]`, room))
	return p.next()
}

func (p *peer) send(packet string) {
	p.t.Helper()
	if err := p.Send(packet); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) next() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	packet, err := p.Receive(ctx)
	if err != nil {
		p.t.Fatalf("waiting for a packet: %v", err)
	}
	return packet
}

// flood sends a packet again and again until the server ends the session.
func (p *peer) flood(packet string) {
	p.t.Helper()
	overdue := time.After(patience)
	for {
		err := p.Send(packet)
		select {
		case <-p.Done():
			return
		case <-overdue:
			p.t.Fatalf("the server lets it go on (%v)", err)
		default:
		}
	}
}
