// Package rooms knows who is in which room. A seat belongs to a person, not to
// a connection: it outlives the loss of its socket for a while, and moves to a
// new one on presentation of its token.
//
// The package knows nothing of the network. A socket is whatever the caller
// says it is, and a message is whatever it wants relayed. What members hear is
// a sequence of events in the mailbox of each seat; all mailboxes are filled
// under one lock, so their orders agree, and emptied without it.
//
// Read event.go (what members hear), seat.go (mailboxes, and what is kept for
// somebody who is away), enter.go and leave.go (who gets in and out), then
// door.go (lock and knocking).
package rooms
