package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// requestActions make invalid HTTP requests. Most of them open a session of their own,
// which they may abandon.
var requestActions = []action{
	{name: "handshake alone", do: func(ctx context.Context, c *client) { c.openPolling(ctx, c.dialect()) }},
	{name: "abort a poll", do: polling(func(_ context.Context, c *client, conn *rawConn, _ string) { conn.Close() })},
	{name: "reset a poll", do: polling(func(_ context.Context, c *client, conn *rawConn, _ string) { conn.reset() })},
	{name: "half-close a poll", do: polling(func(_ context.Context, c *client, conn *rawConn, _ string) {
		_ = conn.CloseWrite()
		conn.drain(time.Second)
	})},
	{name: "poll twice", do: polling(func(ctx context.Context, c *client, conn *rawConn, q string) {
		if second, err := dialRaw(ctx, c.address); err == nil {
			second.request(http.MethodGet, q)
			second.drain(time.Second)
		}
	})},
	{name: "pipeline polls", do: polling(func(_ context.Context, _ *client, conn *rawConn, q string) {
		conn.request(http.MethodGet, q)
		conn.request(http.MethodGet, q)
		conn.drain(time.Second)
	})},
	{name: "bytes after a poll", do: polling(func(_ context.Context, c *client, conn *rawConn, _ string) {
		conn.send(pick(c, "x", "\x16\x03\x01\x02\x00", strings.Repeat("\r\n", 500)))
		conn.drain(time.Second)
	})},
	{name: "post twice", do: postTwice},
	{name: "slow body", do: slowBody},
	{name: "body that stops", do: posting(func(ctx context.Context, c *client, conn *rawConn, q string) {
		conn.request(http.MethodPost, q, "Content-Length: 1000")
		conn.send("1:")
		c.pause(ctx, time.Second)
		pick(c, conn.reset, func() { _ = conn.CloseWrite() }, func() {})()
	})},
	{name: "huge Content-Length", do: posting(func(_ context.Context, _ *client, conn *rawConn, q string) {
		conn.request(http.MethodPost, q, "Content-Length: 67108864")
		conn.drain(time.Second)
	})},
	{name: "huge chunked body", weight: 4, do: posting(func(_ context.Context, _ *client, conn *rawConn, q string) {
		conn.request(http.MethodPost, q, "Transfer-Encoding: chunked")
		for range 20 {
			conn.send("4000\r\n", strings.Repeat("4", 0x4000), "\r\n")
		}
		conn.drain(time.Second)
	})},
	{name: "invalid chunks", do: posting(func(_ context.Context, _ *client, conn *rawConn, q string) {
		conn.request(http.MethodPost, q, "Transfer-Encoding: chunked")
		conn.send("zz\r\nfour\r\n")
		conn.drain(time.Second)
	})},
	{name: "bad body", do: posting(badBody)},
	{name: "bad query", do: badQuery},
	{name: "slow headers", do: slowHeaders},
	{name: "endless headers", do: onConn(func(_ context.Context, c *client, conn *rawConn) {
		conn.send("GET /socket.io/ HTTP/1.1\r\nHost: x\r\n", strings.Repeat("X-Filler: "+strings.Repeat("y", 1000)+"\r\n", 30))
		conn.drain(time.Second)
	})},
	{name: "not HTTP", do: onConn(func(_ context.Context, c *client, conn *rawConn) {
		conn.send(pick(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "hello\r\n\r\n", "\x00"))
		pick(c, conn.reset, func() { conn.drain(100 * time.Millisecond) })()
	})},
	{name: "connect and close", do: onConn(func(_ context.Context, c *client, conn *rawConn) {
		pick(c, conn.reset, func() { _ = conn.CloseWrite() }, func() {})()
	})},
}

type onSession func(ctx context.Context, c *client, conn *rawConn, query string)

func onConn(do func(ctx context.Context, c *client, conn *rawConn)) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		if conn, err := dialRaw(ctx, c.address); err == nil {
			do(ctx, c, conn)
		}
	}
}

// posting acts on the connection of a new session.
func posting(do onSession) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		version := c.dialect()
		if conn, sid, ok := c.openPolling(ctx, version); ok {
			do(ctx, c, conn, query(version, "polling", sid))
		}
	}
}

// polling acts while a poll is pending.
func polling(do onSession) func(context.Context, *client) {
	return posting(func(ctx context.Context, c *client, conn *rawConn, q string) {
		conn.request(http.MethodGet, q)
		c.pause(ctx, 50*time.Millisecond)
		do(ctx, c, conn, q)
	})
}

func postTwice(ctx context.Context, c *client) {
	version := c.dialect()
	conn, sid, ok := c.openPolling(ctx, version)
	second, err := dialRaw(ctx, c.address)
	if !ok || err != nil {
		return
	}
	q := query(version, "polling", sid)
	conn.request(http.MethodPost, q, "Content-Length: 3")
	conn.send("1")
	c.pause(ctx, 50*time.Millisecond)
	second.request(http.MethodPost, q, "Content-Length: 3")
	second.send("1:6")
	conn.send(":6")
	second.drain(time.Second)
}

func slowBody(ctx context.Context, c *client) {
	version := c.dialect()
	conn, sid, ok := c.openPolling(ctx, version)
	if !ok {
		return
	}
	body := payload(version, "40")
	conn.request(http.MethodPost, query(version, "polling", sid), fmt.Sprint("Content-Length: ", len(body)))
	for i := range body {
		c.pause(ctx, time.Second)
		conn.send(body[i : i+1])
	}
	conn.drain(time.Second)
}

func slowHeaders(ctx context.Context, c *client) {
	onConn(func(ctx context.Context, c *client, conn *rawConn) {
		for _, part := range []string{"GET", " /socket.io/", "?EIO=4&tr", "ansport=", "poll"} {
			conn.send(part)
			c.pause(ctx, time.Second)
		}
	})(ctx, c)
}

func badBody(_ context.Context, c *client, conn *rawConn, q string) {
	body := pick(c, "", ":", "1:", "99:4", "-1:4", "4", "\x1e\x1e\x1e", "\x00\x02\xff4\xff", "\xff\xff\xff", "d=1%3A6",
		strings.Repeat("1:6", 20_000), strings.Repeat("6\x1e", 30_000), strings.Repeat("9", 1000)+":4", `2:40999:42["x"]`)
	kind := pick(c, "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "")
	conn.request(http.MethodPost, q, "Content-Type: "+kind, fmt.Sprint("Content-Length: ", len(body)))
	conn.send(body)
	conn.drain(100 * time.Millisecond)
}

func badQuery(ctx context.Context, c *client) {
	onConn(func(_ context.Context, c *client, conn *rawConn) {
		method := pick(c, "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "X")
		q := pick(c, "", "EIO=2&transport=polling", "EIO=5&transport=polling", "EIO=4", "EIO=4&transport=flashsocket",
			"EIO=4&transport=polling&sid=nobody", "EIO=3&transport=websocket&sid=nobody", "EIO=4&transport=polling&j=1",
			"EIO=4&transport=polling&sid="+strings.Repeat("s", 5000), "%zz", "EIO=4&transport=websocket")
		conn.request(method, q)
		conn.drain(100 * time.Millisecond)
	})(ctx, c)
}
