// Package witness has members of rooms for tests that check what they hear: every message
// of the others once and in order, whatever becomes of the servers.
package witness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// Room is where a witness is a member, and how many seats it has.
type Room struct {
	Name  string
	Seats int
}

// Witness is a member of a room.
type Witness struct {
	Node int // where it is connected

	t    testing.TB
	name string
	room Room
	seat string
	conn *dialer.Conn
	acks chan map[string]any
	over chan struct{} // closed when the connection is

	mu    sync.Mutex // guards the fields below
	last  int        // number of the last message
	heard map[string]int
	again map[string]int // what may be heard again, since the node of this one was killed
	gaps  map[string]int // what may never be heard, since the node of the other was killed
	said  int
}

// New returns a witness that is nowhere yet.
func New(t testing.TB, name string, room Room) *Witness {
	w := &Witness{t: t, name: name, room: room, heard: make(map[string]int), again: make(map[string]int), gaps: make(map[string]int)}
	t.Cleanup(func() {
		if w.conn != nil {
			w.conn.Abort()
			<-w.over
		}
	})
	return w
}

// Enter connects to a node and enters the room: again if the witness has a seat.
func (w *Witness) Enter(node int, options dialer.Options) {
	w.t.Helper()
	c, err := dialer.Dial(wait.Context(w.t), options)
	if err != nil {
		w.t.Fatalf("%s cannot connect: %v", w.name, err)
	}
	w.Node, w.conn, w.acks, w.over = node, c, make(chan map[string]any, 1), make(chan struct{})
	go w.read(c, w.acks, w.over)
	if err := c.SendPayload("40"); err != nil {
		w.t.Fatalf("%s cannot connect: %v", w.name, err)
	}
	request := map[string]any{"capacity": w.room.Seats, "name": w.name}
	if w.seat != "" {
		w.mu.Lock()
		request["seat"], request["seen"] = w.seat, w.last
		w.mu.Unlock()
	}
	ack := w.askToEnter(request)
	for began := time.Now(); ack["error"] == "busy" && time.Since(began) < wait.Timeout; {
		ack = w.askToEnter(request)
	}
	if ack["ok"] != true {
		w.t.Fatalf("%s may not enter: %v", w.name, ack)
	}
	w.seat = ack["seat"].(string)
}

func (w *Witness) askToEnter(request map[string]any) map[string]any {
	w.t.Helper()
	text, _ := json.Marshal([]any{"enter", w.room.Name, request}) // strings and numbers
	if err := w.conn.Send("27" + string(text)); err != nil {
		w.t.Fatalf("%s cannot enter: %v", w.name, err)
	}
	select {
	case ack := <-w.acks:
		return ack
	case <-wait.Context(w.t).Done():
		w.t.Fatalf("%s got no answer", w.name)
		return nil
	}
}

// read reads what the witness receives.
func (w *Witness) read(c *dialer.Conn, acks chan<- map[string]any, over chan<- struct{}) {
	defer close(over)
	for {
		packet, err := c.Receive(context.Background())
		if err != nil {
			return
		}
		if text, ok := strings.CutPrefix(packet, "37"); ok {
			var all []map[string]any
			_ = json.Unmarshal([]byte(text), &all)
			w.noteAck(all[0])
			acks <- all[0]
			continue
		}
		var values []any
		if text, ok := strings.CutPrefix(packet, "2"); ok && json.Unmarshal([]byte(text), &values) == nil && values[0] == "message" {
			w.hear(values[1].(string), int(values[3].(float64)))
		}
	}
}

func (w *Witness) noteAck(ack map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if peers, _ := ack["peers"].([]any); len(peers) >= w.room.Seats {
		w.t.Errorf("%s sees %d others in a room of %d", w.name, len(peers), w.room.Seats)
	}
	if ack["ok"] == true && ack["resumed"] != true {
		if w.last > 0 {
			w.t.Errorf("%s has lost its seat", w.name)
		}
		w.last = 0
	}
}

func (w *Witness) hear(text string, number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number != w.last+1 {
		w.t.Errorf("%s got message %d after %d: %s", w.name, number, w.last, text)
	}
	w.last = number
	from, count, _ := strings.Cut(text, " ")
	k, _ := strconv.Atoi(count)
	switch {
	case k == w.heard[from]+1, k > w.heard[from] && k <= w.gaps[from]+1:
		w.heard[from] = k
	case k <= w.again[from]:
	default:
		w.t.Errorf("%s heard %s after %d", w.name, text, w.heard[from])
		w.heard[from] = k
	}
}

// Say sends the next message.
func (w *Witness) Say() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said++
	if err := w.conn.Send(fmt.Sprintf(`2["message","%s %d"]`, w.name, w.said)); err != nil {
		w.said--
	}
}

// HasHeard reports whether everything that others have said so far has been heard.
func (w *Witness) HasHeard(others ...*Witness) bool { return w.unheard(others) == "" }

// unheard says what others have said and the witness has not heard.
func (w *Witness) unheard(others []*Witness) (text string) {
	for _, other := range others {
		if w == other {
			continue
		}
		other.mu.Lock()
		said := other.said
		other.mu.Unlock()
		w.mu.Lock()
		heard := w.heard[other.name]
		w.mu.Unlock()
		if heard != said {
			text += fmt.Sprintf("%s at %d has heard %d of %d of %s at %d; ", w.name, w.Node, heard, said, other.name, other.Node)
		}
	}
	return text
}

// ExpectAllHeard waits until all have heard each other.
func ExpectAllHeard(t testing.TB, when string, all []*Witness) {
	t.Helper()
	for deadline := time.Now().Add(wait.Timeout); ; time.Sleep(time.Millisecond) {
		text := ""
		for _, w := range all {
			text += w.unheard(all)
		}
		switch {
		case text == "":
			return
		case time.Now().After(deadline):
			t.Fatalf("not within %v %s: %s", wait.Timeout, when, text)
		}
	}
}

// IsConnected reports whether the connection has not ended.
func (w *Witness) IsConnected() bool {
	select {
	case <-w.over:
		return false
	default:
		return true
	}
}

// LoseNode is for a witness whose node was killed: what it said last may never be heard by
// the others, and what it has heard may come again.
func (w *Witness) LoseNode(others []*Witness) {
	w.LoseConnection(others)
	w.again = maps.Clone(w.heard)
}

// LoseConnection is for a witness whose connection has ended: what it said last may never be
// heard.
func (w *Witness) LoseConnection(others []*Witness) {
	w.conn.Abort()
	<-w.over
	for _, other := range others {
		other.mu.Lock()
		other.gaps[w.name] = w.said
		other.mu.Unlock()
	}
}

// ComeBack is Enter after the end of the connection, and says something.
func (w *Witness) ComeBack(node int, options dialer.Options) {
	w.t.Helper()
	<-w.over
	w.Enter(node, options)
	w.Say()
}
