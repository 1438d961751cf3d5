package signaling

import (
	"sync"
	"sync/atomic"

	"vidchat/internal/socketio"
)

// participant is the connection of a client that may have a seat.
type participant struct {
	*socketio.Socket         // nil if the client is on another node
	remote           *remote // nil unless it is
	// member is its seat in a room that another node owns, or nil.
	member atomic.Pointer[membership]
	// knocking is the room of another node at which it waits, or nil.
	knocking atomic.Pointer[knocking]
	number   atomic.Uint64 // what other nodes call it; 0 for nothing
	// sentFirstEvent means that the client can no longer claim the seat of an earlier
	// session by its cookie. Only the goroutine that handles its events uses it.
	sentFirstEvent bool
	// probing means that its event handler waits for the answers of other members, so
	// its own silence proves nothing.
	probing atomic.Bool

	probeMu   sync.Mutex // guards lastProbe
	lastProbe *probe     // nil before the first
}

// entryRequest says how to answer an entry. It travels with the request.
type entryRequest struct {
	ack      string // the number of the ack that the client asked for, if any
	noAnswer bool   // the client did not ask to enter
}
