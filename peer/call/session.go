package call

import (
	"context"
	"time"

	"github.com/pion/webrtc/v4"

	"vidchat/peer/socketio"
)

// goodbyeTimeout limits how long leaving takes.
const goodbyeTimeout = 2 * time.Second

// session is one connection to the server.
type session struct {
	client *socketio.Client
	enter  int64 // number of the ack that has the seat
	knock  int64 // number of the ack of a knock; 0 if there was none
}

// received is what the reader of a session hands over.
type received struct {
	packet socketio.Packet
	err    error
}

// attend connects, enters and takes part until the connection or the context ends.
func (c *Call) attend(ctx context.Context) error {
	client, err := socketio.Connect(ctx, c.Link.Origin)
	if err != nil {
		return err
	}
	c.happened("socket", "")
	packets, stop := readPackets(ctx, client)
	defer func() { c.session, c.relay = nil, nil; stop() }()
	c.session = &session{client: client}
	if err := c.enter(); err != nil {
		return err
	}
	c.relay = func(d details, to string) {
		// The reader notices that the connection is gone.
		_ = client.Emit(ctx, "message", d, to)
	}
	for {
		select {
		case <-ctx.Done():
			c.leave(ctx)
			return ctx.Err()
		case task := <-c.posted:
			task()
		case next := <-packets:
			if next.err != nil {
				return next.err
			}
			if err := c.handle(next.packet); err != nil {
				return err
			}
		}
	}
}

// enter asks for a seat.
func (c *Call) enter() (err error) {
	options := seatOptions{Seat: c.token, Seen: c.seen, Proof: c.Access.Proof, Name: c.Name}
	c.session.enter, err = c.session.client.Request(c.ctx, "enter", c.Link.Room, options)
	if err == nil {
		c.happened("enter", "")
	}
	return err
}

// readPackets reads in a goroutine, which stop ends and waits for. It reads on when ctx
// ends, so that a goodbye can still be said.
func readPackets(ctx context.Context, client *socketio.Client) (<-chan received, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	packets, ended := make(chan received), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			packet, err := client.Next(ctx)
			select {
			case packets <- received{packet, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return packets, func() {
		cancel()
		_ = client.Close() // what could not be sent is lost, as with every lost connection
		<-ended
	}
}

// leave frees the seat at once.
func (c *Call) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTimeout)
	defer cancel()
	// If it fails, the server notices that the connection is gone.
	_ = c.session.client.Emit(ctx, "leave", c.Link.Room)
	_ = c.session.client.Disconnect(ctx)
}

// handle handles an event or an ack.
func (c *Call) handle(packet socketio.Packet) error {
	switch packet.Event {
	case "":
		switch packet.Ack {
		case c.session.enter:
			return c.onSeat(packet)
		case c.session.knock:
			return c.onKnocked(packet)
		}
	case "message":
		return c.onMessage(packet)
	case "join", "bye", "away", "back":
		return c.onMember(packet)
	case "admitted", "denied":
		return c.onAnswer(packet.Event)
	case "knock":
		return c.onKnock(packet)
	case "locked":
		return c.onLocked(packet)
	case "moved":
		return ErrMoved
	case "restarting":
		var ms int64
		err := packet.Decode(&ms)
		c.retryAfter = time.Duration(ms) * time.Millisecond
		return err
	}
	return nil
}

// onSeat handles the ack of enter, which says who is there.
func (c *Call) onSeat(packet socketio.Packet) error {
	var s seat
	if err := packet.Decode(&s); err != nil {
		return err
	}
	if !s.OK {
		if s.Error == "locked" {
			return c.askToJoin()
		}
		return s.refusal()
	}
	c.happened("ack", "")
	c.session.knock = 0
	c.attempts, c.id, c.token = 0, s.ID, s.Seat
	if !s.Resumed {
		c.seen = 0
	}
	c.servers = c.servers[:0]
	for _, server := range s.ICEServers {
		c.servers = append(c.servers, webrtc.ICEServer{URLs: []string{server.URLs}, Username: server.Username, Credential: server.Credential})
	}
	present := make(map[string]bool)
	for _, peer := range s.Peers {
		present[peer.ID] = true
		m := c.join(peer.ID, peer.Name)
		m.initiate()
	}
	for _, m := range c.sortedMembers() {
		switch {
		case present[m.id]:
		case m.conn != nil && m.conn.Connected():
			m.awaitReturn()
		default:
			c.remove(m)
		}
	}
	return c.onWaiting(s)
}

// onMember handles what the server says of another member.
func (c *Call) onMember(packet socketio.Packet) error {
	var room, id, name string
	if err := packet.Decode(&room, &id, &name); err != nil {
		return err
	}
	if packet.Event == "join" {
		c.join(id, name).awaitOffer()
		return nil
	}
	m := c.members[id]
	switch {
	case m == nil:
	case packet.Event == "bye":
		c.remove(m)
	case packet.Event == "back":
		m.resendOffer()
	}
	return nil
}

// onMessage handles what another member sent.
func (c *Call) onMessage(packet socketio.Packet) error {
	var (
		d    details
		from string
		seen int64
	)
	if err := packet.Decode(&d, &from, &seen); err != nil {
		return nil // of a client that says something else
	}
	c.seen = max(c.seen, seen)
	m := c.join(from, "")
	m.receive(d)
	return nil
}

// send sends details to a member. What cannot be sent is sent again after the return:
// an offer that is not answered, with its candidates.
func (c *Call) send(d details, to string) {
	if c.relay != nil {
		d.Room = c.Link.Room
		c.relay(d, to)
	}
}
