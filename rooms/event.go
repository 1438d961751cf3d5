package rooms

// Kind is the kind of an Event.
type Kind uint8

// The kinds of events.
const (
	Entered   Kind = iota // the answer to Enter; see Entry
	Joined                // a new member has a seat
	Left                  // a member left
	Away                  // a member lost its socket
	Back                  // a member that was away has a socket again
	Locked                // the room was locked or unlocked
	Knocked               // someone asks to be admitted
	Unknocked             // that request was answered or withdrawn
	Admitted              // your knock was admitted: enter now
	Denied                // your knock was denied
	Moved                 // your seat has moved to another socket
	Message               // a member sent a message
)

// Event is something that happened, for one socket.
type Event[M Content[M]] struct {
	Kind    Kind
	Locked  bool
	WasAway bool // of a Left event: the member was away
	WasSent bool // to an earlier socket of its seat, by which it may have arrived
	Legacy  bool // the socket's client is a legacy one; see Options.Legacy
	arrived bool // at the client, which may not have handled it
	owned   bool // the message is a copy that belongs to whoever has the event
	Room    string
	ID      string // of the member or the knock
	Name    string // of the member or the knock

	Message M
	Number  uint64 // of the message, from 1 for each seat
	Origin  Origin // of the message, if rooms are shared
	Entry   *Entry // of an Entered event
}

// Origin tells the messages of a member apart on all nodes. A stream is a number
// for one connection of a member, and its messages count from 1. A stream of 0 is none.
type Origin struct{ Stream, Number uint64 }

// keep returns the event with a message of its own.
func (e Event[M]) keep() Event[M] {
	if e.Kind == Message && !e.owned {
		e.Message, e.owned = e.Message.Copy(), true
	}
	return e
}

// free is for an event that nobody will be sent any longer.
func (e Event[M]) free() {
	if e.owned {
		e.Message.Free()
	}
}

// size is how many bytes of a message the event has.
func (e Event[M]) size() int {
	if e.Kind != Message {
		return 0
	}
	return e.Message.Size()
}

// Entry is the result of Enter.
type Entry struct {
	ID, Token     string
	Capacity      int
	Locked        bool
	Peers         []Peer            // the other members, oldest first
	Knocks        []Peer            // that wait for an answer, oldest first
	AlreadyInRoom bool              // on the same socket
	Resumed       bool              // the seat was held before
	Request       any               // from the Options
	Number        uint64            // of the last message of the seat that is not sent again
	Given         map[uint64]uint64 // if rooms are shared: by stream, the last message that is not sent
}

// HasPresentPeer reports whether another member has a socket.
func (e *Entry) HasPresentPeer() bool {
	for _, p := range e.Peers {
		if !p.Away {
			return true
		}
	}
	return false
}

// Peer is another member, or a knock.
type Peer struct {
	ID, Name string
	Away     bool
}
