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

// Limits of options.
const (
	maxNameLength = 64  // characters
	maxProofSize  = 128 // bytes
)

// wrongProofRate limits wrong proofs per address and room.
var wrongProofRate = limit.Rate{PerSecond: 0.1, Burst: 5}

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

// enterRoom enters a room. If the seat that is needed has a connection, it removes
// members that no longer respond. It may block for fullTimeout and one more probe.
func (s *Server) enterRoom(p *participant, room string, o rooms.Options) error {
	wait, ok := s.wrongProofs.Allowed(proofKey(p, room), time.Now())
	if !ok {
		o.ClaimOnly = true // a seat held before needs no proof, and proofs are ignored
	}
	present, err := s.rooms.Enter(room, p, o)
	if !ok && errors.Is(err, rooms.ErrNoSeat) {
		return wrongProofsError{wait}
	}
	for began := time.Now(); time.Since(began) < fullTimeout; {
		switch {
		case errors.Is(err, rooms.ErrInUse):
			if s.removeSilent(p, present) == 0 {
				o.Key = "" // the seat belongs to another tab of the same browser
			}
		case errors.Is(err, rooms.ErrFull):
			if s.removeSilent(p, present) == 0 {
				return err
			}
		default:
			s.countWrongProof(p, room, o, err)
			return err
		}
		present, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// claimSeat claims a seat, unless its old connection still responds.
func (s *Server) claimSeat(p *participant, room string, o rooms.Options) error {
	present, err := s.rooms.Enter(room, p, o)
	if errors.Is(err, rooms.ErrInUse) && s.removeSilent(p, present) > 0 {
		_, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// proofKey is the key under which wrong proofs are counted.
func proofKey(p *participant, room string) string { return p.Client().String() + " " + room }

// countWrongProof counts a proof if err means that it was wrong.
func (s *Server) countWrongProof(p *participant, room string, o rooms.Options, err error) {
	if errors.Is(err, rooms.ErrDenied) && o.Proof != "" {
		s.wrongProofs.Fail(proofKey(p, room), time.Now())
	}
}

// leave frees the participant's seat at once.
func (s *Server) leave(p *participant, e socketio.Event) {
	if _, ok := s.rooms.Leave(p); ok {
		p.Log().Once(resultLeft).Bool("goodbye", true).Msg("left a room")
	}
	s.ackResult(p, e, nil)
}
