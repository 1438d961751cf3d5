package signaling

import (
	"time"

	"github.com/tidwall/gjson"

	"vidchat/engine"
	"vidchat/rooms"
)

// lock closes or opens the door of the peer's room.
func (s *Server) lock(p *participant, e *engine.Event) {
	closed := e.Arg(0)
	if !closed.IsBool() {
		s.fail(p, e, rooms.ErrName)
		return
	}
	s.finish(p, e, s.rooms.SetLocked(p, closed.Type == gjson.True))
}

// finish answers an event that was tried.
func (s *Server) finish(p *participant, e *engine.Event, err error) {
	if err != nil {
		s.fail(p, e, err)
		return
	}
	s.succeed(p, e)
}

// knock waits at a door.
func (s *Server) knock(p *participant, e *engine.Event) {
	p.spoke = true
	room, options, ok := readEntry(e)
	if !ok {
		s.fail(p, e, rooms.ErrName)
		return
	}
	if wait, ok := s.guesses.Allowed(guess(p, room), time.Now()); !ok {
		s.fail(p, e, guessError{wait})
		return
	}
	s.finish(p, e, s.countGuess(p, room, options, s.rooms.Knock(room, p, options)))
}

// answerKnock lets somebody in who waits, or not.
func (s *Server) answerKnock(p *participant, e *engine.Event) {
	id := e.Arg(0)
	if id.Type != gjson.String {
		s.fail(p, e, rooms.ErrName)
		return
	}
	s.finish(p, e, s.rooms.Answer(p, textOf(id), e.Name == eventAdmit))
}
