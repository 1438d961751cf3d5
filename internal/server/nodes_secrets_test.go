package server_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/servertest"
)

// Whoever reads all of Redis, and all that goes through it, learns nothing of a call:
// no room, token, proof, address, name or description. And nothing stays for ever.
func TestRedisLearnsNothing(t *testing.T) {
	t.Parallel() // it mostly waits
	shared, nodes := startNodes(t, 2)
	b := others(t, nodes)
	stop := shared.Monitor()
	const room, name, secret = "a-room-nobody-knows", "Name Of A Person", "v=0 description"
	proof := strings.Repeat("Pf", 22)
	var ids []string
	token := ""
	for _, transport := range servertest.Transports {
		url := b.URL
		if transport == servertest.WebSocket {
			url = nodes[1].URL // so that members of the call are at both
		}
		p := servertest.Dial(t, url, 4, transport)
		p.MustSend(fmt.Sprintf(`20["enter",%q,{"name":%q,"capacity":4,"proof":%q}]`, room, name, proof))
		answer := p.Next()
		for !strings.HasPrefix(answer, "30") { // what the members before say
			answer = p.Next()
		}
		_, rest, _ := strings.Cut(answer, `"seat":"`)
		if token, _, _ = strings.Cut(rest, `"`); token == "" {
			t.Fatalf("entering is answered with %s", answer)
		}
		p.MustSend(fmt.Sprintf(`2["message",{"sdp":%q,"room":%q}]`, secret, room))
		ids = append(ids, p.ID, p.SID)
	}
	old := servertest.Dial(t, b.URL, 3, servertest.Polling)
	old.Join(room + "-2")
	old.MustSend(fmt.Sprintf(`2["message",{"sdp":%q,"room":%q}]`, secret, room))
	wait.Until(t, "requests were forwarded", func() bool {
		return !strings.Contains(nodes[1].Admin.Ask("GET", "/metrics").Text, `vidchat_forwarded_requests_total{kind="post",result="answered"} 0`)
	})

	var all strings.Builder
	for _, key := range shared.Dump() {
		fmt.Fprintln(&all, key.Name, key.Value)
		if key.TTL == "-1" {
			t.Errorf("%s stays for ever", key.Name)
		}
	}
	seen := stop()
	if !strings.Contains(seen, "PUBLISH") || all.Len() < 50 {
		t.Fatalf("Redis has seen too little: %d, %d", len(seen), all.Len())
	}
	all.WriteString(seen)
	for what, text := range map[string]string{
		"room": room, "name": name, "description": secret, "token": token, "proof": proof[:20], "a field": "transport=", "a session": ids[1],
		"another session": old.SID, "client address": "X-Forwarded", "secret": "at least sixteen",
	} {
		for _, form := range []string{text, hex.EncodeToString([]byte(text)), base64.RawStdEncoding.EncodeToString([]byte(text))[:len(text)]} {
			if strings.Contains(all.String(), form) {
				t.Errorf("Redis has seen a %s: %s", what, form)
			}
		}
	}
}
