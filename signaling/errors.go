package signaling

import (
	"errors"
	"math"
	"strings"
	"time"

	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// The codes of errors in acks, for programs.
const (
	codeFull    = "full"
	codeDenied  = "denied"
	codeLocked  = "locked"
	codeInvalid = "invalid"
	codeBusy    = "busy"
)

// codeTexts say the same for people.
var codeTexts = map[string]string{
	codeFull:    "Every seat in this call is taken.",
	codeDenied:  "The password is missing or wrong.",
	codeLocked:  "The call is locked. Knock, and wait to be let in.",
	codeInvalid: "The request cannot be understood.",
	codeBusy:    "The server has too many calls at the moment. Try again later.",
}

const guessesText = "There were too many wrong passwords. Wait a little."

var (
	// errArguments is that the arguments of an event cannot be used.
	errArguments = errors.New("signaling: unusable arguments")
	// errGuesses is that too many proofs were wrong.
	errGuesses = errors.New("signaling: too many wrong proofs")
)

// guessesError is errGuesses with the time to wait.
type guessesError struct{ wait time.Duration }

func (guessesError) Error() string { return errGuesses.Error() }
func (guessesError) Unwrap() error { return errGuesses }

// codeOf is the code of an error.
func codeOf(err error) string {
	switch {
	case errors.Is(err, rooms.ErrFull):
		return codeFull
	case errors.Is(err, rooms.ErrDenied), errors.Is(err, errGuesses):
		return codeDenied
	case errors.Is(err, rooms.ErrLocked):
		return codeLocked
	case errors.Is(err, rooms.ErrMany):
		return codeBusy
	}
	return codeInvalid
}

// success is the ack of an event that was done.
type success struct {
	OK bool `json:"ok"`
}

// failure is the ack of an event that was refused.
type failure struct {
	OK         bool   `json:"ok"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds
}

func failureOf(err error) failure {
	code := codeOf(err)
	f := failure{Error: code, Message: codeTexts[code]}
	var guesses guessesError
	if errors.As(err, &guesses) {
		f.RetryAfter = max(int(math.Ceil(guesses.wait.Seconds())), 1)
		f.Message = guessesText
	}
	return f
}

// answer acknowledges an event, if the client asked for it. Without an ack, only
// unusable arguments are answered.
func (s *Server) answer(p *participant, e socketio.Event, err error) {
	switch {
	case e.Ack != "" && err == nil:
		p.Send(encodeAck(e.Ack, success{true}))
	case e.Ack != "":
		p.Send(encodeAck(e.Ack, failureOf(err)))
	case err != nil && codeOf(err) == codeInvalid:
		s.refuseArguments(p, e.Name, codeTexts[codeInvalid])
	}
}

// refuseArguments tells a client what is wrong with an event that asked for no
// answer.
func (*Server) refuseArguments(p *participant, name, reason string) {
	p.Refuse(socketio.RefusedArguments)
	p.Send(encodeEvent(eventInvalid, strings.Clone(name), reason))
}

// turnAway logs and counts a client that may not enter.
func (s *Server) turnAway(p *participant, err error) {
	code := codeOf(err)
	p.Log().Info().Str("reason", code).Msg("turned away")
	s.metrics.joins.WithLabelValues(code).Inc()
}
