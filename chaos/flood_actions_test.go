package chaos

import (
	"context"
	"strings"
	"time"
)

// floodActions send much, within and beyond the limits of a session: 1,000 packets and
// 1 MiB per second, with bursts of 2,000 packets and 4 MiB.
var floodActions = []action{
	flood("many packets", strings.Repeat(text(`42["message",1]`), 500)),
	flood("too many packets", strings.Repeat(text(`42["message",1]`), 2500)),
	flood("too many joins", strings.Repeat(text(`42["create or join","flood"]`), 2500)),
	flood("many bytes", strings.Repeat(text(`42["message","`+strings.Repeat("x", 50_000)+`"]`), 20)),
	flood("too many bytes", strings.Repeat(text(`42["message","`+strings.Repeat("x", 60_000)+`"]`), 90)),
	{name: "unread answers", weight: 10, do: unreadAnswers},
}

func flood(name, bytes string) action {
	return action{name: name, weight: 10, do: onWebSocket(func(_ context.Context, _ *client, conn *rawConn) {
		conn.send(bytes)
		conn.drain(200 * time.Millisecond)
	})}
}

// unreadAnswers asks for many answers and reads none.
func unreadAnswers(ctx context.Context, c *client) {
	conn, ok := c.openWebSocket(ctx, 3)
	if !ok {
		return
	}
	_ = conn.SetReadBuffer(4 << 10)
	conn.send(strings.Repeat(text(`40/`+strings.Repeat("n", 1000)+`,`), 1000))
	c.pause(ctx, time.Second)
	conn.reset()
}
