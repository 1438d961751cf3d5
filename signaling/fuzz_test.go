package signaling

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/engineio"
)

// FuzzConnection sends any bytes over a real connection, as frames or as what
// is in one, and looks at what the other in the room hears of it: valid JSON
// in a form made here, or nothing. The server goes on.
func FuzzConnection(f *testing.F) {
	for _, seed := range []string{
		`42["message",{"room":"x","sdp":"é😀"}]`, `42["message",{"room":"y"}]`, `42["message",[1e400,-0,"\ud800"]]`, `42["message"]`,
		`42["create or join","y"]`, `42["create or join",null]`, `45999999999999999999-["x"]`, `44`, `40`, `41`, `1`, `2`, `2probe`, `5`, `7`,
		`40/admin,`, `42/,["message",1]`, `4217["message",2]`, "42[\"message\",\"\xff\"]", `42["message",{"a":`, "",
	} {
		f.Add(seed, false)
		f.Add(string(frameOf(seed)), true)
	}
	f.Add("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", true)
	h := start(f, engineio.Config{})
	f.Fuzz(func(t *testing.T, data string, raw bool) {
		h := h.in(t)
		for _, version := range []int{3, 4} {
			room := "x"
			hearer, sender := h.connected(version), h.connected(7-version)
			for _, w := range []*rawConn{hearer, sender} {
				w.put(frameOf(fmt.Sprintf(`42["create or join",%q]`, room)))
				_, _ = w.frame()
			}
			hearer.wantText(`42["join","x"]`)
			if raw {
				_, _ = sender.Write([]byte(data))
			} else {
				_, _ = sender.Write(frameOf(data))
			}
			_ = sender.Close()
			for {
				_, got := hearer.frame()
				if strings.HasPrefix(got, `42["bye","x","`) {
					break
				}
				checkHeard(t, got)
			}
			_ = hearer.Close()
			h.empty()
		}
	})
}

func checkHeard(t *testing.T, packet string) {
	t.Helper()
	if packet == "2" { // a ping
		return
	}
	var event []json.RawMessage
	text, ok := strings.CutPrefix(packet, `42`)
	if !ok || json.Unmarshal([]byte(text), &event) != nil || len(event) != 3 || string(event[0]) != `"message"` {
		t.Fatalf("the other heard %q", packet)
	}
}
