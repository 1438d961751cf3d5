package chaos

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Attacks by sessions: what is sent to a member that does not take it has to be kept.

// floodPairs lets pairs of sessions enter a room, of which one sends as much as it may to the
// other.
func (a *attacker) floodPairs(receive func(a *attacker, room string)) {
	pairs := 0
	names := make(chan string)
	go func() {
		defer close(names)
		for ; pairs < 100; pairs++ {
			select {
			case names <- fmt.Sprint("pair ", pairs):
			case <-a.ctx.Done():
				return
			}
		}
	}()
	a.each(100, a.dialSocket, func(sender *rawConn) {
		room, ok := <-names
		if !ok {
			return
		}
		go sender.drain(time.Hour)
		sender.send(text("4" + event("create or join", room)))
		receive(a, room)
		packet := text(`42["message","` + strings.Repeat("x", 10_000) + `"]`)
		for a.wait(10 * time.Millisecond) {
			if _, err := sender.Write([]byte(packet)); err != nil {
				return
			}
		}
	})
}

// talk fills rooms of eight with sessions that send as many messages as an address may.
func (a *attacker) talk() {
	var next atomic.Int64
	a.sockets(96, func(c *rawConn) {
		go c.drain(time.Hour)
		room := fmt.Sprint("party ", next.Add(1)/8)
		c.send(text("421" + encode([]any{"enter", room, map[string]int{"capacity": 8}})))
		a.repeat(c, strings.Repeat(text(`42["message",{"candidate":"`+strings.Repeat("x", 150)+`"}]`), withinLimits))
	})
}

func (a *attacker) enter(room string) *rawConn {
	c, err := a.dialSocket()
	if err != nil {
		return nil
	}
	c.send(text("421" + encode([]any{"enter", room, struct{}{}})))
	return c
}

// unreadMember reads nothing.
func (a *attacker) unreadMember(room string) { a.enter(room) }

// silentMember reads everything, and answers no ping.
func (a *attacker) silentMember(room string) {
	if c := a.enter(room); c != nil {
		go c.drain(time.Hour)
	}
}

// absentMember loses its connection.
func (a *attacker) absentMember(room string) {
	if c := a.enter(room); c != nil {
		a.wait(100 * time.Millisecond)
		c.reset()
	}
}

// pollUnread has members that poll again and again, each time on another connection, and read
// no answer.
func (a *attacker) pollUnread() {
	a.floodPairs(func(a *attacker, room string) {
		c, err := a.dial()
		if err != nil {
			return
		}
		sid, err := c.handshake(4)
		if err != nil {
			return
		}
		q := query(4, "polling", sid)
		for _, packet := range []string{"40", "421" + encode([]any{"enter", room, struct{}{}})} {
			c.post(q, packet)
			_, _ = c.response()
		}
		go func() {
			for a.wait(100 * time.Millisecond) {
				if c, err := a.dial(); err == nil {
					c.request(http.MethodGet, q)
				}
			}
		}()
	})
}

// openSession opens a session and forgets it.
func (a *attacker) openSession() {
	if c, err := a.dial(); err == nil {
		_, _ = c.handshake(4)
		c.reset()
	}
}

// requestAgain sends requests that are refused, for as long as the connection lasts.
func (a *attacker) requestAgain() {
	c, err := a.dial()
	if err != nil {
		return
	}
	defer c.reset()
	for range 1000 {
		for _, path := range []string{"/socket.io/?EIO=4&transport=polling", "/turn-server-config", "/nothing"} {
			c.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(c.in, nil)
			if err != nil || a.ctx.Err() != nil {
				return
			}
			_, _ = c.in.Discard(int(max(resp.ContentLength, 0)))
		}
	}
}

// postLarge posts payloads as large as they may be, which are refused.
func (a *attacker) postLarge() {
	c, err := a.dial()
	if err != nil {
		return
	}
	defer c.reset()
	sid, err := c.handshake(4)
	for err == nil && a.wait(50*time.Millisecond) {
		c.post(query(4, "polling", sid), "42[\"nothing\",\""+strings.Repeat("x", 60_000)+"\"]")
		_, err = c.response()
	}
}
