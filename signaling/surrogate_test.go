package signaling

import (
	"testing"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// A room is the same room wherever it is named, however its name is escaped.
func TestRoomOfUnpairedSurrogates(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, room := range []string{`"\ud800\u0041"`, `"\udc00\ud800"`, `"\ud800\ud83d\ude00"`} {
		a, b := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
		for _, p := range []*peer{a, b} {
			p.send(`2["create or join",` + room + `]`)
			p.next()
		}
		a.next() // join
		a.send(`2["message",{"room":` + room + `}]`)
		sender(t, b.next(), `{"room":`+room+`}`)
	}
}
