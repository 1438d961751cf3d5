package signaling

import (
	"encoding/json"
	"strings"
	"testing"

	"vidchat/internal/engineio"
)

// FuzzConnection sends arbitrary bytes over a real connection, raw or in a frame. The other
// member receives a valid message or nothing, and the server continues.
func FuzzConnection(f *testing.F) {
	for _, seed := range []string{
		`42["message",{"room":"x","sdp":"é😀"}]`, `42["message",{"room":"y"}]`, `42["message",[1e400,-0,"\ud800"]]`, `42["message"]`,
		`42["create or join","y"]`, `42["create or join",null]`, `45999999999999999999-["x"]`, `44`, `40`, `41`, `1`, `2`, `2probe`, `5`, `7`,
		`40/admin,`, `42/,["message",1]`, `4217["message",2]`, "42[\"message\",\"\xff\"]", `42["message",{"a":`, "",
	} {
		f.Add(seed, false)
		f.Add(string(textFrame(seed)), true)
	}
	f.Add("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", true)
	h := start(f, engineio.Config{})
	f.Fuzz(func(t *testing.T, data string, raw bool) {
		h := h.forTest(t)
		for _, version := range []int{3, 4} {
			receiver, sender := h.connectedWebSocket(version), h.connectedWebSocket(7-version)
			receiver.join("x")
			sender.join("x")
			receiver.expectText(`42["join","x"]`)
			if raw {
				_, _ = sender.Write([]byte(data))
			} else {
				_, _ = sender.Write(textFrame(data))
			}
			_ = sender.Close()
			for {
				_, got := receiver.readFrame()
				if strings.HasPrefix(got, `42["bye","x","`) {
					break
				}
				checkReceived(t, got)
			}
			_ = receiver.Close()
			h.awaitEmpty()
		}
	})
}

func checkReceived(t *testing.T, packet string) {
	t.Helper()
	if packet == "2" { // a ping
		return
	}
	var event []json.RawMessage
	text, ok := strings.CutPrefix(packet, `42`)
	if !ok || json.Unmarshal([]byte(text), &event) != nil || len(event) != 3 || string(event[0]) != `"message"` {
		t.Fatalf("the other member received %q", packet)
	}
}
