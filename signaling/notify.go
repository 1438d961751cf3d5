package signaling

import (
	"encoding/json"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
	"vidchat/rooms"
)

// notify tells a participant what happened in its room. The rooms call it, in the
// order in which things happened.
func (s *Server) notify(p *participant, e rooms.Event[string]) (sent, delivered uint64) {
	o, ok := s.encodeFor(p, e)
	switch {
	case !ok:
		return 0, 0
	case s.tracks:
		sent, delivered = p.SendTracked(o)
	default:
		p.Send(o)
	}
	if e.Kind == rooms.Moved {
		p.End(engineio.ReasonMoved)
	}
	return sent, delivered
}

// encodeFor encodes an event, unless the participant is not to be told.
func (s *Server) encodeFor(p *participant, e rooms.Event[string]) (o wire.Outgoing, ok bool) {
	if e.Legacy {
		if o, ok, known := encodeLegacy(e); known {
			return o, ok
		}
	}
	switch e.Kind {
	case rooms.Message:
		return encodeMessage(e.Message, e.ID, e.Number), true
	case rooms.Entered:
		return s.encodeEntry(p, e)
	case rooms.Joined:
		return encodeEvent(eventJoin, e.Room, e.ID, e.Name), true
	case rooms.Gone:
		return encodeEvent(eventBye, e.Room, e.ID), true
	case rooms.Away:
		return encodeEvent(eventAway, e.Room, e.ID), true
	case rooms.Back:
		return encodeEvent(eventBack, e.Room, e.ID), true
	case rooms.Locked:
		return encodeEvent(eventLocked, e.Room, e.Locked), true
	case rooms.Knocked:
		return encodeEvent(eventKnock, e.Room, e.ID, e.Name), true
	case rooms.Unknocked:
		return encodeEvent(eventUnknock, e.Room, e.ID), true
	case rooms.Admitted:
		return encodeEvent(eventAdmitted, e.Room), true
	case rooms.Denied:
		return encodeEvent(eventDenied, e.Room), true
	case rooms.Moved:
		return encodeEvent(eventMoved, e.Room), true
	}
	return o, false
}

// encodeLegacy is for clients of the original's protocol. They know no "away": a
// member that lost its connection has left, until it sends something again.
func encodeLegacy(e rooms.Event[string]) (o wire.Outgoing, ok, known bool) {
	switch e.Kind {
	case rooms.Message:
		return encodeMessage(e.Message, e.ID, 0), true, true
	case rooms.Joined:
		return encodeEvent(eventJoin, e.Room), true, true
	case rooms.Away:
		return encodeEvent(eventBye, e.Room, e.ID), true, true
	case rooms.Gone:
		return encodeEvent(eventBye, e.Room, e.ID), !e.Absent, true
	}
	return o, false, false
}

// entryAnswer is the ack of enter.
type entryAnswer struct {
	OK         bool            `json:"ok"`
	ID         string          `json:"id"`
	Seat       string          `json:"seat"`
	Room       string          `json:"room"`
	Capacity   int             `json:"capacity"`
	Locked     bool            `json:"locked"`
	Peers      []memberAnswer  `json:"peers"`
	Knocks     []knockAnswer   `json:"knocks"`
	ICEServers json.RawMessage `json:"iceServers"`
	Resumed    bool            `json:"resumed"`
}

type memberAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Away bool   `json:"away"`
}

type knockAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// encodeEntry answers in the way the client asked: by an ack, or as the original
// did.
func (s *Server) encodeEntry(p *participant, e rooms.Event[string]) (o wire.Outgoing, ok bool) {
	s.countEntry(p, e.Entry)
	request, _ := e.Entry.Request.(entryRequest)
	switch {
	case request.silent:
		return o, false
	case e.Legacy && e.Entry.Accompanied():
		return encodeEvent(eventJoined, e.Room, p.ID()), true
	case e.Legacy:
		return encodeEvent(eventCreated, e.Room, p.ID()), true
	case request.ack == "":
		return o, false
	}
	return encodeAck(request.ack, s.entryAnswer(e)), true
}

func (s *Server) entryAnswer(e rooms.Event[string]) entryAnswer {
	peers := make([]memberAnswer, len(e.Entry.Peers)) // never null
	for i, other := range e.Entry.Peers {
		peers[i] = memberAnswer(other)
	}
	knocks := make([]knockAnswer, len(e.Entry.Knocks))
	for i, k := range e.Entry.Knocks {
		knocks[i] = knockAnswer{k.ID, k.Name}
	}
	return entryAnswer{
		OK: true, ID: e.Entry.ID, Seat: e.Entry.Token, Room: e.Room, Capacity: e.Entry.Capacity,
		Locked: e.Entry.Locked, Peers: peers, Knocks: knocks, ICEServers: s.ice(), Resumed: e.Entry.Resumed,
	}
}

// countEntry logs and counts an entry.
func (s *Server) countEntry(p *participant, e *rooms.Entry) {
	result := eventJoined
	switch {
	case e.Again:
		result = resultAgain
	case e.Resumed:
		result = resultResumed
	case len(e.Peers) == 0:
		result = eventCreated
	}
	if !e.Again {
		p.Log().Info().Str("as", e.ID).Str("result", result).Int("others", len(e.Peers)).Msg("joined a room")
	}
	s.metrics.joined(result, p)
}
