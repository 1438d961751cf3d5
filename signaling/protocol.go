package signaling

import (
	"encoding/json"
	"strings"
	"time"

	"vidchat/internal/engineio/wire"
)

// Event names. PROTOCOL.md describes the events. A test compares the names with those
// in client/kit/src/signaling.
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

// encodeEvent encodes a Socket.IO event.
func encodeEvent(name string, args ...any) wire.Outgoing {
	b := appendValue(append(make([]byte, 0, 128), '['), name)
	for _, arg := range args {
		b = appendValue(append(b, ','), arg)
	}
	return wire.NewMessage("2", string(append(b, ']')))
}

// encodeAck encodes the ack with a number.
func encodeAck(ack string, value any) wire.Outgoing {
	return wire.NewMessage("3", ack, encode([]any{value}))
}

// appendValue is encode with a fast path for strings that need no escaping, such as
// event names and ids.
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
		panic(err) // cannot happen: these are strings, numbers, lists and our own structs
	}
	return string(b)
}

func restartingEvent(after time.Duration) wire.Outgoing {
	return encodeEvent(eventRestarting, after.Milliseconds())
}
