package signaling

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// takeovers is how often the owner of a room changes in TestTakeoversUnderLoad. It is more
// in make soak.
func takeovers(t *testing.T) int {
	text := os.Getenv("TAKEOVERS")
	if text == "" {
		return 6
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TAKEOVERS: %v", err)
	}
	return n
}

// witness is a member that speaks all the time, and checks what it hears.
type witness struct {
	t    *testing.T
	name string
	conn *dialer.Conn
	node int
	seat string
	id   string

	mu     sync.Mutex // guards the fields below
	last   int        // number of the last message
	heard  map[string]int
	unsure bool            // its node was lost, so it may hear again what it has heard
	gaps   map[string]bool // whose node was lost, so that the last they said may be too
	said   int
	ready  chan map[string]any // the ack of enter
	ended  chan struct{}
}

// enter connects to a node and enters the room, again if it has a seat.
func (w *witness) enter(n *nodes, node int) {
	w.t.Helper()
	c, err := dialer.Dial(wait.Context(w.t), n.all[node].options(4, dialer.WebSocket))
	if err != nil {
		w.t.Fatalf("%s cannot connect: %v", w.name, err)
	}
	w.mu.Lock()
	w.conn, w.node, w.ready, w.ended = c, node, make(chan map[string]any, 1), make(chan struct{})
	options := map[string]any{"capacity": 4, "name": w.name}
	if w.seat != "" {
		options["seat"], options["seen"] = w.seat, w.last
	}
	w.mu.Unlock()
	go w.read(c, w.ready, w.ended)
	if err := c.SendPayload("40", "427"+encode([]any{"enter", "room", options})); err != nil {
		w.t.Fatalf("%s cannot enter: %v", w.name, err)
	}
	select {
	case ack := <-w.ready:
		if ack["ok"] != true {
			w.t.Fatalf("%s may not enter: %v", w.name, ack)
		}
		w.seat, w.id = ack["seat"].(string), ack["id"].(string)
	case <-wait.Context(w.t).Done():
		w.t.Fatalf("%s got no answer", w.name)
	}
}

// read reads what the witness receives.
func (w *witness) read(c *dialer.Conn, ready chan map[string]any, ended chan struct{}) {
	defer close(ended)
	for {
		packet, err := c.Receive(context.Background())
		if err != nil {
			return
		}
		if text, ok := strings.CutPrefix(packet, "37"); ok {
			var acks []map[string]any
			_ = json.Unmarshal([]byte(text), &acks)
			w.noteAck(acks[0])
			ready <- acks[0]
			continue
		}
		var values []any
		if text, ok := strings.CutPrefix(packet, "2"); ok && json.Unmarshal([]byte(text), &values) == nil && values[0] == "message" {
			w.hear(values[1].(string), int(values[3].(float64)))
		}
	}
}

func (w *witness) noteAck(ack map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if peers, _ := ack["peers"].([]any); len(peers) > 3 {
		w.t.Errorf("%s sees %d others in a room of 4", w.name, len(peers))
	}
	if ack["resumed"] != true {
		w.last = 0
	}
}

func (w *witness) hear(text string, number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number != w.last+1 {
		w.t.Errorf("%s got message %d after %d: %s", w.name, number, w.last, text)
	}
	w.last = number
	from, count, _ := strings.Cut(text, " ")
	k, _ := strconv.Atoi(count)
	switch {
	case k == w.heard[from]+1, k > w.heard[from] && w.gaps[from]:
		delete(w.gaps, from)
		w.heard[from] = k
	case w.unsure && k <= w.heard[from]:
	default:
		w.t.Errorf("%s heard %s after %d", w.name, text, w.heard[from])
		w.heard[from] = k
	}
}

func (w *witness) say() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said++
	if err := w.conn.Send(event("message", fmt.Sprintf("%s %d", w.name, w.said))); err != nil {
		w.said--
	}
}

func (w *witness) hasHeard(other *witness) bool {
	other.mu.Lock()
	said := other.said
	other.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard[other.name] == said
}

// Whatever happens to the owners of a room, its members hear each other: every message once
// and in order, and nobody else gets a seat. Only those whose own node is gone have to come
// back, and may hear again what they have heard.
func TestTakeoversUnderLoad(t *testing.T) {
	n := startNodes(t, 4)
	rng := rand.New(rand.NewPCG(1, 2))
	witnesses := make([]*witness, 4)
	for i := range witnesses {
		witnesses[i] = &witness{t: t, name: string('A' + rune(i)), heard: make(map[string]int), gaps: make(map[string]bool)}
		witnesses[i].enter(n, i%len(n.all))
		t.Cleanup(func() { witnesses[i].conn.Abort() })
	}
	dead := make(map[int]bool)
	for round := range takeovers(t) {
		for range 2 { // what is not confirmed yet must not exceed what is kept for a seat
			for _, w := range witnesses {
				w.say()
			}
		}
		owner := n.indexOf(n.cloud.ownerOf("room"))
		kind := rng.IntN(3)
		var stopped chan struct{}
		switch kind {
		case 0: // its node is gone for good
			n.links[owner].cutOff()
			dead[owner] = true
		case 1: // it was only asleep
			n.links[owner].cutOff()
		case 2: // it stops in order
			h, link := n.all[owner], n.links[owner]
			stopped = make(chan struct{})
			done := stopped
			go func() {
				defer close(done)
				_ = h.Shutdown(context.WithoutCancel(t.Context()))
				link.leave()
			}()
			t.Cleanup(func() { <-done })
			dead[owner] = true
		}
		for range 2 { // what is not confirmed yet must not exceed what is kept for a seat
			for _, w := range witnesses {
				if w.node != owner {
					w.say()
				}
			}
		}
		if dead[owner] {
			n.add()
			if stopped != nil { // clients return half a second after "restarting" at the earliest
				<-stopped
			}
			for _, w := range witnesses {
				if w.node == owner {
					w.comeBack(n, kind == 0, witnesses, (len(n.all)-1+rng.IntN(2)*(len(n.all)-2))%len(n.all), dead)
				}
			}
		}
		wait.Until(t, "the room has another owner", func() bool { return n.cloud.ownerOf("room") != n.links[owner].name })
		if kind == 1 {
			n.links[owner].heal()
			wait.Until(t, "the node serves again", n.links[owner].Serving)
		}
		for _, w := range witnesses {
			for _, other := range witnesses {
				if w != other {
					wait.Until(t, fmt.Sprintf("in round %d of kind %d, %s has heard %s", round, kind, w.name, other.name), func() bool { return w.hasHeard(other) })
				}
			}
		}
	}
}

// comeBack connects to another node after the end of its own. If that was killed, what it
// said last may not have been heard.
func (w *witness) comeBack(n *nodes, killed bool, all []*witness, node int, dead map[int]bool) {
	for dead[node] {
		node = (node + 1) % len(n.all)
	}
	if killed {
		w.conn.Abort()
		w.unsure = true
		for _, other := range all {
			other.mu.Lock()
			other.gaps[w.name] = true
			other.mu.Unlock()
		}
	}
	<-w.ended
	w.enter(n, node)
	w.say()
}

func (n *nodes) indexOf(name string) int {
	for i, link := range n.links {
		if link.name == name {
			return i
		}
	}
	n.t.Fatalf("no node has the room")
	return 0
}
