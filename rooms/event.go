package rooms

// Kind is the kind of an Event.
type Kind int

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
type Event[M any] struct {
	Kind    Kind
	Room    string
	ID      string // of the member or the knock
	Name    string // of the member or the knock
	Locked  bool
	WasAway bool // of a Left event: the member was away
	Legacy  bool // the socket's client is a legacy one; see Options.Legacy

	Message M
	Number  uint64 // of the message, from 1 for each seat
	Entry   *Entry // of an Entered event
	size    int    // of the message, in bytes
	arrived bool   // at the client, which may not have handled it
}

// Entry is the result of Enter.
type Entry struct {
	ID, Token     string
	Capacity      int
	Locked        bool
	Peers         []Peer // the other members, oldest first
	Knocks        []Peer // that wait for an answer, oldest first
	AlreadyInRoom bool   // on the same socket
	Resumed       bool   // the seat was held before
	Request       any    // from the Options
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
