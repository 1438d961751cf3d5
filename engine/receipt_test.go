package engine

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
)

// addressee is a gate that notes how much arrived.
type addressee struct {
	deaf
	mu      sync.Mutex // guards what follows
	arrived []uint64
}

func (a *addressee) Arrived(_ *Session, n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.arrived = append(a.arrived, n)
}

// What a client of polling has read is known when it polls again.
func TestReceiptByPolling(t *testing.T) {
	gate := new(addressee)
	s := loose(t, New(quiet(Config{Gate: gate})), engineIO4{})
	s.SendCounted(NewMessage("a"))
	if sent, arrived := s.SendCounted(NewMessage("b")); sent != 2 || arrived != 0 {
		t.Errorf("before any poll: %d sent, %d arrived", sent, arrived)
	}
	if taken := pollOnce(s); taken != 2 || s.Arrived() != 0 {
		t.Errorf("the poll took %d, and %d arrived before the next", taken, s.Arrived())
	}
	s.SendCounted(NewMessage("c"))
	if taken := pollOnce(s); taken != 1 || s.Arrived() != 2 {
		t.Errorf("the second poll took %d, and %d arrived", taken, s.Arrived())
	}
	if len(gate.arrived) != 1 || gate.arrived[0] != 2 {
		t.Errorf("the gate was told %v", gate.arrived)
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
		if m.packet()[0] == '4' {
			taken++
		}
	}
	return taken
}

// A WebSocket is asked by a ping behind the message, one at a time.
func TestReceiptByPing(t *testing.T) {
	gate := new(addressee)
	client, server := socketPair(t)
	s := carried(t, New(quiet(Config{Gate: gate})), server)
	s.SendCounted(NewMessage("a"))
	s.SendCounted(NewMessage("b"))
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
	s.receipt([]byte("no count"))
	s.receipt(binary.BigEndian.AppendUint64(nil, 2)) // nobody asked for that
	if s.Arrived() != 0 {
		t.Errorf("%d arrived by pongs that answer nothing", s.Arrived())
	}
	s.receipt(binary.BigEndian.AppendUint64(nil, 1))
	if s.Arrived() != 1 {
		t.Errorf("%d arrived, want 1", s.Arrived())
	}
	op, payload, err := serverFrame(client)
	if err != nil || op != ws.OpPing || binary.BigEndian.Uint64(payload) != 2 {
		t.Errorf("then %v %x, %v; want a ping for the second", op, payload, err)
	}
}

// However rarely a client may be asked, it is where much is not confirmed.
func TestReceiptForMuch(t *testing.T) {
	client, server := socketPair(t)
	s := carried(t, New(quiet(Config{Gate: new(addressee)})), server)
	s.mu.Lock()
	s.receipts.next, s.receipts.due = time.Hour, true
	s.mu.Unlock()
	large := strings.Repeat("x", receiptBytes/2)
	for _, m := range []string{"small", large, large, large} {
		s.SendCounted(NewMessage(m))
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
func TestReceiptsNeverRunAhead(t *testing.T) {
	const messages = 20_000
	s := loose(t, New(quiet(Config{OutboxPackets: messages, OutboxBytes: 1 << 30})), engineIO4{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range messages {
			s.SendCounted(NewMessage("x"))
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
		if arrived := s.Arrived(); arrived > uint64(before) {
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
func TestAskLife(t *testing.T) {
	polled := loose(t, New(quiet(Config{Gate: deaf{}})), engineIO4{})
	polled.AskLife()
	if !polled.beginGet() {
		t.Fatal("no poll")
	}
	messages, state := polled.poll()
	if state != pollAnswered || len(messages) != 1 || string(messages[0].packet()) != "6" {
		t.Errorf("the poll was answered with %v", messages)
	}
	if _, state := polled.poll(); state != pollWaiting {
		t.Error("the next was too")
	}
	client, server := socketPair(t)
	s := carried(t, New(quiet(Config{Gate: deaf{}})), server)
	s.AskLife()
	if op, _, err := serverFrame(client); err != nil || op != ws.OpPing {
		t.Errorf("the WebSocket got %v, %v", op, err)
	}
	if !s.AliveSince(patience) || s.AliveSince(-1) {
		t.Error("it was alive just now")
	}
}
