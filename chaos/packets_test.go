package chaos

import (
	"context"
	"strings"
)

// packetDeeds are packets that are not as they should be, over a session that
// is in order. They are those of Engine.IO, type and all.
var packetDeeds = []deed{
	bad("unknown packet", "7"),
	bad("no packet", ""),
	bad("packet of another protocol", "GET / HTTP/1.1\r\n\r\n"),
	bad("open", `0{"sid":"x"}`),
	bad("close and more", "1", "1", `42["message",1]`),
	bad("ping", "2", "2", "2probe", "2"+strings.Repeat("x", 200)),
	bad("pong", "3", "3probe", "3"),
	bad("upgrade", "5"),
	bad("noop", "6", "6", "6x"),
	bad("unknown Socket.IO packet", "49"),
	bad("empty message", "4"),
	bad("event without JSON", "42"),
	bad("event cut short", `42["message",{"a":`),
	bad("event without a name", "42[]"),
	bad("event with a name of another kind", "42[1]", "42[null]", "42[{}]"),
	bad("event that is no list", `42{"a":1}`),
	bad("event with endless ack", "42"+strings.Repeat("9", 400)+`["leave"]`),
	bad("answer to nothing", "43[]", "431[]", "439999999999999999999[1]"),
	bad("error", `44"x"`, "44"),
	bad("attachment that never comes", `451-["message",{"_placeholder":true,"num":0}]`),
	bad("many attachments", `4599999999999-["message",{"_placeholder":true,"num":0}]`),
	bad("attachment unannounced", "b4AAEC", "bAAEC"),
	bad("deep JSON", `42["message",`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+"]"),
	bad("deep JSON cut short", `42["message",`+strings.Repeat(`{"a":[`, 5_000)),
	bad("large number", `42["message",`+strings.Repeat("9", 20_000)+"]"),
	bad("invalid UTF-8", "42[\"message\",\"\xff\xfe\"]"),
	bad("half a surrogate", `42["message","\ud800"]`, "42[\"message\",\"\xed\xa0\x80\"]"),
	bad("control characters", "42[\"message\",\"\x00\x1e\x1f\"]"),
	bad("long namespace", "40/"+strings.Repeat("n", 10_000)+","),
	bad("connect again", "40", "40", `40{"token":1}`, "40"),
	bad("disconnect", "41", `42["message",1]`),
	bad("a packet too large", `42["message","`+strings.Repeat("x", 64<<10)+`"]`),
}

func bad(name string, packets ...string) deed {
	return deed{name: "packet: " + name, do: func(_ context.Context, c *client) { _ = c.conn.SendPayload(packets...) }}
}
