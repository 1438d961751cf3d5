package chaos

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// socketActions break the rules of WebSockets and of the upgrade to them.
var socketActions = slices.Concat([]action{
	sendFrames("unmasked", string(ws.MustCompileFrame(ws.NewTextFrame([]byte("3"))))),
	sendFrames("reserved opcode", frame(3, true, "")),
	sendFrames("reserved control opcode", frame(11, true, "")),
	sendFrames("reserved bits", "\xf1\x80\x01\x02\x03\x04"),
	sendFrames("continuation without a start", frame(ws.OpContinuation, true, "x")),
	sendFrames("message within a message", frame(ws.OpText, false, "3"), text("3")),
	sendFrames("fragmented ping", frame(ws.OpPing, false, "")),
	sendFrames("long ping", frame(ws.OpPing, true, strings.Repeat("p", 126))),
	sendFrames("many pings", strings.Repeat(frame(ws.OpPing, true, "p"), 100)),
	sendFrames("pong", frame(ws.OpPong, true, "")),
	sendFrames("64 MiB announced", "\x81\xff\x00\x00\x00\x00\x04\x00\x00\x00\x01\x02\x03\x04", strings.Repeat("x", 10_000)),
	sendFrames("2^63 announced", "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"),
	sendFrames("endless fragments", frame(ws.OpText, false, "4"),
		strings.Repeat(frame(ws.OpContinuation, false, strings.Repeat("x", 4096)), 20)),
	sendFrames("empty fragments", frame(ws.OpText, false, "4"), strings.Repeat(frame(ws.OpContinuation, false, ""), 500)),
	sendFrames("invalid UTF-8 in a frame", text("42[\"message\",\"\xff\"]")),
	sendFrames("binary", frame(ws.OpBinary, true, "\x042[\"message\",{}]")),
	sendFrames("close", frame(ws.OpClose, true, "\x03\xe8bye")),
	sendFrames("close with half a code", frame(ws.OpClose, true, "\x03")),
	sendFrames("close and another frame", frame(ws.OpClose, true, "\x03\xe8"), text(`42["message",1]`)),
	sendFrames("nonsense", strings.Repeat("\xff\x00\x81", 100)),
	sendFrames("half a frame", "\x81\xfe\x10"),
	{name: "half a frame, then a reset", do: onWebSocket(func(_ context.Context, _ *client, conn *rawConn) {
		conn.send("\x81\xfe\x10\x00\x01\x02\x03\x04abc")
		conn.reset()
	})},
	{name: "reset a WebSocket", do: onWebSocket(func(_ context.Context, _ *client, conn *rawConn) { conn.reset() })},
	{name: "half-close a WebSocket", do: onWebSocket(func(_ context.Context, _ *client, conn *rawConn) {
		_ = conn.CloseWrite()
		conn.drain(time.Second)
	})},
	{name: "stall on a WebSocket", do: onWebSocket(func(ctx context.Context, c *client, _ *rawConn) { c.pause(ctx, 2*time.Second) })},
	{name: "frame byte by byte", do: onWebSocket(func(ctx context.Context, c *client, conn *rawConn) {
		for _, b := range []byte(text(`42["message",1]`)) {
			conn.send(string([]byte{b}))
			c.pause(ctx, 20*time.Millisecond)
		}
	})},
	{name: "second WebSocket for a session", do: func(ctx context.Context, c *client) {
		if conn, err := dialRaw(ctx, c.address); err == nil && conn.upgrade(c.version, c.conn.SID) == nil {
			conn.send(text("2probe"))
			conn.drain(100 * time.Millisecond)
		}
	}},
}, []action{
	upgradeWith("upgrade, abandoned at once"),
	upgradeWith("upgrade, abandoned after the probe", text("2probe")),
	upgradeWith("upgrade without probe", text("5")),
	upgradeWith("upgrade twice", text("2probe"), text("5"), text("5")),
	upgradeWith("probe twice", text("2probe"), text("2probe")),
	upgradeWith("message instead of a probe", text(`42["message",1]`)),
	upgradeWith("upgrade and close", text("2probe"), text("5"), frame(ws.OpClose, true, "\x03\xe8")),
	upgradeWith("upgrade with nonsense", strings.Repeat("\xff", 20)),
})

func onWebSocket(do func(ctx context.Context, c *client, conn *rawConn)) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		if conn, ok := c.openWebSocket(ctx, c.dialect()); ok {
			do(ctx, c, conn)
		}
	}
}

// sendFrames sends bytes over a WebSocket and waits briefly for an answer.
func sendFrames(name string, parts ...string) action {
	return action{name: "frame: " + name, do: onWebSocket(func(ctx context.Context, c *client, conn *rawConn) {
		conn.send(parts...)
		conn.drain(100 * time.Millisecond)
	})}
}

// upgradeWith opens a WebSocket to upgrade a session, in which a poll may be pending,
// sends bytes and closes it in some way.
func upgradeWith(name string, parts ...string) action {
	do := func(ctx context.Context, c *client, _ *rawConn, q string) {
		conn, err := dialRaw(ctx, c.address)
		version, sid := 3, q[strings.LastIndex(q, "=")+1:]
		if strings.Contains(q, "EIO=4") {
			version = 4
		}
		if err != nil || conn.upgrade(version, sid) != nil {
			return
		}
		conn.send(parts...)
		pick(c, conn.reset, func() { conn.drain(100 * time.Millisecond) }, func() { _ = conn.CloseWrite() })()
	}
	return action{name: name, do: func(ctx context.Context, c *client) {
		pick(c, polling(do), posting(do))(ctx, c)
	}}
}
