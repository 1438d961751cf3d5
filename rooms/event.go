package rooms

// Kind is what an Event is about.
type Kind int

// The events of a room, and of its lock.
const (
	Entered   Kind = iota // the answer to Enter; Entry says more
	Joined                // a newcomer has a seat
	Gone                  // a member left
	Away                  // a member lost its socket
	Back                  // a member that was away has a socket again
	Locked                // the room was locked or unlocked
	Knocked               // a newcomer asks to be admitted
	Unknocked             // a newcomer no longer asks
	Admitted              // to the newcomer: enter now
	Denied                // to the newcomer: do not
	Moved                 // to a socket whose seat has moved to another
	Message               // a member sent a message
)

// Event is what happened, to be told to one socket.
type Event[M any] struct {
	Kind   Kind
	Room   string
	ID     string // of the member, or the knock, that it is about
	Name   string
	Locked bool
	Absent bool // of a Gone event: the member was away before
	Legacy bool // the seat that is told was taken with Options.Legacy

	Message M
	Number  uint64 // of the message, from 1 for each seat
	Entry   *Entry // of an Entered event
	size    int    // of the message, in bytes
	arrived bool   // at the client, which need not have handled it
}

// Entry is how somebody entered.
type Entry struct {
	ID, Token string
	Capacity  int
	Locked    bool
	Peers     []Peer // the others, longest in the room first
	Knocks    []Peer // who waits at the door, longest first
	Again     bool   // was in the room with this very socket
	Resumed   bool   // has a seat again that it held before
	Request   any    // of the Options
}

// Accompanied reports whether another member is there, and not away.
func (e *Entry) Accompanied() bool {
	for _, p := range e.Peers {
		if !p.Away {
			return true
		}
	}
	return false
}

// Peer is another member, or somebody who would like to be one.
type Peer struct {
	ID, Name string
	Away     bool
}
