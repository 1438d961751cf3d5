package signaling

import (
	"bytes"
	"encoding/binary"
	"time"

	"vidchat/rooms"
)

// A frame begins with its type. Those about a room go on with its key and the epoch of its
// owner, so that what is late from an owner before, or for it, is known as such.
const (
	// To the owner of a room.
	frameEnter byte = iota + 1
	frameKnock
	frameLock
	frameAnswer
	frameMessage
	frameGoodbye
	frameReenter
	framePing  // which is only answered
	frameHello // before all others to an owner, and again after a refusal
	// To the node of a client.
	frameEvent
	frameRefused // the room is not here, or not at that epoch
	frameSettled
	frameReply
	frameGone // the owner knows that a member has gone
	frameEnd
	frameProbe
	// To the owner, without a room.
	frameDelivered
	frameAsked
	frameAlive
	frameForget
	// To the next owner.
	frameHandOver
	frameConfirm
)

// headSize is the size of the type, the key and the epoch.
const headSize = 1 + 16 + 8

func newFrame(kind byte, key RoomKey, epoch uint64, size int) writer {
	b := make([]byte, 0, headSize+size)
	b = append(append(b, kind), key[:]...)
	return writer{binary.BigEndian.AppendUint64(b, epoch)}
}

// withEpoch returns a copy of a frame with another epoch: the one before may wait to be sent.
func withEpoch(frame []byte, epoch uint64) []byte {
	frame = bytes.Clone(frame)
	binary.BigEndian.PutUint64(frame[1+16:], epoch)
	return frame
}

// head reads what follows the type.
func (r *reader) head() (key RoomKey, epoch uint64) {
	if len(r.b) < headSize-1 {
		r.fail()
		return key, 0
	}
	key, epoch = RoomKey(r.b[:16]), binary.BigEndian.Uint64(r.b[16:])
	r.b = r.b[headSize-1:]
	return key, epoch
}

// forwardedMessage is a message on its way to the owner of the room. Its text is borrowed.
type forwardedMessage struct {
	id     string // of the sender
	origin rooms.Origin
	to     []string // if not for all
	text   []byte
}

func (w *writer) message(m forwardedMessage) {
	w.text(m.id)
	w.number(m.origin.Stream)
	w.number(m.origin.Number)
	w.texts(m.to)
	w.bytes(m.text)
}

func (r *reader) message() (m forwardedMessage) {
	m.id = r.text()
	m.origin.Stream = r.number()
	m.origin.Number = r.number()
	m.to, m.text = r.texts(), r.bytes()
	return m
}

// goodbye says how a client has gone.
type goodbye struct {
	number    uint64 // which its owner confirms; 0 if nobody needs to know
	leave     bool
	hold      time.Duration
	delivered uint64
}

// seatHold is how long the seat is held.
func (g goodbye) seatHold() time.Duration {
	if g.leave {
		return 0
	}
	return g.hold
}

// goodbye writes that of a socket with a seat, where so many events of the owner have arrived.
func (w *writer) goodbye(socket uint64, id string, g goodbye, arrived uint64) {
	w.number(socket)
	w.number(g.number)
	w.text(id)
	w.bool(g.leave)
	w.number(uint64(g.hold))
	w.number(arrived)
}

func (r *reader) goodbye() (socket uint64, id string, g goodbye) {
	socket, g.number, id = r.number(), r.number(), r.text()
	g.leave, g.hold, g.delivered = r.bool(), time.Duration(r.number()), r.number()
	return socket, id, g
}
