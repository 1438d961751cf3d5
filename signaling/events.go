package signaling

import "vidchat/internal/socketio"

// OnEvent handles an event, or returns what may block. What a participant says
// first may have to claim a seat, and so wait for another to be found silent.
func (s *Server) OnEvent(socket *socketio.Socket, e socketio.Event) (deferred func()) {
	p := participantOf(socket)
	if e.Name == eventMessage && p.spoke {
		s.relay(p, e)
		return nil
	}
	handle := s.handlerOf(e.Name)
	if handle == nil {
		p.Refuse(socketio.RefusedEvent) // unheard, as in Node
		return nil
	}
	return func() { handle(p, e) }
}

// handlerOf finds what handles the events of a name.
func (s *Server) handlerOf(name string) func(*participant, socketio.Event) {
	switch name {
	case eventCreateOrJoin:
		return s.forwardCreateOrJoin
	case eventMessage:
		return s.firstMessage
	case eventEnter:
		return s.enter
	case eventLeave:
		return s.leave
	case eventLock:
		return s.lock
	case eventKnock:
		return s.knock
	case eventAdmit, eventDeny:
		return s.answerKnock
	}
	return nil
}
