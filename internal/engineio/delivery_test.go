package engineio

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
)

// observer is a handler that notes how much was delivered.
type observer struct {
	nopHandler
	mu   sync.Mutex // guards what follows
	told []uint64
}

func (a *observer) OnDelivered(_ *Session, n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, n)
}

// What a client of polling has read is known when it polls again.
func TestDeliveryByPolling(t *testing.T) {
	handler := new(observer)
	s := polledSession(t, newTestServer(Config{Handler: handler}), wire.EngineIO4{})
	s.SendTracked(wire.NewMessage("a"))
	if sent, arrived := s.SendTracked(wire.NewMessage("b")); sent != 2 || arrived != 0 {
		t.Errorf("before any poll: %d sent, %d arrived", sent, arrived)
	}
	if taken := pollOnce(s); taken != 2 || s.Delivered() != 0 {
		t.Errorf("the poll took %d, and %d arrived before the next", taken, s.Delivered())
	}
	s.SendTracked(wire.NewMessage("c"))
	if taken := pollOnce(s); taken != 1 || s.Delivered() != 2 {
		t.Errorf("the second poll took %d, and %d arrived", taken, s.Delivered())
	}
	if len(handler.told) != 1 || handler.told[0] != 2 {
		t.Errorf("the handler was told %v", handler.told)
	}
}

// pollOnce is a poll as serveGet has it, and tells how many messages it took.
func pollOnce(s *Session) (taken int) {
	if !s.beginGet() {
		return -1
	}
	messages, _ := s.poll()
	s.mu.Lock()
	s.polling.getting = false
	s.mu.Unlock()
	for _, m := range messages {
		if m.Packet()[0] == '4' {
			taken++
		}
	}
	return taken
}

// A WebSocket is asked by a ping behind the message, one at a time.
func TestDeliveryByPing(t *testing.T) {
	handler := new(observer)
	client, server := socketPair(t)
	s := carriedSession(t, newTestServer(Config{Handler: handler}), server)
	s.SendTracked(wire.NewMessage("a"))
	s.SendTracked(wire.NewMessage("b"))
	var got []string
	for len(got) < 3 {
		op, payload, err := serverFrame(client)
		if err != nil {
			t.Fatal(err)
		}
		if op == ws.OpPing && binary.BigEndian.Uint64(payload) != 1 {
			t.Errorf("the ping asks for %x", payload)
		}
		got = append(got, map[ws.OpCode]string{ws.OpText: "text", ws.OpPing: "ping"}[op])
	}
	if want := []string{"text", "ping", "text"}; !slices.Equal(got, want) {
		t.Errorf("the order is %q, want %q", got, want)
	}
	s.acknowledge([]byte("no count"))
	s.acknowledge(binary.BigEndian.AppendUint64(nil, 2)) // nobody asked for that
	if s.Delivered() != 0 {
		t.Errorf("%d arrived by pongs that answer nothing", s.Delivered())
	}
	s.acknowledge(binary.BigEndian.AppendUint64(nil, 1))
	if s.Delivered() != 1 {
		t.Errorf("%d arrived, want 1", s.Delivered())
	}
	op, payload, err := serverFrame(client)
	if err != nil || op != ws.OpPing || binary.BigEndian.Uint64(payload) != 2 {
		t.Errorf("then %v %x, %v; want a ping for the second", op, payload, err)
	}
}

// However rarely a client may be asked, it is where much is not confirmed.
func TestAckPingForMuch(t *testing.T) {
	client, server := socketPair(t)
	s := carriedSession(t, newTestServer(Config{Handler: new(observer)}), server)
	s.mu.Lock()
	s.tracking.next, s.tracking.due = time.Hour, true
	s.mu.Unlock()
	large := strings.Repeat("x", ackPingBytes/2)
	for _, m := range []string{"small", large, large, large} {
		s.SendTracked(wire.NewMessage(m))
	}
	for i, want := range []ws.OpCode{ws.OpText, ws.OpText, ws.OpText, ws.OpPing, ws.OpText} {
		op, payload, err := serverFrame(client)
		if err != nil || op != want || op == ws.OpPing && binary.BigEndian.Uint64(payload) != 3 {
			t.Fatalf("frame %d is %v with %d bytes, %v; want %v", i, op, len(payload), err, want)
		}
	}
}

// Whatever happens at the same time, nothing is said to have arrived that no
// poll has taken.
func TestDeliveryNeverRunsAhead(t *testing.T) {
	const messages = 20_000
	s := polledSession(t, newTestServer(Config{OutboxPackets: messages, OutboxBytes: 1 << 30}), wire.EngineIO4{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range messages {
			s.SendTracked(wire.NewMessage("x"))
		}
	}()
	defer func() { <-done }()
	for taken, over := 0, false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		before := taken
		taken += pollOnce(s)
		if arrived := s.Delivered(); arrived > uint64(before) {
			t.Fatalf("%d have arrived of %d that were polled", arrived, before)
		}
	}
}

// serverFrame reads a frame as a client does.
func serverFrame(conn net.Conn) (ws.OpCode, []byte, error) {
	h, err := ws.ReadHeader(conn)
	if err != nil {
		return 0, nil, err
	}
	payload := make([]byte, h.Length)
	_, err = io.ReadFull(conn, payload)
	return h.OpCode, payload, err
}

// AskLife gets a sign of life from a client that has nothing to say.
func TestProbe(t *testing.T) {
	polled := polledSession(t, newTestServer(Config{}), wire.EngineIO4{})
	polled.Probe()
	if !polled.beginGet() {
		t.Fatal("no poll")
	}
	messages, state := polled.poll()
	if state != pollAnswered || len(messages) != 1 || string(messages[0].Packet()) != "6" {
		t.Errorf("the poll was answered with %v", messages)
	}
	if _, state := polled.poll(); state != pollWaiting {
		t.Error("the next was too")
	}
	client, server := socketPair(t)
	s := carriedSession(t, newTestServer(Config{}), server)
	s.Probe()
	if op, _, err := serverFrame(client); err != nil || op != ws.OpPing {
		t.Errorf("the WebSocket got %v, %v", op, err)
	}
	if !s.ActiveWithin(patience) || s.ActiveWithin(-1) {
		t.Error("it was alive just now")
	}
}
