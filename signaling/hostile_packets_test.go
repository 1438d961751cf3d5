package signaling

import (
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/wait"
)

const (
	invalidRoom    = `2["invalid","create or join","` + reasonRoomName + `"]`
	invalidDetails = `2["invalid","message","` + reasonDetails + `"]`
)

// hostilePackets crash, hang or disconnect a server on go-socket.io alone, or crash the
// original.
var hostilePackets = []struct {
	name, packet string
	answer       string // the beginning of it; empty for none
}{
	{"endless number of attachments", `45999999999999999999-["x"]`, ""},
	{"attachments that never come", `451-["message",{"_placeholder":true,"num":0}]`, ""},
	{"binary ack", `461-1["x"]`, ""},
	{"error", `44`, ""},
	{"error with a reason", `44"x"`, ""},
	{"error for a namespace", `44/admin,"x"`, `4/admin,`},
	{"ack that was not requested", `431["x"]`, ""},
	{"message with an ack number", `4217["message",{}]`, ""},
	{"unknown event with an ack number", `4217["nothing"]`, ""},
	{"unknown Socket.IO type", `49["x"]`, ""},
	{"empty Socket.IO packet", `4`, ""},
	{"event without data", `42`, ""},
	{"event without name", `42[]`, ""},
	{"event named by a number", `42[1,2]`, ""},
	{"event that does not end", `42["message",{"a":`, ""},
	{"data after an event", `42["message",{}]]`, ""},
	{"comma in the name", `42["mess,age",{}]`, ""},
	{"bracket in the name", `42["mess]age",{}]`, ""},
	{"quote in the name", `42["mess\"age",{}]`, ""},
	{"connect again", `40`, `0`},
	{"unknown namespace", `40/admin,`, `4/admin,`},
	{"event to an unknown namespace", `42/admin,["x"]`, `4/admin,`},
	{"endless namespace", `40/` + strings.Repeat("n", 10_000), ""},
	{"deep arrays", `42["message",` + deepArrays, ""},
	{"deep objects", `42["message",` + strings.Repeat(`{"a":`, 10_000), ""},
	{"deep and complete", `42["message",` + deepArrays + strings.Repeat("]", len(deepArrays)) + `]`, ""},
	{"a number beyond float64", `42["message",1e400]`, ""},
	{"half a surrogate pair", `42["message","\ud800"]`, ""},
	{"control character", "42[\"message\",\"\x01\"]", ""},

	{"message without argument", `42["message"]`, invalidDetails},
	{"message of null", `42["message",null]`, ""},
	{"message of a string", `42["message","x"]`, ""},
	{"message whose room is an object", `42["message",{"room":{}}]`, ""},
	{"join of nothing", `42["create or join"]`, invalidRoom},
	{"join of null", `42["create or join",null]`, invalidRoom},
	{"join of a number", `42["create or join",5]`, invalidRoom},
	{"join of true", `42["create or join",true]`, invalidRoom},
	{"join of an array", `42["create or join",["x"]]`, invalidRoom},
	{"join of an object", `42["create or join",{"x":1}]`, invalidRoom},
	{"join of no name", `42["create or join",""]`, invalidRoom},
	{"join of 257 bytes", `42["create or join","` + strings.Repeat("r", 257) + `"]`, invalidRoom},
	{"join of 256 bytes", `42["create or join","` + strings.Repeat("r", 256) + `"]`, `2["created"`},
	{"join of __proto__", `42["create or join","__proto__"]`, `2["created","__proto__"`},
	{"join of constructor", `42["create or join","constructor"]`, `2["created","constructor"`},
	{"join of half a surrogate pair", `42["create or join","\ud800"]`, `2["created","`},
	{"join of markup", `42["create or join","<b>\u0000\n"]`, `2["created","`},

	{"open packet", `0{"sid":"x"}`, ""},
	{"pong without a ping", `3probe`, ""},
	{"upgrade packet over the session itself", `5`, ""},
	{"noop", `6`, ""},
}

var deepArrays = strings.Repeat("[", 30_000)

// After hostile packets, the session continues and no other client notices.
func TestHostilePackets(t *testing.T) {
	forEachTransportOnOneServer(t, engineio.Config{}, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.pair("call " + t.Name())
		for _, test := range hostilePackets {
			p := h.dial(version, transport)
			if err := p.SendPayload(test.packet); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			if test.answer != "" {
				p.ExpectPrefix(test.answer)
			}
			p.ExpectNothing()
			p.Close()
		}
		h.expectAlive()
		a.ExpectNothing()
		b.ExpectNothing()
	})
}

// Packets that end only their own session.
func TestPacketsThatEndTheSession(t *testing.T) {
	tests := []struct{ name, packet string }{
		{"unknown type", "7"}, {"no digit", "x"}, {"empty", ""}, {"goodbye", "1"},
	}
	forEachTransportOnOneServer(t, engineio.Config{}, func(t *testing.T, h *harness, version int, transport string) {
		a, b := h.pair("call " + t.Name())
		if version == 4 {
			tests = append(tests[:4:4], struct{ name, packet string }{"ping of a client", "2"})
		}
		for _, test := range tests {
			p := h.dial(version, transport)
			_ = p.SendPayload(test.packet) // over polling, the response is an error
			select {
			case <-p.Done():
			case <-time.After(wait.Timeout):
				t.Errorf("%s: the session is still open", test.name)
			}
			h.awaitSessionEnd(p.SID)
		}
		h.expectAlive()
		a.ExpectNothing()
		b.ExpectNothing()
	})
}
