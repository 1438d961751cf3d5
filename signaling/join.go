package signaling

import (
	"errors"

	socketio "github.com/googollee/go-socket.io"

	"vidchat/engine"
	"vidchat/rooms"
)

// callCapacity is how many are in a call: the original's clients make one peer
// connection each.
const callCapacity = 2

// Why an event got the answer "invalid".
const (
	reasonRoomName = "the room has to be a string of 1 to 256 bytes"
	reasonDetails  = "details are missing"
)

// onCreateOrJoin is called by go-socket.io, with a room that the gate has
// checked.
func (s *Server) onCreateOrJoin(c socketio.Conn, room string) {
	defer s.survive(c)
	if session, ok := c.Context().(*engine.Session); ok {
		s.createOrJoin(session, room)
	}
}

// createOrJoin seats a session in a room, as the original does: the first
// hears "created"; the second "joined", after the first has heard "join".
func (s *Server) createOrJoin(session *engine.Session, room string) {
	entry, err := s.rooms.Join(room, session, callCapacity)
	switch {
	case errors.Is(err, rooms.ErrFull):
		s.turnAway(session, room, eventFull)
		return
	case errors.Is(err, rooms.ErrMany):
		s.turnAway(session, room, eventBusy)
		return
	case err != nil:
		s.refuseArguments(session, eventCreateOrJoin, reasonRoomName)
		return
	}
	if entry.Left != "" {
		s.sendAll(entry.Stayed, event(eventBye, entry.Left, session.PublicID()))
	}
	if !entry.Again {
		session.Log().Info().Int("others", len(entry.Others)).Msg("joined a room")
		s.sendAll(entry.Others, event(eventJoin, room))
	}
	answer := eventJoined
	if len(entry.Others) == 0 {
		answer = eventCreated
	}
	session.Send(event(answer, room, session.SocketID()))
	s.stats.joined(answer, entry.Again, session)
}

// turnAway tells a session that there is no seat for it, by an event that says
// why.
func (s *Server) turnAway(session *engine.Session, room, why string) {
	session.Log().Info().Str("reason", why).Msg("turned away")
	session.Send(event(why, room))
	s.stats.joins.WithLabelValues(why).Inc()
}

// leave frees the seat of a session, if it has one, and tells the others. In a
// shutdown, who has not ended keeps the seat, so that what was received still
// finds its way, and nobody hangs up on somebody who will be back.
func (s *Server) leave(session *engine.Session) {
	if s.engine.Draining() && session.Reason() == "" {
		return
	}
	room, stayed, ok := s.rooms.Leave(session)
	if !ok {
		return
	}
	session.Log().Info().Int("others", len(stayed)).Msg("left a room")
	s.sendAll(stayed, event(eventBye, room, session.PublicID()))
}

func (*Server) sendAll(sessions []*engine.Session, m engine.Message) {
	for _, session := range sessions {
		session.Send(m)
	}
}

func (s *Server) refuseArguments(session *engine.Session, name, reason string) {
	if name == eventCreateOrJoin {
		s.stats.joins.WithLabelValues(eventInvalid).Inc()
	}
	session.Refuse(engine.RefusedArguments)
	session.Send(event(eventInvalid, name, reason))
}
