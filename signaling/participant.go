package signaling

import (
	"sync/atomic"

	"vidchat/internal/socketio"
)

// participant is the connection of a client that may have a seat.
type participant struct {
	*socketio.Socket
	// spoke is that it has sent an event. Only who handles its events uses it.
	spoke bool
	// probing is that it waits for other members to show that they are there, and
	// so cannot show that it is there itself.
	probing atomic.Bool
}

// entryRequest is how an entry is to be answered. It travels with the request.
type entryRequest struct {
	ack    string // the number to answer under, if the client asked for an answer
	silent bool   // the client does not know that it has entered, and is not told
}
