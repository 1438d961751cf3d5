package signaling

import (
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// Limits of options.
const (
	maxNameLength = 64  // characters
	maxProofSize  = 128 // bytes
)

// enter gives a participant a seat. It is for clients that know seats.
func (s *Server) enter(p *participant, e socketio.Event) {
	p.sentFirstEvent = true
	room, options, ok := parseEntry(e)
	err := error(errArguments)
	if ok {
		options.Request = entryRequest{ack: strings.Clone(e.Ack)}
		err = s.enterRoom(p, room, options)
	}
	if err != nil {
		s.recordRefusal(p, err)
		s.ackResult(p, e, err)
	}
}

// parseEntry parses the arguments of enter and knock.
func parseEntry(e socketio.Event) (room string, o rooms.Options, ok bool) {
	name := e.Arg(0)
	if !isRoomName(name) {
		return "", o, false
	}
	o.Capacity, ok = rooms.MinCapacity, true
	if more := e.Arg(1); more.IsObject() {
		more.ForEach(func(key, value gjson.Result) bool {
			ok = parseOption(&o, key.Str, value)
			return ok
		})
	}
	return textOf(name), o, ok
}

// parseOption parses one option. It ignores unknown ones.
func parseOption(o *rooms.Options, key string, v gjson.Result) bool {
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

// enterRoom enters a room. If the seat that is needed is taken, it removes members that
// no longer respond. It may block for newMemberWait and retryTime.
func (s *Server) enterRoom(p *participant, room string, o rooms.Options) error {
	try := s.takeProof(p, room, o)
	if try.err != nil {
		o.ClaimOnly = true // a seat held before needs no proof
	}
	taken, err := s.rooms.Enter(room, p, o)
	try.settle(err)
	if try.err != nil && errors.Is(err, rooms.ErrNoSeat) {
		return try.err
	}
	if errors.Is(err, rooms.ErrFull) {
		giveBack, wait, ok := s.limits.full.Take(p.Client(), room, time.Now())
		if !ok {
			return limitedError{err, wait}
		}
		if err = s.enterTaken(p, room, o, taken, err); err == nil {
			giveBack()
		}
		return err
	}
	return s.enterTaken(p, room, o, taken, err)
}

// enterTaken enters a room after a first attempt with a result.
func (s *Server) enterTaken(p *participant, room string, o rooms.Options, taken rooms.Taken[*participant], err error) error {
	for end := time.Now().Add(s.newMemberWait + retryTime); time.Now().Before(end); {
		switch {
		case errors.Is(err, rooms.ErrInUse):
			if !s.removeFailed(p, taken, true) {
				o.Key = "" // the seat belongs to another tab of the same browser
			}
		case errors.Is(err, rooms.ErrFull):
			if !s.removeFailed(p, taken, false) {
				return err
			}
		default:
			return err
		}
		taken, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// claimSeat claims a seat, unless its old connection still responds.
func (s *Server) claimSeat(p *participant, room string, o rooms.Options) error {
	taken, err := s.rooms.Enter(room, p, o)
	if errors.Is(err, rooms.ErrInUse) && s.removeFailed(p, taken, true) {
		_, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// leave frees the participant's seat at once.
func (s *Server) leave(p *participant, e socketio.Event) {
	if _, ok := s.rooms.Leave(p); ok {
		p.Log().Info().Bool("goodbye", true).Msg("left a room")
	}
	s.ackResult(p, e, nil)
}
