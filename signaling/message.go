package signaling

import (
	"vidchat/internal/socketio"
	"vidchat/internal/socketio/rawjson"
)

const reasonDetails = "details are missing"

// firstMessage is for a participant that begins with a message. An old client
// does so after it has reconnected, and gets its seat back.
func (s *Server) firstMessage(p *participant, e socketio.Event) {
	if room, ok := roomOf(e.Raw(0)); ok && e.Args() > 0 {
		s.reclaim(p, room)
		p.spoke = true
	}
	s.relay(p, e)
}

// relay sends details to the other members of the sender's own room, or to one of
// them, byte for byte. Details that name a room the sender is not in go nowhere.
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
	switch receivers, err := s.rooms.Say(p, room, to, details, len(details)); {
	case err != nil:
		p.Refuse(socketio.RefusedRoom)
	case receivers == 0:
		s.metrics.unheard.Inc()
	default:
		s.metrics.relayed(p)
	}
}

// roomOf is the room that details name, if any. It fails where that cannot be
// one.
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
