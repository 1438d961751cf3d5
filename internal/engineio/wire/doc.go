// Package wire turns the bytes of Engine.IO into packets and back: WebSocket
// frames, polling payloads, and what differs between versions 3 and 4 of the
// protocol. It knows no session, no socket and no clock.
//
// Read packet.go first, then frame.go (WebSocket), payload.go (polling) and
// dialect.go (the versions).
//
// The facts are those of the engine.io-protocol document, revisions 3 and 4, of
// RFC 6455 for WebSocket, and of engine.io 3.4 and 6.6 where the documents are
// silent.
package wire
