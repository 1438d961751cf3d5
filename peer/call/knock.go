package call

import (
	"fmt"

	"vidchat/peer/socketio"
)

// Answer is what a member tells those who knock. It is the name of the event.
type Answer string

// The answers to a knock. With NoAnswer, others may answer.
const (
	NoAnswer Answer = ""
	Admit    Answer = "admit"
	Deny     Answer = "deny"
)

// ParseAnswer reads an answer, which may be empty.
func ParseAnswer(text string) (Answer, error) {
	switch answer := Answer(text); answer {
	case NoAnswer, Admit, Deny:
		return answer, nil
	}
	return NoAnswer, fmt.Errorf("%q is no answer to a knock: use admit or deny", text)
}

// askToJoin knocks on a locked room.
func (c *Call) askToJoin() (err error) {
	options := knockOptions{Name: c.Name, Proof: c.Access.Proof}
	c.session.knock, err = c.session.client.Request(c.ctx, "knock", c.Link.Room, options)
	if err == nil {
		c.happened("knock sent", "")
	}
	return err
}

// onKnocked handles the ack of a knock, after which the members decide.
func (c *Call) onKnocked(packet socketio.Packet) error {
	var o outcome
	if err := packet.Decode(&o); err != nil {
		return err
	}
	if !o.OK {
		return o.refusal()
	}
	return nil
}

// onAnswer handles the members' answer to this client's knock.
func (c *Call) onAnswer(event string) error {
	if c.session.knock == 0 {
		return nil
	}
	c.session.knock = 0
	c.happened(event, "")
	if event == "denied" {
		return &Refusal{Code: event, Message: "a member denied the request to join"}
	}
	return c.enter()
}

// onWaiting locks the room if that is wanted, and answers those who wait already.
func (c *Call) onWaiting(s seat) error {
	if c.Lock && !s.Locked {
		if err := c.session.client.Emit(c.ctx, "lock", true); err != nil {
			return err
		}
	}
	for _, knock := range s.Knocks {
		if err := c.answer(knock.ID, knock.Name); err != nil {
			return err
		}
	}
	return nil
}

// onKnock handles the knock of somebody else.
func (c *Call) onKnock(packet socketio.Packet) error {
	var room, id, name string
	if err := packet.Decode(&room, &id, &name); err != nil {
		return err
	}
	return c.answer(id, name)
}

func (c *Call) answer(id, name string) error {
	c.happened(fmt.Sprintf("knock of %q", name), "") // quoted, since a stranger chose it
	if c.Knocks == NoAnswer {
		return nil
	}
	return c.session.client.Emit(c.ctx, string(c.Knocks), id)
}

// onLocked handles that a member locked or unlocked the room.
func (c *Call) onLocked(packet socketio.Packet) error {
	var (
		room   string
		locked bool
	)
	if err := packet.Decode(&room, &locked); err != nil {
		return err
	}
	if locked {
		c.happened("locked", "")
	} else {
		c.happened("unlocked", "")
	}
	return nil
}
