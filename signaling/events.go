package signaling

import "vidchat/internal/socketio"

// OnEvent handles an event, or returns a function that does and may block. The first
// event of a client may block, since it may have to claim a seat and therefore wait
// until another connection proves silent.
func (s *Server) OnEvent(socket *socketio.Socket, in socketio.Incoming) (deferred func()) {
	p := participantOf(socket)
	if p.sentFirstEvent && in.Is(eventMessage) {
		s.relay(p, in.Raw(0), in.Raw(1))
		return nil
	}
	e := in.Event()
	handle := s.handlerOf(e.Name)
	if handle == nil {
		p.Refuse(socketio.RefusedEvent) // ignored, as in Node
		return nil
	}
	return func() { handle(p, e) }
}

// handlerOf returns the handler of an event, or nil if there is none.
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
