package signaling

import (
	"errors"

	"github.com/tidwall/gjson"

	"vidchat/internal/limit"
	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// lock locks or unlocks the participant's room.
func (s *Server) lock(p *participant, e socketio.Event) {
	locked := e.Arg(0)
	if !locked.IsBool() {
		s.ackResult(p, e, errArguments)
		return
	}
	s.ackResult(p, e, s.setLocked(p, locked.Type == gjson.True))
}

// knock asks the members of a locked room to admit the participant.
func (s *Server) knock(p *participant, e socketio.Event) {
	p.sentFirstEvent = true
	room, options, ok := parseEntry(e)
	if !ok {
		s.ackResult(p, e, errArguments)
		return
	}
	if !limit.IsLoopback(p.Client()) {
		options.Group = p.Client().String()
	}
	s.ackResult(p, e, delayLimited(s.knockAnywhere(p, room, options)))
}

// setLocked locks or unlocks the participant's room, wherever it is.
func (s *Server) setLocked(p *participant, locked bool) error {
	if m := p.member.Load(); m != nil {
		return s.cluster.lock(m, locked)
	}
	err := s.rooms.SetLocked(p, locked)
	if m := s.movedMember(p); err != nil && m != nil {
		return s.cluster.lock(m, locked)
	}
	return err
}

// admitOrDeny answers a knock at the participant's room, wherever it is.
func (s *Server) admitOrDeny(p *participant, id string, admit bool) error {
	if m := p.member.Load(); m != nil {
		return s.cluster.answerKnock(m, id, admit)
	}
	err := s.rooms.AnswerKnock(p, id, admit)
	if m := s.movedMember(p); err != nil && m != nil {
		return s.cluster.answerKnock(m, id, admit)
	}
	return err
}

// knockAt knocks at a room. A client that has knocked too often gets in if it needs not
// knock, but the members are not told.
func (s *Server) knockAt(p *participant, room string, o rooms.Options) error {
	proof := s.limits.takeProof(p, room, o)
	if proof.err != nil {
		return proof.err
	}
	knock := takeTry(s.limits.knocks, p, room, rooms.ErrFull)
	o.Quiet = knock.err != nil
	told, err := s.rooms.Knock(room, p, o)
	proof.settle(errors.Is(err, rooms.ErrDenied))
	knock.settle(told)
	if knock.err != nil && errors.Is(err, rooms.ErrFull) {
		return knock.err
	}
	return err
}

// answerKnock admits or denies a knock at the participant's room.
func (s *Server) answerKnock(p *participant, e socketio.Event) {
	id := e.Arg(0)
	if id.Type != gjson.String {
		s.ackResult(p, e, errArguments)
		return
	}
	s.ackResult(p, e, s.admitOrDeny(p, textOf(id), e.Name == eventAdmit))
}
