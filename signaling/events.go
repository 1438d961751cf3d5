package signaling

import (
	"encoding/json"
	"strconv"
	"time"

	"vidchat/engine"
)

// The events of the protocol. client/src/lib/events.ts has the same names; a
// test compares the two.
const (
	eventCreateOrJoin = "create or join" // client: room
	eventMessage      = "message"        // client: details; server: details, public id of the sender
	eventCreated      = "created"        // server: room, own socket id
	eventJoin         = "join"           // server: room
	eventJoined       = "joined"         // server: room, own socket id
	eventFull         = "full"           // server: room
	eventBusy         = "busy"           // server: room; there are too many rooms
	eventBye          = "bye"            // server: room, public id of who left
	eventInvalid      = "invalid"        // server: event, reason
	eventRestarting   = "restarting"     // server: milliseconds
)

// event encodes a Socket.IO event whose arguments are strings.
func event(name string, args ...string) engine.Message {
	packet := append([]byte("2["), quote(name)...)
	for _, arg := range args {
		packet = append(packet, ',')
		packet = append(packet, quote(arg)...)
	}
	return engine.NewMessage(string(append(packet, ']')))
}

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // every string has a JSON form
	}
	return b
}

func restartingEvent(after time.Duration) engine.Message {
	ms := strconv.FormatInt(after.Milliseconds(), 10)
	return engine.NewMessage(`2["`+eventRestarting+`",`, ms, `]`)
}

// relayedEvent wraps details, as they came, in a message from a peer.
func relayedEvent(from *engine.Session, details string) engine.Message {
	return from.NewMessage(`2["`+eventMessage+`",`, details, `,"`, from.PublicID(), `"]`)
}
