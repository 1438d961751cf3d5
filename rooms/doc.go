// Package rooms knows who is in which room. A seat belongs to a person, not to
// a connection: it outlives the loss of its socket for a while, and moves to a
// new one on presentation of its token.
//
// The package knows no network. A socket is whatever the caller says it is, and
// a message is whatever it wants relayed. What members are told is a sequence of
// events in the mailbox of each seat. All mailboxes are filled under one lock,
// so their orders agree, and emptied without it.
//
// Read registry.go first, then event.go (what members are told), entry.go and
// exit.go (who gets in and out), say.go (messages), seat.go and mailbox.go (what
// is kept for a member that is away), and lock.go (lock and knocking).
package rooms
