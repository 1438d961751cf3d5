package signaling

import (
	"vidchat/internal/socketio"
	"vidchat/internal/socketio/rawjson"
)

const reasonDetails = "details are missing"

// firstMessage handles a message that is the client's first event. An old client sends
// one after it has reconnected, and gets its seat back.
func (s *Server) firstMessage(p *participant, e socketio.Event) {
	if room, ok := roomOf(e.Raw(0)); ok && e.Args() > 0 {
		s.resumeOldClient(p, room)
		p.sentFirstEvent = true
	}
	s.relay(p, e)
}

// relay sends details byte for byte to the other members of the sender's room, or to
// one of them. Details that name another room are dropped.
func (s *Server) relay(p *participant, e socketio.Event) {
	if e.Args() == 0 {
		s.refuseArguments(p, eventMessage, reasonDetails)
		return
	}
	details := e.Raw(0)
	room, ok := roomOf(details)
	if !ok {
		p.Refuse(socketio.RefusedRoom)
		return
	}
	var to string
	if second := e.Raw(1); rawjson.IsText(second) {
		to = rawjson.Text(second)
	}
	// What is kept of the details keeps the whole packet in memory, so that counts.
	switch recipients, err := s.rooms.Relay(p, room, to, details, e.Size()); {
	case err != nil:
		p.Refuse(socketio.RefusedRoom)
	case recipients == 0:
		s.metrics.withoutRecipient.Inc()
	default:
		s.metrics.relayed(p)
	}
}

// roomOf returns the room that details name, or "" if they name none. It reports false
// if the value cannot be a room.
func roomOf(details string) (room string, ok bool) {
	if details == "" || details[0] != '{' {
		return "", true
	}
	named, ok := rawjson.Member(details, "room")
	switch {
	case !ok, named == "null":
		return "", true
	case rawjson.IsText(named):
		room = rawjson.Text(named)
		return room, room != ""
	}
	return "", false
}
