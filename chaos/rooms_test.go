package chaos

import (
	"context"
	"strings"
	"time"

	"vidchat/internal/enginetest/dialer"
)

// roomDeeds are allowed, most of them.
var roomDeeds = []deed{
	{name: "join", do: func(_ context.Context, c *client) { c.ask("create or join", c.somewhere()) }},
	{name: "rejoin", do: rejoin},
	{name: "change rooms", do: changeRooms},
	{name: "message", do: func(_ context.Context, c *client) { c.ask("message", map[string]string{"sdp": "v=0"}) }},
	{name: "message to a room of others", do: func(_ context.Context, c *client) {
		c.ask("message", map[string]string{"room": callName(c.calls, c.IntN(calls))})
	}},
	{name: "message to one", do: func(_ context.Context, c *client) { c.ask("message", 1, pick[any](c, "nobody", 2, nil)) }},
	{name: "enter", do: func(_ context.Context, c *client) { c.ask("enter", c.somewhere(), c.options()) }},
	{name: "enter a call of others", do: func(_ context.Context, c *client) {
		c.ask("enter", callName(c.calls, c.IntN(calls)), c.options())
	}},
	{name: "return to the seat", do: returnToSeat},
	{name: "two with one seat", do: twoWithOneSeat},
	{name: "leave", do: func(_ context.Context, c *client) { c.ask("leave", c.somewhere()) }},
	{name: "lock", do: func(_ context.Context, c *client) { c.ask("lock", pick[any](c, true, false, "x", nil)) }},
	{name: "knock", do: func(_ context.Context, c *client) { c.ask("knock", c.somewhere(), c.options()) }},
	{name: "knock and leave", do: func(ctx context.Context, c *client) {
		c.ask("knock", c.somewhere(), c.options())
		c.hangUp((*dialer.Conn).Abort)
	}},
	{name: "admit", do: func(_ context.Context, c *client) { c.ask(pick(c, "admit", "deny"), pick[any](c, "x", 1, nil)) }},
	{name: "arguments of any kind", do: anyArguments},
	{name: "another namespace", do: func(_ context.Context, c *client) { c.say(pick(c, "0/admin,", "2/admin,[\"x\"]", "1/admin,")) }},
	{name: "disconnect the namespace", do: func(_ context.Context, c *client) { c.say("1"); c.say("0") }},
	{name: "say goodbye", do: func(_ context.Context, c *client) { c.hangUp((*dialer.Conn).Close) }},
	{name: "go without a word", do: func(_ context.Context, c *client) { c.hangUp((*dialer.Conn).Abort) }},
	{name: "rest", do: func(ctx context.Context, c *client) { c.pause(ctx, 2*time.Second) }},
}

func rejoin(_ context.Context, c *client) {
	room := c.somewhere()
	for range 3 {
		c.say(event("create or join", room))
	}
}

func changeRooms(_ context.Context, c *client) {
	for range 5 {
		c.ask(pick(c, "create or join", "enter"), c.somewhere())
	}
}

// options are those of enter and knock, good and bad.
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

// returnToSeat loses the connection and comes back with the token of the seat.
func returnToSeat(ctx context.Context, c *client) {
	room := c.somewhere()
	c.ask("enter", room, struct{}{})
	c.pause(ctx, 100*time.Millisecond)
	c.hangUp((*dialer.Conn).Abort)
	c.pause(ctx, 100*time.Millisecond)
	if seat := c.seat.Load(); seat != nil && c.dial(ctx) {
		c.ask("enter", room, map[string]any{"seat": *seat, "seen": c.IntN(3)})
	}
}

// twoWithOneSeat moves the seat to and fro while its connections live.
func twoWithOneSeat(ctx context.Context, c *client) {
	room := c.somewhere()
	for range 3 {
		w, err := newWire(ctx, c.address)
		if err != nil || w.socket(3, "") != nil {
			return
		}
		w.put(text("4" + event("enter", room, map[string]string{"seat": strings.Repeat("A", 21) + "Q"})))
	}
	c.pause(ctx, 100*time.Millisecond)
}

func anyArguments(_ context.Context, c *client) {
	anything := []any{nil, true, 1, -1.5e300, "", "x", strings.Repeat("r", 257), "\x00", []any{}, []any{[]any{}}, map[string]any{}}
	name := pick(c, "create or join", "enter", "message", "leave", "lock", "knock", "admit", "deny", "", "connect", "disconnect", "error", "bye")
	c.ask(name, pick(c, anything...), pick(c, anything...), pick(c, anything...))
}
