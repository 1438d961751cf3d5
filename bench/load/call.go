//go:build linux

package load

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Sizes of what a call exchanges, in bytes of packet.
const (
	descriptionSize = 2500
	candidateSize   = 200
	candidates      = 12 // of each side
)

// caller is a client as socket.io's: it begins with long-polling, on one
// connection for polls and another for posts, and upgrades to a WebSocket.
type caller struct {
	target Target
	sid    string
	get    *wire
	post   *wire
	socket *wire
}

// Calls sets up whole calls in rooms from first on, several at a time, for as
// long as d, and returns how many there were and how long they took in all.
func (t Target) Calls(ctx context.Context, first int, d time.Duration) (calls int, took time.Duration, err error) {
	began := time.Now()
	made, err := forAWhile(ctx, d, func(i int) error { return t.Call(ctx, room(first+i)) })
	return made, time.Since(began), err
}

// forAWhile calls work with 0, 1, 2 …, several at a time, until d is over, ctx
// is done or one fails, and returns how many were begun.
func forAWhile(ctx context.Context, d time.Duration, work func(i int) error) (begun int, err error) {
	end := time.Now().Add(d)
	begun, err = inParallel(func(int) bool { return ctx.Err() == nil && time.Now().Before(end) }, work)
	if err == nil {
		err = ctx.Err()
	}
	return begun, err
}

// Call sets up one call: two clients join over long-polling, upgrade, and
// exchange an offer, an answer and their candidates.
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
	if _, err := a.socket.expect(`42["join",`); err != nil {
		return err
	}
	return exchange(a.socket, b.socket, room)
}

// exchange passes the offer, the answer and the candidates of both.
func exchange(a, b *wire, room roomName) error {
	description, candidate := newMessage(descriptionSize), newMessage(candidateSize)
	for _, step := range []struct {
		from, to *wire
		message  *message
		times    int
	}{{a, b, &description, 1}, {b, a, &description, 1}, {a, b, &candidate, candidates}, {b, a, &candidate, candidates}} {
		if err := pass(step.from, step.to, step.message.address(room, 0), step.times); err != nil {
			return err
		}
	}
	return nil
}

// pass sends a frame several times, one after the other, and reads them all.
func pass(from, to *wire, frame []byte, times int) error {
	for range times {
		if _, err := from.conn.Write(frame); err != nil {
			return err
		}
	}
	for range times {
		if _, err := to.expect(messageStart); err != nil {
			return err
		}
	}
	return nil
}

func (c *caller) close() {
	for _, w := range []*wire{c.get, c.post, c.socket} {
		if w != nil {
			w.close()
		}
	}
}

// join does the handshake and joins a room, all over long-polling.
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
		if _, err := c.exchange("40", "40"); err != nil {
			return err
		}
	}
	answer, err := c.exchange(joinPacket(room), `42["`)
	if err == nil && !hasSeat(answer) {
		err = fmt.Errorf("the server answered a join with %s", answer)
	}
	return err
}

// handshake opens the session. In Engine.IO 3 it also waits for the namespace
// to be connected, which may come with the first answer.
func (c *caller) handshake() error {
	if err := c.poll(); err != nil {
		return err
	}
	answer, err := c.answer(c.get)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(answer, `"sid":"`)
	c.sid, _, _ = strings.Cut(rest, `"`)
	if c.sid == "" {
		return fmt.Errorf("no session id in %q", answer)
	}
	if c.target.Protocol == EIO4 || strings.HasSuffix(answer, "40") {
		return nil
	}
	if err := c.poll(); err != nil {
		return err
	}
	_, err = c.await("40")
	return err
}

// exchange posts a packet while a poll waits, and returns the answer to the
// poll that has what is expected.
func (c *caller) exchange(packet, expected string) (string, error) {
	if err := c.poll(); err != nil {
		return "", err
	}
	if err := c.send(packet); err != nil {
		return "", err
	}
	if _, err := c.answer(c.post); err != nil {
		return "", err
	}
	return c.await(expected)
}

// await reads the answer to the poll that waits, and polls again until there
// is one with what is expected.
func (c *caller) await(expected string) (string, error) {
	for {
		answer, err := c.answer(c.get)
		if err != nil || strings.Contains(answer, expected) {
			return answer, err
		}
		if err := c.poll(); err != nil {
			return "", err
		}
	}
}

// upgrade changes over to a WebSocket: the poll that waits is answered once
// the server has seen the probe.
func (c *caller) upgrade(ctx context.Context) (err error) {
	if err := c.poll(); err != nil {
		return err
	}
	if c.socket, err = dial(ctx, c.target.Address); err != nil {
		return err
	}
	if err := c.socket.upgrade(c.path("websocket")); err != nil {
		return err
	}
	if err := c.socket.send("2probe"); err != nil {
		return err
	}
	if _, err := c.socket.expect("3probe"); err != nil {
		return err
	}
	if _, err := c.answer(c.get); err != nil {
		return err
	}
	return c.socket.send("5")
}

func (c *caller) path(transport string) string {
	if c.sid == "" {
		return c.target.path(transport)
	}
	return c.target.path(transport) + "&sid=" + c.sid
}

const browser = "\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36" +
	"\r\nAccept: */*\r\nAccept-Language: en-GB,en;q=0.9\r\n"

func (c *caller) poll() error {
	return c.get.writeString("GET " + c.path("polling") + " HTTP/1.1\r\nHost: " + c.target.Address + browser + "\r\n")
}

func (c *caller) send(packet string) error {
	if c.target.Protocol == EIO3 {
		packet = strconv.Itoa(len(packet)) + ":" + packet
	}
	return c.post.writeString("POST " + c.path("polling") + " HTTP/1.1\r\nHost: " + c.target.Address + browser +
		"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + strconv.Itoa(len(packet)) + "\r\n\r\n" + packet)
}

// answer reads an HTTP answer, which has to say that all is well.
func (c *caller) answer(w *wire) (string, error) {
	status, body, err := w.response()
	if err == nil && status != 200 {
		err = fmt.Errorf("the server answered a poll or post with %d %q", status, body)
	}
	return string(body), err
}
