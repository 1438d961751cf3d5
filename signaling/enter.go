package signaling

import (
	"cmp"
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
		err = delayLimited(s.enterAnywhere(p, room, options))
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

// enterRoom enters a room. After too many tries, it gives a client only a seat that it
// had before. It may block for newMemberWait and retryTime.
func (s *Server) enterRoom(p *participant, room string, o rooms.Options) error {
	proof := s.limits.takeProof(p, room, o)
	join := takeTry(s.limits.joins, p, room, rooms.ErrFull)
	limited := cmp.Or(proof.err, join.err)
	o.ClaimOnly = o.ClaimOnly || limited != nil
	out, err := s.rooms.Enter(room, p, o)
	proof.settle(errors.Is(err, rooms.ErrDenied))
	if errors.Is(err, rooms.ErrFull) || errors.Is(err, rooms.ErrInUse) {
		out, err = s.enterTaken(p, room, o, out, err)
	}
	join.settle(out.Joined)
	if limited != nil && errors.Is(err, rooms.ErrNoSeat) {
		return limited
	}
	return err
}

// enterTaken enters a room after a first attempt found the seat taken that is needed. It
// removes members that no longer respond.
func (s *Server) enterTaken(p *participant, room string, o rooms.Options, out rooms.Outcome[*participant], err error) (rooms.Outcome[*participant], error) {
	full, asked := try{}, false
	for end := time.Now().Add(s.newMemberWait + retryTime); time.Now().Before(end); {
		switch {
		case errors.Is(err, rooms.ErrInUse):
			if free, _ := s.removeFailed(p, out, true); !free {
				o.Key = "" // the seat belongs to another tab of the same browser
			}
		case errors.Is(err, rooms.ErrFull):
			if !asked {
				full, asked = takeTry(s.limits.full, p, room, err), true
			}
			if full.err != nil {
				return out, full.err
			}
			if free, unsure := s.removeFailed(p, out, false); !free {
				if unsure {
					err = errUnsure
				}
				return out, err
			}
		default:
			full.settle(err != nil)
			return out, err
		}
		out, err = s.rooms.Enter(room, p, o)
	}
	return out, err
}

// claimSeat claims a seat, unless its old connection still responds.
func (s *Server) claimSeat(p *participant, room string, o rooms.Options) error {
	out, err := s.rooms.Enter(room, p, o)
	if errors.Is(err, rooms.ErrInUse) {
		if free, _ := s.removeFailed(p, out, true); free {
			_, err = s.rooms.Enter(room, p, o)
		}
	}
	return err
}

// leave frees the participant's seat at once.
func (s *Server) leave(p *participant, e socketio.Event) {
	if s.leaveAnywhere(p) {
		p.Log().Once(resultLeft).Bool("goodbye", true).Msg("left a room")
	}
	s.ackResult(p, e, nil)
}
