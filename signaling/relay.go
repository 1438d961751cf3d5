package signaling

import (
	"github.com/tidwall/gjson"

	"vidchat/engine"
	"vidchat/rooms"
)

// Event decides about an event before go-socket.io sees it. It is called by
// the reading goroutine of the session; see engine.Gate.
func (s *Server) Event(session *engine.Session, e *engine.Event) (forward string) {
	switch e.Name {
	case eventMessage:
		s.relay(session, e)
	case eventCreateOrJoin:
		return s.checkRoom(session, e)
	default:
		session.Refuse(engine.RefusedEvent) // unheard, as in Node
	}
	return ""
}

// checkRoom lets a join pass whose room can be one. An argument of another
// type would make go-socket.io close the connection.
func (s *Server) checkRoom(session *engine.Session, e *engine.Event) (forward string) {
	if len(e.Args) == 0 || e.Args[0].Type != gjson.String ||
		e.Args[0].Str == "" || len(e.Args[0].Str) > rooms.MaxNameSize {
		s.refuseArguments(session, eventCreateOrJoin, reasonRoomName)
		return ""
	}
	return `["` + eventCreateOrJoin + `",` + e.Args[0].Raw + `]`
}

// relay sends details to the other members of the sender's own room, byte for
// byte. Details that name a room the sender is not in go nowhere.
func (s *Server) relay(session *engine.Session, e *engine.Event) {
	if len(e.Args) == 0 {
		s.refuseArguments(session, eventMessage, reasonDetails)
		return
	}
	details := e.Args[0]
	var buf [callCapacity]*engine.Session
	room, others := s.rooms.Others(buf[:0], session)
	if room == "" || !namesRoom(details, room) {
		session.Refuse(engine.RefusedRoom)
		return
	}
	if len(others) == 0 {
		s.stats.unheard.Inc()
		return
	}
	s.sendAll(others, relayedEvent(session, details.Raw))
	s.stats.relayed(session)
}

// namesRoom tells whether details name this room or none.
func namesRoom(details gjson.Result, room string) bool {
	if !details.IsObject() {
		return true
	}
	named := details.Get("room")
	return named.Type == gjson.Null || named.Type == gjson.String && named.Str == room
}
