package servertest

import (
	"testing"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/peer"
)

// Ways to connect. The third one starts with polling and upgrades.
const (
	Polling   = dialer.Polling
	WebSocket = dialer.WebSocket
)

// Transports are all three.
var Transports = dialer.Transports

// CloseError has the code with which the server closed a WebSocket.
type CloseError = dialer.CloseError

// Peer is a client whose namespace is connected.
type Peer = peer.Peer

// Dial connects a client to the server at a URL, with Engine.IO 3 or 4.
func Dial(t testing.TB, url string, version int, transport string) *Peer {
	t.Helper()
	return peer.Dial(t, dialer.Options{URL: url + "/socket.io/", Version: version, Transport: transport, TLS: anyCertificate.Clone()})
}
