package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// requestDeeds are requests that nobody should make. Each opens a session of
// its own, whose name may be left behind.
var requestDeeds = []deed{
	{name: "handshake alone", do: func(ctx context.Context, c *client) { c.fresh(ctx, c.dialect()) }},
	{name: "abort a poll", do: polling(func(_ context.Context, c *client, w *wire, _ string) { w.Close() })},
	{name: "reset a poll", do: polling(func(_ context.Context, c *client, w *wire, _ string) { w.reset() })},
	{name: "close half of a poll", do: polling(func(_ context.Context, c *client, w *wire, _ string) {
		_ = w.CloseWrite()
		w.rest(time.Second)
	})},
	{name: "poll twice", do: polling(func(ctx context.Context, c *client, w *wire, q string) {
		if second, err := newWire(ctx, c.address); err == nil {
			second.request(http.MethodGet, q)
			second.rest(time.Second)
		}
	})},
	{name: "pipeline polls", do: polling(func(_ context.Context, _ *client, w *wire, q string) {
		w.request(http.MethodGet, q)
		w.request(http.MethodGet, q)
		w.rest(time.Second)
	})},
	{name: "bytes behind a poll", do: polling(func(_ context.Context, c *client, w *wire, _ string) {
		w.put(pick(c, "x", "\x16\x03\x01\x02\x00", strings.Repeat("\r\n", 500)))
		w.rest(time.Second)
	})},
	{name: "post twice", do: postTwice},
	{name: "slow body", do: slowBody},
	{name: "body that stops", do: posting(func(ctx context.Context, c *client, w *wire, q string) {
		w.request(http.MethodPost, q, "Content-Length: 1000")
		w.put("1:")
		c.pause(ctx, time.Second)
		pick(c, w.reset, func() { _ = w.CloseWrite() }, func() {})()
	})},
	{name: "huge body, announced", do: posting(func(_ context.Context, _ *client, w *wire, q string) {
		w.request(http.MethodPost, q, "Content-Length: 67108864")
		w.rest(time.Second)
	})},
	{name: "huge body, in chunks", weight: 4, do: posting(func(_ context.Context, _ *client, w *wire, q string) {
		w.request(http.MethodPost, q, "Transfer-Encoding: chunked")
		for range 20 {
			w.put("4000\r\n", strings.Repeat("4", 0x4000), "\r\n")
		}
		w.rest(time.Second)
	})},
	{name: "chunks of nonsense", do: posting(func(_ context.Context, _ *client, w *wire, q string) {
		w.request(http.MethodPost, q, "Transfer-Encoding: chunked")
		w.put("zz\r\nfour\r\n")
		w.rest(time.Second)
	})},
	{name: "bad body", do: posting(badBody)},
	{name: "bad query", do: badQuery},
	{name: "slow headers", do: slowHeaders},
	{name: "headers without end", do: onWire(func(_ context.Context, c *client, w *wire) {
		w.put("GET /socket.io/ HTTP/1.1\r\nHost: x\r\n", strings.Repeat("X-Filler: "+strings.Repeat("y", 1000)+"\r\n", 30))
		w.rest(time.Second)
	})},
	{name: "no HTTP", do: onWire(func(_ context.Context, c *client, w *wire) {
		w.put(pick(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "hello\r\n\r\n", "\x00"))
		pick(c, w.reset, func() { w.rest(100 * time.Millisecond) })()
	})},
	{name: "connect and go", do: onWire(func(_ context.Context, c *client, w *wire) {
		pick(c, w.reset, func() { _ = w.CloseWrite() }, func() {})()
	})},
}

type onSession func(ctx context.Context, c *client, w *wire, query string)

func onWire(do func(ctx context.Context, c *client, w *wire)) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		if w, err := newWire(ctx, c.address); err == nil {
			do(ctx, c, w)
		}
	}
}

// posting does something on the connection of a new session.
func posting(do onSession) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		version := c.dialect()
		if w, sid, ok := c.fresh(ctx, version); ok {
			do(ctx, c, w, query(version, "polling", sid))
		}
	}
}

// polling does something while a poll hangs.
func polling(do onSession) func(context.Context, *client) {
	return posting(func(ctx context.Context, c *client, w *wire, q string) {
		w.request(http.MethodGet, q)
		c.pause(ctx, 50*time.Millisecond)
		do(ctx, c, w, q)
	})
}

func postTwice(ctx context.Context, c *client) {
	version := c.dialect()
	w, sid, ok := c.fresh(ctx, version)
	second, err := newWire(ctx, c.address)
	if !ok || err != nil {
		return
	}
	q := query(version, "polling", sid)
	w.request(http.MethodPost, q, "Content-Length: 3")
	w.put("1")
	c.pause(ctx, 50*time.Millisecond)
	second.request(http.MethodPost, q, "Content-Length: 3")
	second.put("1:6")
	w.put(":6")
	second.rest(time.Second)
}

func slowBody(ctx context.Context, c *client) {
	version := c.dialect()
	w, sid, ok := c.fresh(ctx, version)
	if !ok {
		return
	}
	body := payload(version, "40")
	w.request(http.MethodPost, query(version, "polling", sid), fmt.Sprint("Content-Length: ", len(body)))
	for i := range body {
		c.pause(ctx, time.Second)
		w.put(body[i : i+1])
	}
	w.rest(time.Second)
}

func slowHeaders(ctx context.Context, c *client) {
	onWire(func(ctx context.Context, c *client, w *wire) {
		for _, part := range []string{"GET", " /socket.io/", "?EIO=4&tr", "ansport=", "poll"} {
			w.put(part)
			c.pause(ctx, time.Second)
		}
	})(ctx, c)
}

func badBody(_ context.Context, c *client, w *wire, q string) {
	body := pick(c, "", ":", "1:", "99:4", "-1:4", "4", "\x1e\x1e\x1e", "\x00\x02\xff4\xff", "\xff\xff\xff", "d=1%3A6",
		strings.Repeat("1:6", 20_000), strings.Repeat("6\x1e", 30_000), strings.Repeat("9", 1000)+":4", `2:40999:42["x"]`)
	kind := pick(c, "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "")
	w.request(http.MethodPost, q, "Content-Type: "+kind, fmt.Sprint("Content-Length: ", len(body)))
	w.put(body)
	w.rest(100 * time.Millisecond)
}

func badQuery(ctx context.Context, c *client) {
	onWire(func(_ context.Context, c *client, w *wire) {
		method := pick(c, "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "X")
		q := pick(c, "", "EIO=2&transport=polling", "EIO=5&transport=polling", "EIO=4", "EIO=4&transport=flashsocket",
			"EIO=4&transport=polling&sid=nobody", "EIO=3&transport=websocket&sid=nobody", "EIO=4&transport=polling&j=1",
			"EIO=4&transport=polling&sid="+strings.Repeat("s", 5000), "%zz", "EIO=4&transport=websocket")
		w.request(method, q)
		w.rest(100 * time.Millisecond)
	})(ctx, c)
}
