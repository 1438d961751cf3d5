package signaling

import (
	"time"

	"github.com/tidwall/gjson"

	"vidchat/internal/socketio"
)

// lock locks or unlocks the participant's room.
func (s *Server) lock(p *participant, e socketio.Event) {
	locked := e.Arg(0)
	if !locked.IsBool() {
		s.ackResult(p, e, errArguments)
		return
	}
	s.ackResult(p, e, s.rooms.SetLocked(p, locked.Type == gjson.True))
}

// knock asks the members of a locked room to admit the participant.
func (s *Server) knock(p *participant, e socketio.Event) {
	p.sentFirstEvent = true
	room, options, ok := parseEntry(e)
	if !ok {
		s.ackResult(p, e, errArguments)
		return
	}
	if wait, ok := s.wrongProofs.Allowed(proofKey(p, room), time.Now()); !ok {
		s.ackResult(p, e, wrongProofsError{wait})
		return
	}
	err := s.rooms.Knock(room, p, options)
	s.countWrongProof(p, room, options, err)
	s.ackResult(p, e, err)
}

// answerKnock admits or denies a knock at the participant's room.
func (s *Server) answerKnock(p *participant, e socketio.Event) {
	id := e.Arg(0)
	if id.Type != gjson.String {
		s.ackResult(p, e, errArguments)
		return
	}
	s.ackResult(p, e, s.rooms.AnswerKnock(p, textOf(id), e.Name == eventAdmit))
}
