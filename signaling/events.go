package signaling

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"vidchat/engine"
)

// The events of the protocol; PROTOCOL.md tells what they mean. The client has
// the same names in client/src/signaling; a test compares the two.
const (
	// From clients.
	eventCreateOrJoin = "create or join"
	eventEnter        = "enter"
	eventLeave        = "leave"
	eventLock         = "lock"
	eventAdmit        = "admit"
	eventDeny         = "deny"

	// In both directions.
	eventMessage = "message"
	eventKnock   = "knock"

	// To clients.
	eventCreated    = "created"
	eventJoined     = "joined"
	eventFull       = "full"
	eventBusy       = "busy"
	eventDenied     = "denied"
	eventLocked     = "locked"
	eventJoin       = "join"
	eventBye        = "bye"
	eventAway       = "away"
	eventBack       = "back"
	eventUnknock    = "unknock"
	eventAdmitted   = "admitted"
	eventMoved      = "moved"
	eventInvalid    = "invalid"
	eventRestarting = "restarting"
)

// event encodes a Socket.IO event.
func event(name string, args ...any) engine.Message {
	b := appendValue(append(make([]byte, 0, 128), '['), name)
	for _, arg := range args {
		b = appendValue(append(b, ','), arg)
	}
	return engine.NewMessage("2", string(append(b, ']')))
}

// answer encodes the ack that was asked for under a number.
func answer(ack string, value any) engine.Message {
	return engine.NewMessage("3", ack, encode([]any{value}))
}

// appendValue is encode, with a short way for most strings: names of events
// and ids need no escapes.
func appendValue(b []byte, value any) []byte {
	if text, ok := value.(string); ok && isPlain(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	return append(b, encode(value)...)
}

func isPlain(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || strings.IndexByte(`"\\<>&`, c) >= 0 {
			return false
		}
	}
	return true
}

func encode(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, numbers, lists and our own structs have a JSON form
	}
	return string(b)
}

func restartingEvent(after time.Duration) engine.Message {
	return event(eventRestarting, after.Milliseconds())
}

// relayedEvent wraps details, as they came, in a message from a peer.
func relayedEvent(id, details string) engine.Message {
	return engine.NewMessage(`2["`+eventMessage+`",`, details, `,"`, id, `"]`)
}

// numbered is a relayed event with its number as one more argument.
func numbered(m engine.Message, n uint64) engine.Message {
	return m.Extend(len("]"), ","+strconv.FormatUint(n, 10)+"]")
}
