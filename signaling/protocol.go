package signaling

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"vidchat/internal/engineio/wire"
)

// The events of the protocol; PROTOCOL.md says what they mean. The client has the
// same names in client/src/signaling; a test compares the two.
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

// encodeAck encodes the ack that was asked for under a number.
func encodeAck(ack string, value any) wire.Outgoing {
	return wire.NewMessage("3", ack, encode([]any{value}))
}

// appendValue is encode, with a short way for most strings: names of events and
// ids need no escapes.
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

func restartingEvent(after time.Duration) wire.Outgoing {
	return encodeEvent(eventRestarting, after.Milliseconds())
}

// encodeMessage wraps details, as they came, in a message from a peer. Its number
// is for clients that say what they have seen when they come back; 0 is none.
func encodeMessage(details, from string, number uint64) wire.Outgoing {
	const begin = `2["` + eventMessage + `",`
	if number == 0 {
		return wire.NewMessage(begin, details, `,"`, from, `"]`)
	}
	return wire.NewMessage(begin, details, `,"`, from, `",`, strconv.FormatUint(number, 10), `]`)
}
