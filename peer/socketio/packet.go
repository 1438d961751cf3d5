// Package socketio is a client of Socket.IO 4 over an Engine.IO 4 WebSocket, with what
// section 1 of PROTOCOL.md needs and no more.
package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// What an Engine.IO message that holds a Socket.IO packet begins with.
const (
	connectPacket    = "40"
	disconnectPacket = "41"
	eventPacket      = "42"
	ackPacket        = "43"
	errorPacket      = "44"
)

// maxAckDigits is how long the number of an ack may be.
const maxAckDigits = 19

var errPacket = errors.New("malformed packet")

// Packet is an event, or the ack of one.
type Packet struct {
	Event string // empty for an ack
	Ack   int64  // of an ack, the number that Request returned
	Args  []json.RawMessage
}

// parsePacket reads the text of an event or an ack, after its two types.
func parsePacket(kind, text string) (Packet, error) {
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	packet := Packet{}
	if digits > 0 {
		number, err := strconv.ParseInt(text[:digits], 10, 64)
		if err != nil || digits > maxAckDigits {
			return Packet{}, errPacket
		}
		packet.Ack = number
	}
	if json.Unmarshal([]byte(text[digits:]), &packet.Args) != nil {
		return Packet{}, errPacket
	}
	if kind == ackPacket {
		return packet, nil
	}
	if len(packet.Args) == 0 || json.Unmarshal(packet.Args[0], &packet.Event) != nil || packet.Event == "" {
		return Packet{}, errPacket
	}
	packet.Args = packet.Args[1:]
	return packet, nil
}

// formatEvent writes an event, with a number if it asks for an ack.
func formatEvent(ack int64, event string, args []any) (string, error) {
	text, err := json.Marshal(append([]any{event}, args...))
	if err != nil {
		return "", err
	}
	if ack == 0 {
		return eventPacket + string(text), nil
	}
	return fmt.Sprint(eventPacket, ack, string(text)), nil
}

// Decode reads the arguments of a packet into values, as far as there are both.
func (p Packet) Decode(values ...any) error {
	for i, value := range values {
		if i >= len(p.Args) {
			return nil
		}
		if err := json.Unmarshal(p.Args[i], value); err != nil {
			return fmt.Errorf("argument %d of %q: %w", i, p.Event, err)
		}
	}
	return nil
}
