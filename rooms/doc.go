// Package rooms tracks who is in which room. A seat belongs to a person, not to
// a connection: it is held for a while after its socket is lost, and its token
// moves it to a new socket.
//
// The package does not use the network: the caller defines what a socket and a
// message are. Each seat has a mailbox of events. All mailboxes are filled under
// one lock, so all members receive the events in the same order. They are drained
// without the lock.
//
// Read registry.go first, then event.go (the events), entry.go and exit.go (how
// seats are taken and freed), relay.go (messages), seat.go and mailbox.go (what is
// kept for a member that is away), lock.go (locks and knocks), and password.go. What
// nodes need that share rooms is in shared.go, state.go (taking a room out, and giving it
// to another registry) and reenter.go (sockets that come back).
package rooms
