package signaling

import (
	"vidchat/engine"
	"vidchat/engine/rawjson"
)

// Event decides about an event before go-socket.io sees it; see engine.Gate.
func (s *Server) Event(session *engine.Session, e *engine.Event) (forward string) {
	p, ok := session.Attachment.(*participant)
	if !ok {
		return "" // ended before it was connected
	}
	switch e.Name {
	case eventMessage:
		s.relay(p, e)
	case eventCreateOrJoin:
		return s.checkRoom(p, e)
	case eventEnter:
		s.enter(p, e)
	case eventLeave:
		s.leave(p, e)
	case eventLock:
		s.lock(p, e)
	case eventKnock:
		s.knock(p, e)
	case eventAdmit, eventDeny:
		s.answerKnock(p, e)
	default:
		p.Refuse(engine.RefusedEvent) // unheard, as in Node
	}
	return ""
}

// Prompt tells that messages can be relayed at once, except the first: it may
// have to claim a seat.
func (s *Server) Prompt(session *engine.Session, e *engine.Event) bool {
	p, ok := session.Attachment.(*participant)
	return ok && p.spoke && e.Name == eventMessage
}

// Arrived passes on what the transport knows; see engine.Addressee.
func (s *Server) Arrived(session *engine.Session, n uint64) {
	if p, ok := session.Attachment.(*participant); ok {
		s.rooms.Arrived(p, n)
	}
}

// relay sends details to the other members of the sender's own room, or to one
// of them, byte for byte. Details that name a room the sender is not in go
// nowhere.
func (s *Server) relay(p *participant, e *engine.Event) {
	if len(e.Args) == 0 {
		s.refuseArguments(p, eventMessage, reasonDetails)
		return
	}
	room, ok := roomOf(e.Args[0])
	if !ok {
		p.Refuse(engine.RefusedRoom)
		return
	}
	if !p.spoke {
		s.reclaim(p, room)
		p.spoke = true
	}
	var to string
	if len(e.Args) > 1 && rawjson.IsText(e.Args[1]) {
		to = rawjson.Text(e.Args[1])
	}
	id, ok := s.rooms.ID(p)
	if !ok {
		p.Refuse(engine.RefusedRoom)
		return
	}
	m := relayedEvent(id, e.Args[0])
	switch heard, err := s.rooms.Say(p, room, to, m, m.Size()); {
	case err != nil:
		p.Refuse(engine.RefusedRoom)
	case heard == 0:
		s.stats.unheard.Inc()
	default:
		s.stats.relayed(p.Session)
	}
}

// roomOf is the room that details name, if any. It fails where that cannot be
// one.
func roomOf(details string) (room string, ok bool) {
	if details[0] != '{' {
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
