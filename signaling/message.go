package signaling

import (
	"vidchat/internal/engineio/buffer"
	"vidchat/internal/socketio"
	"vidchat/internal/socketio/rawjson"
)

const reasonDetails = "details are missing"

// details are what a message says, as JSON. They are borrowed from the buffer that the
// message was read into, or a copy with memory of its own. See rooms.Content.
type details struct {
	json   []byte
	memory *buffer.Buffer // nil if they are borrowed
	from   *forwarded     // nil unless another node has sent them
}

// Size returns the number of bytes.
func (d details) Size() int { return len(d.json) }

// Copy returns a copy, to be freed later.
func (d details) Copy() details {
	memory := buffer.Copy(d.json)
	if d.from != nil {
		d.from.hold()
	}
	return details{memory.Bytes(), memory, d.from}
}

// Free frees a copy.
func (d details) Free() {
	if d.memory.Free(); d.from != nil {
		d.from.release()
	}
}

// firstMessage handles a message that is the client's first event. An old client sends
// one after it has reconnected, and gets its seat back.
func (s *Server) firstMessage(p *participant, e socketio.Event) {
	first := []byte(e.Raw(0))
	if room, ok := roomOf(first); ok && len(first) > 0 {
		s.resumeOldClient(p, string(room))
		p.sentFirstEvent = true
	}
	s.relay(p, first, []byte(e.Raw(1)))
}

// relay sends details byte for byte to the other members of the sender's room, or, if
// to is the id of a member as JSON, to that one. Details that name another room are
// dropped. Both are borrowed.
func (s *Server) relay(p *participant, text, to []byte) {
	if len(text) == 0 {
		s.refuseArguments(p, eventMessage, reasonDetails)
		return
	}
	room, ok := roomOf(text)
	if !ok {
		p.Refuse(socketio.RefusedRoom)
		return
	}
	var id []byte
	if rawjson.IsText(to) {
		id = rawjson.Unquote(to)
	}
	if m := p.member.Load(); m != nil {
		s.forwardMessage(m, room, id, text)
		return
	}
	recipients, err := s.rooms.Relay(p, room, id, details{json: text})
	if err != nil && s.cluster != nil {
		if m := s.movedMember(p); m != nil {
			s.forwardMessage(m, room, id, text)
			return
		}
		recipients, err = s.rooms.Relay(p, room, id, details{json: text})
	}
	switch {
	case err != nil:
		p.Refuse(socketio.RefusedRoom)
	case recipients == 0:
		s.metrics.withoutRecipient.Inc()
	default:
		s.metrics.relayed(p)
	}
}

// roomOf returns the room that details name, or nothing if they name none. It reports
// false if the value cannot be a room.
func roomOf(text []byte) (room []byte, ok bool) {
	if len(text) == 0 || text[0] != '{' {
		return nil, true
	}
	named, ok := rawjson.Member(text, "room")
	switch {
	case !ok, string(named) == "null":
		return nil, true
	case rawjson.IsText(named):
		room = rawjson.Unquote(named)
		return room, len(room) > 0
	}
	return nil, false
}
