//go:build linux

package load

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Sizes of the packets of a call, in bytes.
const (
	descriptionSize = 2500
	candidateSize   = 200
	candidates      = 12 // per side
)

// caller behaves like socket.io-client: it starts with long-polling, on one
// connection for polls and another for posts, and upgrades to a WebSocket.
type caller struct {
	target    Target
	sid       string
	get       *rawConn
	post      *rawConn
	webSocket *rawConn
}

// Calls sets up whole calls for the duration d, several at a time, in rooms
// numbered from first on. It returns the number of calls and the time they took.
func (t Target) Calls(ctx context.Context, first int, d time.Duration) (calls int, took time.Duration, err error) {
	began := time.Now()
	calls, err = repeatFor(ctx, d, func(i int) error { return t.Call(ctx, room(first+i)) })
	return calls, time.Since(began), err
}

// repeatFor calls work with 0, 1, 2 … on several goroutines until d has passed, ctx
// is done or a call fails. It returns the number of calls.
func repeatFor(ctx context.Context, d time.Duration, work func(i int) error) (started int, err error) {
	end := time.Now().Add(d)
	started, err = inParallel(func(int) bool { return ctx.Err() == nil && time.Now().Before(end) }, work)
	if err == nil {
		err = ctx.Err()
	}
	return started, err
}

// Call sets up one call: two clients join over long-polling, upgrade to WebSockets,
// and exchange an offer, an answer and their candidates.
func (t Target) Call(ctx context.Context, room roomName) error {
	a, b := &caller{target: t}, &caller{target: t}
	defer a.close()
	defer b.close()
	for _, c := range []*caller{a, b} {
		if err := c.join(ctx, room); err != nil {
			return fmt.Errorf("joining: %w", err)
		}
		if err := c.upgrade(ctx); err != nil {
			return fmt.Errorf("upgrading: %w", err)
		}
	}
	if _, err := a.webSocket.expect(`42["join",`); err != nil {
		return err
	}
	return exchange(a.webSocket, b.webSocket, room)
}

// exchange relays an offer, an answer and the candidates of both sides.
func exchange(a, b *rawConn, room roomName) error {
	description, candidate := newMessage(descriptionSize), newMessage(candidateSize)
	for _, step := range []struct {
		from, to *rawConn
		message  *message
		count    int
	}{{a, b, &description, 1}, {b, a, &description, 1}, {a, b, &candidate, candidates}, {b, a, &candidate, candidates}} {
		if err := relay(step.from, step.to, step.message.stamp(room, 0), step.count); err != nil {
			return err
		}
	}
	return nil
}

// relay sends a frame count times without waiting, then receives all of them.
func relay(from, to *rawConn, frame []byte, count int) error {
	for range count {
		if _, err := from.conn.Write(frame); err != nil {
			return err
		}
	}
	for range count {
		if _, err := to.expect(messageStart); err != nil {
			return err
		}
	}
	return nil
}

func (c *caller) close() {
	for _, conn := range []*rawConn{c.get, c.post, c.webSocket} {
		if conn != nil {
			conn.close()
		}
	}
}

// join opens a session and joins a room over long-polling.
func (c *caller) join(ctx context.Context, room roomName) (err error) {
	if c.get, err = dial(ctx, c.target.Address); err != nil {
		return err
	}
	if c.post, err = dial(ctx, c.target.Address); err != nil {
		return err
	}
	if err := c.handshake(); err != nil {
		return err
	}
	if c.target.Protocol == EIO4 {
		if _, err := c.request("40", "40"); err != nil {
			return err
		}
	}
	reply, err := c.request(joinPacket(room), `42["`)
	if err == nil && !hasSeat(reply) {
		err = fmt.Errorf("the server answered a join with %s", reply)
	}
	return err
}

// handshake opens the session. In Engine.IO 3 it also waits until the server
// connects the namespace, which may happen in the first response.
func (c *caller) handshake() error {
	if err := c.poll(); err != nil {
		return err
	}
	body, err := c.response(c.get)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(body, `"sid":"`)
	c.sid, _, _ = strings.Cut(rest, `"`)
	if c.sid == "" {
		return fmt.Errorf("no session id in %q", body)
	}
	if c.target.Protocol == EIO4 || strings.HasSuffix(body, "40") {
		return nil
	}
	if err := c.poll(); err != nil {
		return err
	}
	_, err = c.await("40")
	return err
}

// request posts a packet while a poll is pending, and returns the first poll
// response that contains the expected packet.
func (c *caller) request(packet, expected string) (string, error) {
	if err := c.poll(); err != nil {
		return "", err
	}
	if err := c.send(packet); err != nil {
		return "", err
	}
	if _, err := c.response(c.post); err != nil {
		return "", err
	}
	return c.await(expected)
}

// await reads the response to the pending poll, and polls again until a response
// contains the expected packet.
func (c *caller) await(expected string) (string, error) {
	for {
		body, err := c.response(c.get)
		if err != nil || strings.Contains(body, expected) {
			return body, err
		}
		if err := c.poll(); err != nil {
			return "", err
		}
	}
}

// upgrade changes the transport to WebSocket. The server answers the pending poll
// once it has seen the probe.
func (c *caller) upgrade(ctx context.Context) (err error) {
	if err := c.poll(); err != nil {
		return err
	}
	if c.webSocket, err = dial(ctx, c.target.Address); err != nil {
		return err
	}
	if err := c.webSocket.upgrade(c.path("websocket")); err != nil {
		return err
	}
	if err := c.webSocket.send("2probe"); err != nil {
		return err
	}
	if _, err := c.webSocket.expect("3probe"); err != nil {
		return err
	}
	if _, err := c.response(c.get); err != nil {
		return err
	}
	return c.webSocket.send("5")
}

func (c *caller) path(transport string) string {
	if c.sid == "" {
		return c.target.path(transport)
	}
	return c.target.path(transport) + "&sid=" + c.sid
}

// browserHeaders are those of a current Chrome.
const browserHeaders = "\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36" +
	"\r\nAccept: */*\r\nAccept-Language: en-GB,en;q=0.9\r\n"

func (c *caller) poll() error {
	return c.get.writeString("GET " + c.path("polling") + " HTTP/1.1\r\nHost: " + c.target.Address + browserHeaders + "\r\n")
}

func (c *caller) send(packet string) error {
	if c.target.Protocol == EIO3 {
		packet = strconv.Itoa(len(packet)) + ":" + packet
	}
	return c.post.writeString("POST " + c.path("polling") + " HTTP/1.1\r\nHost: " + c.target.Address + browserHeaders +
		"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + strconv.Itoa(len(packet)) + "\r\n\r\n" + packet)
}

// response returns the body of an HTTP response, whose status has to be 200.
func (c *caller) response(conn *rawConn) (string, error) {
	status, body, err := conn.response()
	if err == nil && status != 200 {
		err = fmt.Errorf("the server answered a poll or post with %d %q", status, body)
	}
	return string(body), err
}
