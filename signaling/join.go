package signaling

import (
	socketio "github.com/googollee/go-socket.io"
	"github.com/tidwall/gjson"

	"vidchat/engine"
	"vidchat/engine/rawjson"
	"vidchat/rooms"
)

// Why an event got the answer "invalid".
const (
	reasonRoomName = "the room has to be a string of 1 to 256 bytes"
	reasonDetails  = "details are missing"
)

// isRoomName tells whether an argument can be the name of a room.
func isRoomName(arg gjson.Result) bool {
	name := textOf(arg)
	return arg.Type == gjson.String && name != "" && len(name) <= rooms.MaxNameSize
}

// textOf decodes a string. It is empty where there is none.
func textOf(v gjson.Result) string {
	if v.Type != gjson.String {
		return ""
	}
	return rawjson.Text(v.Raw)
}

// checkRoom lets a join pass to go-socket.io whose room can be one. An
// argument of another type would make the library close the connection.
func (s *Server) checkRoom(p *participant, e *engine.Event) (forward string) {
	if !isRoomName(e.Arg(0)) {
		s.stats.joins.WithLabelValues(eventInvalid).Inc()
		s.refuseArguments(p, eventCreateOrJoin, reasonRoomName)
		return ""
	}
	return `["` + eventCreateOrJoin + `",` + e.Args[0] + `]`
}

// onCreateOrJoin is called by go-socket.io, with a room that the gate has
// checked.
func (s *Server) onCreateOrJoin(c socketio.Conn, room string) {
	defer s.survive(c)
	if p, ok := c.Context().(*participant); ok {
		s.createOrJoin(p, room)
	}
}

// createOrJoin seats a peer as the original does: the first hears "created",
// the second "joined", after the first has heard "join". A third hears "full",
// if the two are really there.
func (s *Server) createOrJoin(p *participant, room string) {
	p.asks(false, "", false)
	options := rooms.Options{Capacity: rooms.MinCapacity, Replays: true, OwnKey: p.SID()}
	if !p.spoke {
		options.Key = p.PreviousSID()
	}
	p.spoke = true
	err := s.enterRoom(p, room, options)
	if err == nil {
		return
	}
	why := errorOf(err)
	p.Log().Info().Str("reason", why).Msg("turned away")
	s.stats.joins.WithLabelValues(why).Inc()
	if why == errorLocked {
		p.Send(event(eventLocked, room, true))
		return
	}
	p.Send(event(why, room)) // the events are named as the errors
}

// reclaim gives an old client its seat back, which does not join again after
// it has reconnected: it says its next message as if nothing had happened.
func (s *Server) reclaim(p *participant, room string) {
	if p.spoke || p.PreviousSID() == "" || room == "" {
		return
	}
	p.asks(false, "", true)
	_ = s.claim(p, room)
}

// Departed is called when a connection is over, or said that it leaves the
// namespace.
func (s *Server) Departed(session *engine.Session) {
	if p, ok := session.Attachment.(*participant); ok {
		s.depart(p)
	}
}

// depart takes somebody out of a room whose connection is over. In a shutdown,
// who has not ended keeps the seat, so that what was received still finds its
// way, and nobody hangs up on somebody who will be back.
func (s *Server) depart(p *participant) {
	reason := p.Reason()
	leftNamespace := reason == "" // and the session lives on
	if s.engine.Draining() && (leftNamespace || reason == engine.ReasonShutdown) {
		return
	}
	goodbye := leftNamespace || reason.Goodbye()
	leave := s.rooms.Leave
	if !goodbye {
		leave = func(p *participant) (string, bool) { return s.rooms.Lose(p, p.Arrived()) }
	}
	if _, ok := leave(p); ok {
		p.Log().Info().Bool("goodbye", goodbye).Msg("left a room")
	}
}

func (*Server) refuseArguments(p *participant, name, reason string) {
	p.Refuse(engine.RefusedArguments)
	p.Send(event(eventInvalid, name, reason))
}
