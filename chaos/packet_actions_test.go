package chaos

import (
	"context"
	"strings"
)

// packetActions send invalid or unexpected Engine.IO packets over a valid session.
var packetActions = []action{
	sendPackets("unknown packet", "7"),
	sendPackets("no packet", ""),
	sendPackets("HTTP instead of a packet", "GET / HTTP/1.1\r\n\r\n"),
	sendPackets("open", `0{"sid":"x"}`),
	sendPackets("close and more", "1", "1", `42["message",1]`),
	sendPackets("ping", "2", "2", "2probe", "2"+strings.Repeat("x", 200)),
	sendPackets("pong", "3", "3probe", "3"),
	sendPackets("upgrade", "5"),
	sendPackets("noop", "6", "6", "6x"),
	sendPackets("unknown Socket.IO packet", "49"),
	sendPackets("empty message", "4"),
	sendPackets("event without JSON", "42"),
	sendPackets("event cut short", `42["message",{"a":`),
	sendPackets("event without a name", "42[]"),
	sendPackets("event whose name is not a string", "42[1]", "42[null]", "42[{}]"),
	sendPackets("event that is not an array", `42{"a":1}`),
	sendPackets("event with endless ack", "42"+strings.Repeat("9", 400)+`["leave"]`),
	sendPackets("ack of nothing", "43[]", "431[]", "439999999999999999999[1]"),
	sendPackets("error", `44"x"`, "44"),
	sendPackets("attachment that never arrives", `451-["message",{"_placeholder":true,"num":0}]`),
	sendPackets("many attachments", `4599999999999-["message",{"_placeholder":true,"num":0}]`),
	sendPackets("unannounced attachment", "b4AAEC", "bAAEC"),
	sendPackets("deep JSON", `42["message",`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+"]"),
	sendPackets("deep JSON cut short", `42["message",`+strings.Repeat(`{"a":[`, 5_000)),
	sendPackets("large number", `42["message",`+strings.Repeat("9", 20_000)+"]"),
	sendPackets("invalid UTF-8", "42[\"message\",\"\xff\xfe\"]"),
	sendPackets("lone surrogate", `42["message","\ud800"]`, "42[\"message\",\"\xed\xa0\x80\"]"),
	sendPackets("control characters", "42[\"message\",\"\x00\x1e\x1f\"]"),
	sendPackets("long namespace", "40/"+strings.Repeat("n", 10_000)+","),
	sendPackets("connect again", "40", "40", `40{"token":1}`, "40"),
	sendPackets("disconnect", "41", `42["message",1]`),
	sendPackets("packet that is too large", `42["message","`+strings.Repeat("x", 64<<10)+`"]`),
}

func sendPackets(name string, packets ...string) action {
	return action{name: "packet: " + name, do: func(_ context.Context, c *client) { _ = c.conn.SendPayload(packets...) }}
}
