package signaling

import (
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"vidchat/internal/limit"
	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// Bounds of options.
const (
	maxNameLength = 64  // characters
	maxProofSize  = 128 // bytes
)

// guessRate is for wrong proofs of one address for one room.
var guessRate = limit.Rate{PerSecond: 0.1, Burst: 5}

// enter gives a seat to a client that knows of seats.
func (s *Server) enter(p *participant, e socketio.Event) {
	p.spoke = true
	room, options, ok := readEntry(e)
	err := error(errArguments)
	if ok {
		options.Request = entryRequest{ack: strings.Clone(e.Ack)}
		err = s.enterRoom(p, room, options)
	}
	if err != nil {
		s.turnAway(p, err)
		s.answer(p, e, err)
	}
}

// readEntry reads the arguments of enter and knock.
func readEntry(e socketio.Event) (room string, o rooms.Options, ok bool) {
	name := e.Arg(0)
	if !isRoomName(name) {
		return "", o, false
	}
	o.Capacity, ok = rooms.MinCapacity, true
	if more := e.Arg(1); more.IsObject() {
		more.ForEach(func(key, value gjson.Result) bool {
			ok = readOption(&o, key.Str, value)
			return ok
		})
	}
	return textOf(name), o, ok
}

// readOption reads one option. Unknown ones are left alone.
func readOption(o *rooms.Options, key string, v gjson.Result) bool {
	text := v.Type == gjson.String
	number := v.Type == gjson.Number && v.Num >= 0 && v.Num <= math.MaxUint32
	switch {
	case v.Type == gjson.Null:
		return true
	case key == "capacity":
		o.Capacity = int(v.Num)
		return number && v.Num >= rooms.MinCapacity
	case key == "seen":
		o.Seen = new(uint64(v.Num))
		return number
	case key == "seat":
		o.Token = textOf(v)
		return text
	case key == "proof":
		o.Proof = textOf(v)
		return text && len(o.Proof) <= maxProofSize
	case key == "name":
		o.Name = strings.TrimSpace(textOf(v))
		return text && utf8.RuneCountInString(o.Name) <= maxNameLength
	}
	return true
}

// enterRoom enters a room, after members that are gone without a goodbye were
// taken from their seats. It may take as long as a probe may.
func (s *Server) enterRoom(p *participant, room string, o rooms.Options) error {
	wait, ok := s.guesses.Allowed(guessKey(p, room), time.Now())
	if !ok {
		o.OnlyHeld = true // a seat is a right; no proof is looked at
	}
	present, err := s.rooms.Enter(room, p, o)
	if !ok && errors.Is(err, rooms.ErrNoSeat) {
		return guessesError{wait}
	}
	for began := time.Now(); time.Since(began) < fullTime; {
		switch {
		case errors.Is(err, rooms.ErrInUse):
			if s.removeSilent(p, present) == 0 {
				o.Key = "" // another tab of the same browser
			}
		case errors.Is(err, rooms.ErrFull):
			if s.removeSilent(p, present) == 0 {
				return err
			}
		default:
			return s.countGuess(p, room, o, err)
		}
		present, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// enterUnlessUsed claims a seat, if its old connection is silent.
func (s *Server) enterUnlessUsed(p *participant, room string, o rooms.Options) error {
	present, err := s.rooms.Enter(room, p, o)
	if errors.Is(err, rooms.ErrInUse) && s.removeSilent(p, present) > 0 {
		_, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// guessKey is what wrong proofs are counted by.
func guessKey(p *participant, room string) string { return p.Client().String() + " " + room }

// countGuess counts a wrong proof.
func (s *Server) countGuess(p *participant, room string, o rooms.Options, err error) error {
	if errors.Is(err, rooms.ErrDenied) && o.Proof != "" {
		s.guesses.Fail(guessKey(p, room), time.Now())
	}
	return err
}

// leave frees the participant's seat at once.
func (s *Server) leave(p *participant, e socketio.Event) {
	if _, ok := s.rooms.Leave(p); ok {
		p.Log().Info().Bool("goodbye", true).Msg("left a room")
	}
	s.answer(p, e, nil)
}
