// Package engine speaks Engine.IO on the wire, under go-socket.io.
//
// go-socket.io keeps namespaces and dispatches events. What a client sees is
// made here: HTTP long-polling and WebSocket, the upgrade between
// them, the heartbeat, limits and back-pressure, in both dialects that
// socket.io clients speak: Engine.IO 3 (socket.io-client 1.x and 2.x) and
// Engine.IO 4 (3.x and 4.x). The library is archived and does not survive
// hostile input, so a gate stands before its parser, see gate.go.
//
// Read session.go first: a Session is a client's connection, whatever carries it
// at the moment. Then request.go (requests), polling.go, websocket.go and
// upgrade.go (the carriers), inbox.go and outbox.go (who handles what comes in,
// who writes what goes out, and what happens to a slow reader), dialect.go (what
// differs between the two versions), gate.go (what the library may see) and
// link.go (how it sees that).
//
// Protocol facts are those of the engine.io-protocol and socket.io-protocol
// documents (revisions 3 and 4, and 4 and 5) and of the behaviour of
// engine.io 3.4 and 6.6, which is followed where the documents are silent.
package engine
