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
		s.answer(p, e, errArguments)
		return
	}
	s.answer(p, e, s.rooms.SetLocked(p, locked.Type == gjson.True))
}

// knock asks the members of a locked room to admit the participant.
func (s *Server) knock(p *participant, e socketio.Event) {
	p.spoke = true
	room, options, ok := readEntry(e)
	if !ok {
		s.answer(p, e, errArguments)
		return
	}
	if wait, ok := s.guesses.Allowed(guessKey(p, room), time.Now()); !ok {
		s.answer(p, e, guessesError{wait})
		return
	}
	s.answer(p, e, s.countGuess(p, room, options, s.rooms.Knock(room, p, options)))
}

// answerKnock admits a newcomer who knocked, or not.
func (s *Server) answerKnock(p *participant, e socketio.Event) {
	id := e.Arg(0)
	if id.Type != gjson.String {
		s.answer(p, e, errArguments)
		return
	}
	s.answer(p, e, s.rooms.Answer(p, textOf(id), e.Name == eventAdmit))
}
