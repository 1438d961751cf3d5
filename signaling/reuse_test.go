package signaling

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// The memory of messages is used again. In many rooms at once, clients of every kind read
// at once, late, or after an outage, and the server shuts down while they do. Whatever they
// receive is theirs, whole and in order. Under the race detector, memory is spoiled as soon
// as nobody may use it.
func TestNobodyReceivesForeignBytes(t *testing.T) {
	h := startWithHold(t)
	var rooms []*busyRoom
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			rooms = append(rooms, h.newBusyRoom(len(rooms), version, transport))
		}
	}
	inAll := func(do func(*busyRoom) error) (wait func()) {
		var busy sync.WaitGroup
		for _, r := range rooms {
			busy.Go(func() {
				if err := do(r); err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
			})
		}
		return busy.Wait
	}
	inAll((*busyRoom).exchange)()
	if t.Failed() {
		return
	}
	flooded := inAll((*busyRoom).flood)
	read := inAll((*busyRoom).readUntilEnd)
	wait.Until(t, "messages flow", func() bool { return rooms[0].flooding.Load() && rooms[5].flooding.Load() })
	if err := h.Shutdown(wait.Context(t)); err != nil {
		t.Error(err)
	}
	flooded()
	read()
}

// busyRoom is a call in which one sends, and others receive.
type busyRoom struct {
	name, fill         string
	from, late         *rawConn
	prompt, lost, back *client
	seat               map[string]any // of the one that is lost, and comes back
	sent, received     int            // the latter by the prompt one
	flooding           atomic.Bool
}

func (h *harness) newBusyRoom(n, version int, transport string) *busyRoom {
	h.t.Helper()
	r := &busyRoom{
		name: fmt.Sprintf("EIO%d %s", version, transport), fill: string('a' + rune(n)),
		from: h.connectedWebSocket(3), late: h.smallBufferWebSocket(),
		prompt: h.dial(version, transport), lost: h.dial(4, dialer.WebSocket), back: h.dial(3, dialer.Polling),
		seat: map[string]any{"capacity": 4},
	}
	for _, w := range []*rawConn{r.from, r.late} {
		_ = w.SetDeadline(time.Time{})
		w.send(textFrame("427" + event("enter", r.name, r.seat)[1:]))
		for _, text := w.readFrame(); !strings.HasPrefix(text, `437[{"ok":true`); _, text = w.readFrame() {
		}
	}
	r.prompt.enter(r.name, r.seat)
	r.seat["seat"] = r.lost.enter(r.name, r.seat)["seat"]
	return r
}

// details are those of the nth message, which no other message has. Their sizes are those
// of candidates, of descriptions, and beyond.
func (r *busyRoom) details(n int) string {
	size := []int{40, 250, 2500, 300, 700, 9000, 100, 17_000}[n%8] / (1 + n%3)
	return fmt.Sprintf(`{"room":%q,"n":%d,"fill":"%s"}`, r.name, n, strings.Repeat(r.fill, size))
}

// send sends messages, several of which arrive together.
func (r *busyRoom) send(count int) error {
	var frames []byte
	for range count {
		frames = append(frames, textFrame(`42["message",`+r.details(r.sent)+`]`)...)
		r.sent++
	}
	_, err := r.from.Write(frames)
	return err
}

// check counts a packet, which has to be the next message if it is one.
func (r *busyRoom) check(packet string, received *int) error {
	if !strings.HasPrefix(packet, `2["message"`) {
		return nil
	}
	rest, ok := strings.CutPrefix(packet, `2["message",`+r.details(*received)+`,"`)
	if !ok || !strings.HasSuffix(rest, fmt.Sprintf(`",%d]`, *received+1)) || len(rest) > 40 {
		return fmt.Errorf("message %d is %.200q", *received, packet)
	}
	*received++
	return nil
}

// exchanged is how many messages are exchanged before the shutdown.
const exchanged = 48

// exchange has everyone receive what is sent, each in its time.
func (r *busyRoom) exchange() error {
	for r.sent < exchanged {
		if err := errors.Join(r.send(4), r.receive(r.prompt, &r.received, r.sent)); err != nil {
			return err
		}
		if r.sent == exchanged/2 {
			seen := 0
			if err := r.receive(r.lost, &seen, r.sent); err != nil {
				return err
			}
			r.lost.Abort()
			r.seat["seen"] = seen
		}
	}
	seen := r.seat["seen"].(int)
	err := r.back.Send(event("enter", r.name, r.seat))
	err = errors.Join(err, r.receive(r.back, &seen, exchanged), r.back.Send(event("leave")))
	for n := 0; n < exchanged && err == nil; {
		switch op, text := r.late.readFrame(); op {
		case ws.OpText:
			err = r.check(text[1:], &n)
		case ws.OpPing:
		default:
			err = fmt.Errorf("the late one's connection ended after %d", n)
		}
	}
	_, left := r.late.Write(textFrame("4" + event("leave")))
	return errors.Join(err, left)
}

// receive has a client receive messages until it has had a number of them.
func (r *busyRoom) receive(p *client, received *int, count int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 6*wait.Timeout)
	defer cancel()
	for *received < count {
		packet, err := p.Receive(ctx)
		if err == nil {
			err = r.check(packet, received)
		}
		if err != nil {
			return fmt.Errorf("after %d messages: %w", *received, err)
		}
	}
	return nil
}

// flood sends many messages, or until the connection ends.
func (r *busyRoom) flood() error {
	for range 200 {
		if r.send(3) != nil {
			return nil
		}
		r.flooding.Store(true)
	}
	return nil
}

// readUntilEnd checks what arrives until the session ends.
func (r *busyRoom) readUntilEnd() error {
	for {
		packet, err := r.prompt.Receive(context.Background())
		if err != nil {
			return nil
		}
		if err := r.check(packet, &r.received); err != nil {
			return err
		}
	}
}
