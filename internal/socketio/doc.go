// Package socketio is a Socket.IO server with one namespace, the root, on the
// transports of package engineio. Events are dispatched in one of two ways: to
// the Handler, as the bytes they came in, or through go-socket.io to functions
// with typed arguments.
//
// go-socket.io is archived and does not survive hostile input, so nothing
// reaches it but what was checked here and is written anew.
//
// Read socket.go first (what a client's packets do), then packet.go and event.go
// (how they are taken apart), and library.go (how go-socket.io sees them).
//
// The facts are those of the socket.io-protocol document, revisions 4 and 5, and
// of socket.io 2.3 and 4.8 where it is silent.
package socketio
