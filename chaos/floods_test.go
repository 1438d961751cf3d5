package chaos

import (
	"context"
	"strings"
	"time"
)

// floodDeeds send much, within the limits of a session and beyond them: 1,000
// packets and 1 MiB a second, after 2,000 and 4 MiB at once.
var floodDeeds = []deed{
	flood("many packets", strings.Repeat(text(`42["message",1]`), 500)),
	flood("too many packets", strings.Repeat(text(`42["message",1]`), 2500)),
	flood("too many joins", strings.Repeat(text(`42["create or join","flood"]`), 2500)),
	flood("many bytes", strings.Repeat(text(`42["message","`+strings.Repeat("x", 50_000)+`"]`), 20)),
	flood("too many bytes", strings.Repeat(text(`42["message","`+strings.Repeat("x", 60_000)+`"]`), 90)),
	{name: "unread answers", weight: 10, do: unreadAnswers},
}

func flood(name, bytes string) deed {
	return deed{name: name, weight: 10, do: onSocket(func(_ context.Context, _ *client, w *wire) {
		w.put(bytes)
		w.rest(200 * time.Millisecond)
	})}
}

// unreadAnswers asks for much and does not read it.
func unreadAnswers(ctx context.Context, c *client) {
	w, ok := c.socket(ctx, 3)
	if !ok {
		return
	}
	_ = w.SetReadBuffer(4 << 10)
	w.put(strings.Repeat(text(`40/`+strings.Repeat("n", 1000)+`,`), 1000))
	c.pause(ctx, time.Second)
	w.reset()
}
