package chaos

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// socketDeeds break the rules of WebSockets, and of the upgrade to them.
var socketDeeds = slices.Concat([]deed{
	frames("not masked", string(ws.MustCompileFrame(ws.NewTextFrame([]byte("3"))))),
	frames("reserved operation", frame(3, true, "")),
	frames("reserved control operation", frame(11, true, "")),
	frames("reserved bits", "\xf1\x80\x01\x02\x03\x04"),
	frames("continuation of nothing", frame(ws.OpContinuation, true, "x")),
	frames("message amid a message", frame(ws.OpText, false, "3"), text("3")),
	frames("fragmented ping", frame(ws.OpPing, false, "")),
	frames("long ping", frame(ws.OpPing, true, strings.Repeat("p", 126))),
	frames("many pings", strings.Repeat(frame(ws.OpPing, true, "p"), 100)),
	frames("pong", frame(ws.OpPong, true, "")),
	frames("64 MiB announced", "\x81\xff\x00\x00\x00\x00\x04\x00\x00\x00\x01\x02\x03\x04", strings.Repeat("x", 10_000)),
	frames("2^63 announced", "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"),
	frames("fragments without end", frame(ws.OpText, false, "4"),
		strings.Repeat(frame(ws.OpContinuation, false, strings.Repeat("x", 4096)), 20)),
	frames("empty fragments", frame(ws.OpText, false, "4"), strings.Repeat(frame(ws.OpContinuation, false, ""), 500)),
	frames("invalid UTF-8 in a frame", text("42[\"message\",\"\xff\"]")),
	frames("binary", frame(ws.OpBinary, true, "\x042[\"message\",{}]")),
	frames("close", frame(ws.OpClose, true, "\x03\xe8bye")),
	frames("close with half a code", frame(ws.OpClose, true, "\x03")),
	frames("close and more", frame(ws.OpClose, true, "\x03\xe8"), text(`42["message",1]`)),
	frames("nonsense", strings.Repeat("\xff\x00\x81", 100)),
	frames("half a frame", "\x81\xfe\x10"),
	{name: "half a frame, then a reset", do: onSocket(func(_ context.Context, _ *client, w *wire) {
		w.put("\x81\xfe\x10\x00\x01\x02\x03\x04abc")
		w.reset()
	})},
	{name: "reset a WebSocket", do: onSocket(func(_ context.Context, _ *client, w *wire) { w.reset() })},
	{name: "close half of a WebSocket", do: onSocket(func(_ context.Context, _ *client, w *wire) {
		_ = w.CloseWrite()
		w.rest(time.Second)
	})},
	{name: "stall on a WebSocket", do: onSocket(func(ctx context.Context, c *client, _ *wire) { c.pause(ctx, 2*time.Second) })},
	{name: "frame byte by byte", do: onSocket(func(ctx context.Context, c *client, w *wire) {
		for _, b := range []byte(text(`42["message",1]`)) {
			w.put(string([]byte{b}))
			c.pause(ctx, 20*time.Millisecond)
		}
	})},
	{name: "a second WebSocket of the session", do: func(ctx context.Context, c *client) {
		if w, err := newWire(ctx, c.address); err == nil && w.socket(c.version, c.conn.SID) == nil {
			w.put(text("2probe"))
			w.rest(100 * time.Millisecond)
		}
	}},
}, []deed{
	upgrade("upgrade, abandoned at once"),
	upgrade("upgrade, abandoned after the probe", text("2probe")),
	upgrade("upgrade without probe", text("5")),
	upgrade("upgrade twice", text("2probe"), text("5"), text("5")),
	upgrade("probe twice", text("2probe"), text("2probe")),
	upgrade("message instead of a probe", text(`42["message",1]`)),
	upgrade("upgrade and close", text("2probe"), text("5"), frame(ws.OpClose, true, "\x03\xe8")),
	upgrade("upgrade with nonsense", strings.Repeat("\xff", 20)),
})

func onSocket(do func(ctx context.Context, c *client, w *wire)) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		if w, ok := c.socket(ctx, c.dialect()); ok {
			do(ctx, c, w)
		}
	}
}

// frames sends bytes to a WebSocket, and looks for an answer.
func frames(name string, parts ...string) deed {
	return deed{name: "frame: " + name, do: onSocket(func(ctx context.Context, c *client, w *wire) {
		w.put(parts...)
		w.rest(100 * time.Millisecond)
	})}
}

// upgrade sends bytes to a WebSocket that is to take over a session, in which
// a poll may hang, and leaves it in some way.
func upgrade(name string, parts ...string) deed {
	do := func(ctx context.Context, c *client, _ *wire, q string) {
		w, err := newWire(ctx, c.address)
		version, sid := 3, q[strings.LastIndex(q, "=")+1:]
		if strings.Contains(q, "EIO=4") {
			version = 4
		}
		if err != nil || w.socket(version, sid) != nil {
			return
		}
		w.put(parts...)
		pick(c, w.reset, func() { w.rest(100 * time.Millisecond) }, func() { _ = w.CloseWrite() })()
	}
	return deed{name: name, do: func(ctx context.Context, c *client) {
		pick(c, polling(do), posting(do))(ctx, c)
	}}
}
