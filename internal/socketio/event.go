package socketio

import (
	"github.com/tidwall/gjson"

	"vidchat/internal/socketio/rawjson"
)

// maxArgs is how many arguments of an event are kept. No event of ours has more,
// and the rest is ignored.
const maxArgs = 4

// Incoming is what a client emits: an array of valid JSON that begins with a string.
// It is borrowed from the buffer it was read into, which is about to hold what
// another client sends. What is kept of it is an Event.
type Incoming struct {
	name, ack []byte
	args      [maxArgs][]byte
	n         int
}

// Is reports whether the event has a name.
func (in Incoming) Is(name string) bool { return rawjson.Says(in.name, name) }

// Args is how many arguments there are.
func (in Incoming) Args() int { return in.n }

// Raw is an argument as it stands in the packet, or nothing if there is none.
func (in Incoming) Raw(i int) []byte {
	if i >= in.n {
		return nil
	}
	return in.args[i]
}

// Event returns the event with strings of its own.
func (in Incoming) Event() Event {
	e := Event{Name: rawjson.Text(in.name), Ack: string(in.ack), n: in.n}
	for i := range e.n {
		e.args[i] = string(in.args[i])
	}
	return e
}

// Event is an event that can be kept.
type Event struct {
	Name string
	Ack  string // the number to answer under, if an answer was asked for
	args [maxArgs]string
	n    int
}

// Args is how many arguments there are.
func (e *Event) Args() int { return e.n }

// Raw is an argument as it stands in the packet, or nothing if there is none.
func (e *Event) Raw(i int) string {
	if i >= e.n {
		return ""
	}
	return e.args[i]
}

// Arg is an argument, or null if there is none.
func (e *Event) Arg(i int) gjson.Result { return gjson.Parse(e.Raw(i)) }

// parseEvent reads the event of a packet.
func parseEvent(p packet) (in Incoming, ok bool) {
	var elements [1 + maxArgs][]byte
	n, ok := rawjson.Split(elements[:], p.json, maxNesting)
	if !ok || n == 0 || !rawjson.IsText(elements[0]) || len(p.ack) > maxAckSize {
		return in, false
	}
	in = Incoming{name: elements[0], ack: p.ack, n: n - 1}
	copy(in.args[:], elements[1:])
	return in, true
}
