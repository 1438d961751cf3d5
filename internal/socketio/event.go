package socketio

import (
	"github.com/tidwall/gjson"

	"vidchat/internal/socketio/rawjson"
)

// maxArgs is how many arguments of an event are kept. No event of ours has more,
// and the rest is ignored.
const maxArgs = 4

// Event is what a client emitted: an array of valid JSON that begins with a
// string. It can be kept: its strings share memory with the packet it came in,
// and with nothing else.
type Event struct {
	Name string
	Ack  string // the number to answer under, if an answer was asked for
	args [maxArgs]string
	n    int
	size int
}

// Size is how many bytes the packet had, all of which are kept with any string of the
// event.
func (e *Event) Size() int { return e.size }

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
func parseEvent(p packet) (e Event, ok bool) {
	var elements [1 + maxArgs]string
	n, ok := rawjson.Split(elements[:], p.json, maxNesting)
	if !ok || n == 0 || !rawjson.IsText(elements[0]) || len(p.ack) > maxAckSize {
		return e, false
	}
	e = Event{Name: rawjson.Text(elements[0]), Ack: p.ack, n: n - 1, size: len(p.json)}
	copy(e.args[:], elements[1:])
	return e, true
}
