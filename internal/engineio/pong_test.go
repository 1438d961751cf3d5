package engineio

import (
	"testing"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/limit"
)

// What answers a ping of the server is not charged to the client. Pongs that answer
// nothing are.
func TestAnswersAreFree(t *testing.T) {
	const burst, probes = 5, 20
	client, server := socketPair(t)
	cfg := Config{Handler: new(observer), Limits: Limits{Packets: limit.Rate{PerSecond: 1e-6, Burst: burst}}}
	s := carriedSession(t, newTestServer(cfg), server)
	pong := func(payload []byte) {
		t.Helper()
		// In one write: a read that completes no frame would be charged.
		frame, err := ws.CompileFrame(ws.MaskFrame(ws.NewPongFrame(payload)))
		if err == nil {
			_, err = client.Write(frame)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range probes {
		s.Probe()
		op, payload, err := serverFrame(client)
		if err != nil || op != ws.OpPing {
			t.Fatalf("got %v, %v; want a ping", op, err)
		}
		pong(payload)
	}
	s.SendTracked(wire.NewMessage("a"))
	for range 2 {
		if op, payload, err := serverFrame(client); err != nil {
			t.Fatal(err)
		} else if op == ws.OpPing {
			pong(payload)
		}
	}
	eventually(t, "the message is acknowledged", func() bool { return s.Delivered() == 1 })
	for range burst {
		pong(nil)
	}
	s.Probe()
	if op, _, err := serverFrame(client); err != nil || op != ws.OpPing {
		t.Fatalf("after the burst: %v, %v", op, err)
	}
	for range 2 { // one of them is free
		pong(nil)
	}
	eventually(t, "the session has ended", func() bool { return s.Reason() == ReasonTooManyPackets })
}
