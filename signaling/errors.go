package signaling

import (
	"errors"
	"strings"

	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// Error codes in acks. They are for programs.
const (
	codeFull    = "full"
	codeDenied  = "denied"
	codeLocked  = "locked"
	codeInvalid = "invalid"
	codeBusy    = "busy"
)

// codeTexts are the texts for these codes. They are for people.
var codeTexts = map[string]string{
	codeFull:    "Every seat in this call is taken.",
	codeDenied:  "The password is missing or wrong.",
	codeLocked:  "The call is locked. Knock, and wait to be let in.",
	codeInvalid: "The request cannot be understood.",
	codeBusy:    "The server has too many calls at the moment. Try again later.",
}

// limitedTexts are the texts for these codes after too many tries.
var limitedTexts = map[string]string{
	codeDenied: "There were too many wrong passwords. Wait a little.",
	codeFull:   "There were too many tries to join this call. Wait a little.",
}

var (
	// errArguments means that the arguments of an event are invalid.
	errArguments = errors.New("signaling: invalid arguments")
	// errUnsure means that a member on another node could not be asked in time whether
	// it responds.
	errUnsure = errors.New("signaling: the members could not all be asked")
	// errUnavailable means that the node which has the room cannot be reached now.
	errUnavailable = errors.New("signaling: the room cannot be reached now")
	// errWrongProofs means that there were too many wrong proofs.
	errWrongProofs = errors.New("signaling: too many wrong proofs")
)

// codeOf returns the code of an error.
func codeOf(err error) string {
	switch {
	case errors.Is(err, rooms.ErrFull):
		return codeFull
	case errors.Is(err, rooms.ErrDenied), errors.Is(err, errWrongProofs):
		return codeDenied
	case errors.Is(err, rooms.ErrLocked):
		return codeLocked
	case errors.Is(err, rooms.ErrTooManyRooms), errors.Is(err, errUnsure), errors.Is(err, errUnavailable):
		return codeBusy
	}
	return codeInvalid
}

// okAck is the ack of an event that succeeded.
type okAck struct {
	OK        bool `json:"ok"`
	Remembers bool `json:"remembers,omitempty"` // as in the ack of enter
}

// errorAck is the ack of an event that failed.
type errorAck struct {
	OK         bool   `json:"ok"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds
}

func newErrorAck(err error) errorAck {
	code := codeOf(err)
	ack := errorAck{Error: code, Message: codeTexts[code]}
	var limited limitedError
	if errors.As(err, &limited) {
		ack.RetryAfter, ack.Message = limited.seconds(), limitedTexts[code]
	}
	return ack
}

// ackResult acknowledges an event if the client asked for an ack. Otherwise, it sends
// a response only for invalid arguments.
func (s *Server) ackResult(p *participant, e socketio.Event, err error) {
	switch {
	case e.Ack != "" && err == nil:
		p.Send(encodeAck(e.Ack, okAck{true, s.remembers() && e.Name == eventKnock}))
	case e.Ack != "":
		p.Send(encodeAck(e.Ack, newErrorAck(err)))
	case err != nil && codeOf(err) == codeInvalid:
		s.refuseArguments(p, e.Name, codeTexts[codeInvalid])
	}
}

// refuseArguments tells a client what is wrong with an event for which it asked no ack.
func (*Server) refuseArguments(p *participant, name, reason string) {
	p.Refuse(socketio.RefusedArguments)
	p.Send(encodeEvent(eventInvalid, strings.Clone(name), reason))
}

// recordRefusal logs and counts a client that may not enter.
func (s *Server) recordRefusal(p *participant, err error) {
	code := codeOf(err)
	p.Log().Once(code).Str("reason", code).Msg("turned away")
	s.metrics.joins.WithLabelValues(code).Inc()
}
