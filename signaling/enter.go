package signaling

import (
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"vidchat/engine"
	"vidchat/internal/limit"
	"vidchat/rooms"
)

// The errors of acks, for programs.
const (
	errorFull    = "full"
	errorDenied  = "denied"
	errorLocked  = "locked"
	errorInvalid = "invalid"
	errorBusy    = "busy"
)

// errorWords are the same for people.
var errorWords = map[string]string{
	errorFull:    "Every seat in this call is taken.",
	errorDenied:  "The password is missing or wrong.",
	errorLocked:  "The call is locked. Knock, and wait to be let in.",
	errorInvalid: "The request cannot be understood.",
	errorBusy:    "The server has too many calls at the moment. Try again later.",
}

// errorOf names an error of the rooms.
func errorOf(err error) string {
	switch {
	case errors.Is(err, rooms.ErrFull):
		return errorFull
	case errors.Is(err, rooms.ErrDenied), errors.Is(err, errTooManyGuesses):
		return errorDenied
	case errors.Is(err, rooms.ErrLocked):
		return errorLocked
	case errors.Is(err, rooms.ErrMany):
		return errorBusy
	}
	return errorInvalid
}

// failed is an answer that says no.
type failed struct {
	OK         bool   `json:"ok"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds
}

// Bounds of options.
const (
	maxNameLength = 64  // characters
	maxProofSize  = 128 // bytes
)

// guessRate is for wrong proofs of one address for one room.
var guessRate = limit.Rate{PerSecond: 0.1, Burst: 5}

var errTooManyGuesses = errors.New("too many wrong proofs")

// enter is the way in for clients that know of seats.
func (s *Server) enter(p *participant, e *engine.Event) {
	p.spoke = true
	room, options, ok := readEntry(e)
	if !ok {
		s.refuseEntry(p, e, rooms.ErrName)
		return
	}
	p.asks(true, e.Ack, false)
	if err := s.enterRoom(p, room, options); err != nil {
		s.refuseEntry(p, e, err)
	}
}

func (s *Server) refuseEntry(p *participant, e *engine.Event, err error) {
	why := errorOf(err)
	p.Log().Info().Str("reason", why).Msg("turned away")
	s.stats.joins.WithLabelValues(why).Inc()
	s.fail(p, e, err)
}

// fail answers an event that cannot be done.
func (s *Server) fail(p *participant, e *engine.Event, err error) {
	why := errorOf(err)
	var guessed guessError
	f := failed{Error: why, Message: errorWords[why]}
	if errors.As(err, &guessed) {
		f.RetryAfter = max(int(math.Ceil(guessed.wait.Seconds())), 1)
		f.Message = "There were too many wrong passwords. Wait a little."
	}
	switch {
	case e.Ack != "":
		p.Send(answer(e.Ack, f))
	case why == errorInvalid:
		s.refuseArguments(p, e.Name, errorWords[why])
	}
}

// succeed answers an event that was done.
func (s *Server) succeed(p *participant, e *engine.Event) {
	if e.Ack != "" {
		p.Send(answer(e.Ack, struct {
			OK bool `json:"ok"`
		}{true}))
	}
}

// readEntry takes the arguments of enter and knock apart.
func readEntry(e *engine.Event) (room string, o rooms.Options, ok bool) {
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

// enterRoom enters, and makes room where members are gone without a word. It
// is called by the goroutine that handles the peer's packets, and may take as
// long as a sign of
// life may.
func (s *Server) enterRoom(p *participant, room string, o rooms.Options) error {
	wait, ok := s.guesses.Allowed(guess(p, room), time.Now())
	if !ok {
		o.OnlyHeld = true // a seat is a right; no proof is looked at
	}
	present, err := s.rooms.Enter(room, p, o)
	if !ok && errors.Is(err, rooms.ErrNoSeat) {
		return guessError{wait}
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

// claim gives a peer the seat that its cookie names, if its old connection is
// silent.
func (s *Server) claim(p *participant, room string) error {
	o := rooms.Options{Key: p.PreviousSID(), OwnKey: p.SID(), OnlyHeld: true, Replays: true}
	present, err := s.rooms.Enter(room, p, o)
	if errors.Is(err, rooms.ErrInUse) && s.removeSilent(p, present) > 0 {
		_, err = s.rooms.Enter(room, p, o)
	}
	return err
}

// guess is the key under which wrong proofs are counted.
func guess(p *participant, room string) string { return p.Client().String() + " " + room }

// guessError is errTooManyGuesses with the time to wait.
type guessError struct{ wait time.Duration }

func (guessError) Error() string { return errTooManyGuesses.Error() }
func (guessError) Unwrap() error { return errTooManyGuesses }

// countGuess counts a wrong proof.
func (s *Server) countGuess(p *participant, room string, o rooms.Options, err error) error {
	if errors.Is(err, rooms.ErrDenied) && o.Proof != "" {
		s.guesses.Fail(guess(p, room), time.Now())
	}
	return err
}

// leave frees the seat at once.
func (s *Server) leave(p *participant, e *engine.Event) {
	if _, ok := s.rooms.Leave(p); ok {
		p.Log().Info().Bool("goodbye", true).Msg("left a room")
	}
	s.succeed(p, e)
}
