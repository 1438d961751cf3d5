package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/peer"
	"vidchat/internal/ice"
	"vidchat/internal/servertest"
)

// enter gives every caller credentials, but however often an address asks, and
// with however many sessions, it gets no more than a few, of as few users.
func TestEnterMintsNoCredentialsWithoutEnd(t *testing.T) {
	s := servertest.Start(t, map[string]string{
		"TRUST_PROXY": "true", "TURN_SERVER_URL": "t.example", "TURN_SECRET": "north-of-the-wall", "CREDENTIALS_PER_ADDRESS": "0.1/1",
	})
	users := make(map[string]map[string]bool) // by address
	for session := range 12 {
		address := []string{"192.0.2.1", "192.0.2.2"}[session%2]
		p := peer.Dial(t, dialer.Options{
			URL: s.URL + "/socket.io/", Version: 4, Transport: dialer.WebSocket, Header: http.Header{"X-Forwarded-For": {address}},
		})
		if users[address] == nil {
			users[address] = make(map[string]bool)
		}
		own := make(map[string]bool)
		for range 20 {
			p.MustSend(`21["enter","room",{"capacity":8}]`)
			text := p.Next()
			for !strings.HasPrefix(text, "31") { // others who come and go
				text = p.Next()
			}
			var acks []struct{ ICEServers []ice.Server }
			if err := json.Unmarshal([]byte(text[2:]), &acks); err != nil {
				t.Fatal(err)
			}
			if acks[0].ICEServers[0].Credential == "" {
				t.Errorf("session %d got no credentials: %s", session, text)
			}
			_, user, _ := strings.Cut(acks[0].ICEServers[0].Username, ":")
			own[user], users[address][user] = true, true
		}
		if len(own) != 1 {
			t.Errorf("session %d is %d users", session, len(own))
		}
		p.Close()
	}
	for address, of := range users {
		if len(of) > 4 {
			t.Errorf("%s is %d users", address, len(of))
		}
		for user := range of {
			if address != "192.0.2.1" && users["192.0.2.1"][user] {
				t.Errorf("two addresses are the same user %s", user)
			}
		}
	}
}
