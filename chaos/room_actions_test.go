package chaos

import (
	"context"
	"strings"
	"time"

	"vidchat/internal/enginetest/dialer"
)

// roomActions send events that are valid, most of them.
var roomActions = []action{
	{name: "join", do: func(_ context.Context, c *client) { c.emit("create or join", c.randomRoom()) }},
	{name: "rejoin", do: rejoin},
	{name: "change rooms", do: changeRooms},
	{name: "message", do: func(_ context.Context, c *client) { c.emit("message", map[string]string{"sdp": "v=0"}) }},
	{name: "message to another room", do: func(_ context.Context, c *client) {
		c.emit("message", map[string]string{"room": callName(c.callPrefix, c.IntN(callCount))})
	}},
	{name: "message to one member", do: func(_ context.Context, c *client) { c.emit("message", 1, pick[any](c, "nobody", 2, nil)) }},
	{name: "enter", do: func(_ context.Context, c *client) { c.emit("enter", c.randomRoom(), c.options()) }},
	{name: "enter a call of other peers", do: func(_ context.Context, c *client) {
		c.emit("enter", callName(c.callPrefix, c.IntN(callCount)), c.options())
	}},
	{name: "return to the seat", do: returnToSeat},
	{name: "two connections, one seat", do: shareSeat},
	{name: "leave", do: func(_ context.Context, c *client) { c.emit("leave", c.randomRoom()) }},
	{name: "lock", do: func(_ context.Context, c *client) { c.emit("lock", pick[any](c, true, false, "x", nil)) }},
	{name: "knock", do: func(_ context.Context, c *client) { c.emit("knock", c.randomRoom(), c.options()) }},
	{name: "knock and leave", do: func(ctx context.Context, c *client) {
		c.emit("knock", c.randomRoom(), c.options())
		c.closeSession((*dialer.Conn).Abort)
	}},
	{name: "admit", do: func(_ context.Context, c *client) { c.emit(pick(c, "admit", "deny"), pick[any](c, "x", 1, nil)) }},
	{name: "arbitrary arguments", do: arbitraryArguments},
	{name: "another namespace", do: func(_ context.Context, c *client) { c.send(pick(c, "0/admin,", "2/admin,[\"x\"]", "1/admin,")) }},
	{name: "disconnect the namespace", do: func(_ context.Context, c *client) { c.send("1"); c.send("0") }},
	{name: "close the session", do: func(_ context.Context, c *client) { c.closeSession((*dialer.Conn).Close) }},
	{name: "abort the session", do: func(_ context.Context, c *client) { c.closeSession((*dialer.Conn).Abort) }},
	{name: "wait", do: func(ctx context.Context, c *client) { c.pause(ctx, 2*time.Second) }},
}

func rejoin(_ context.Context, c *client) {
	room := c.randomRoom()
	for range 3 {
		c.send(event("create or join", room))
	}
}

func changeRooms(_ context.Context, c *client) {
	for range 5 {
		c.emit(pick(c, "create or join", "enter"), c.randomRoom())
	}
}

// options returns options of enter and knock, valid and invalid.
func (c *client) options() map[string]any {
	o := map[string]any{}
	if c.IntN(2) == 0 {
		o["name"] = pick[any](c, "漢字", strings.Repeat("n", 64), strings.Repeat("n", 65), 1, nil)
	}
	if c.IntN(2) == 0 {
		o["capacity"] = pick[any](c, 2, 3, 8, 9, 0, -1, 1e300, "2", nil)
	}
	if c.IntN(3) == 0 {
		o["proof"] = pick[any](c, "right", "right", "right", "wrong", strings.Repeat("p", 129), false)
	}
	if c.IntN(4) == 0 {
		o["seat"] = pick[any](c, "", "x", strings.Repeat("A", 22), strings.Repeat("B", 22), 1)
	}
	if c.IntN(4) == 0 {
		o["seen"] = pick[any](c, 0, 1, 1<<40, -1, "1")
	}
	return o
}

// returnToSeat loses the connection and returns with the token of its seat.
func returnToSeat(ctx context.Context, c *client) {
	room := c.randomRoom()
	c.emit("enter", room, struct{}{})
	c.pause(ctx, 100*time.Millisecond)
	c.closeSession((*dialer.Conn).Abort)
	c.pause(ctx, 100*time.Millisecond)
	if seat := c.seatToken.Load(); seat != nil && c.dial(ctx) {
		c.emit("enter", room, map[string]any{"seat": *seat, "seen": c.IntN(3)})
	}
}

// shareSeat moves a seat between connections that stay open.
func shareSeat(ctx context.Context, c *client) {
	room := c.randomRoom()
	for range 3 {
		conn, err := dialRaw(ctx, c.address)
		if err != nil || conn.upgrade(3, "") != nil {
			return
		}
		conn.send(text("4" + event("enter", room, map[string]string{"seat": strings.Repeat("A", 21) + "Q"})))
	}
	c.pause(ctx, 100*time.Millisecond)
}

func arbitraryArguments(_ context.Context, c *client) {
	values := []any{nil, true, 1, -1.5e300, "", "x", strings.Repeat("r", 257), "\x00", []any{}, []any{[]any{}}, map[string]any{}}
	name := pick(c, "create or join", "enter", "message", "leave", "lock", "knock", "admit", "deny", "", "connect", "disconnect", "error", "bye")
	c.emit(name, pick(c, values...), pick(c, values...), pick(c, values...))
}
