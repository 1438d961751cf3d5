// Package engineio is an Engine.IO server: sessions that are carried by HTTP
// long-polling, by a WebSocket, or by the one and then the other. It speaks both
// versions that socket.io clients speak, 3 (socket.io-client 1.x and 2.x) and 4
// (3.x and 4.x), keeps the heartbeat, and bounds what clients may do.
//
// Read session.go first, then server.go and request.go (what requests do),
// polling.go, post.go, websocket.go and upgrade.go (the transports), inbox.go
// (who handles what clients send), outbox.go (who writes what they are sent, and
// what happens to a slow reader), heartbeat.go, delivery.go (what is known to
// have arrived), close.go and shutdown.go (how it ends).
//
// Bytes are taken apart by package wire, and sockets are read by package
// netpoll. What messages mean is the business of a Handler; see package
// socketio.
package engineio
