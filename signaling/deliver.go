package signaling

import (
	"encoding/json"

	"vidchat/engine"
	"vidchat/rooms"
)

// What is kept for a seat whose holder lost the connection.
const (
	keptMessages = 64
	keptBytes    = 256 << 10
)

// deliver tells a connection what happened in its room. It is called by the
// rooms, in the order in which things happened.
func (s *Server) deliver(p *participant, e rooms.Event[engine.Message]) (sent, arrived uint64) {
	m, ok := s.encodeFor(p, e)
	if !ok {
		return 0, 0
	}
	if s.holds {
		sent, arrived = p.SendCounted(m)
	} else {
		p.Send(m) // nobody will ask whether it arrived
	}
	if e.Kind == rooms.Moved {
		p.End(engine.ReasonMoved)
	}
	return sent, arrived
}

// encodeFor makes a packet of an event, unless the client is not to hear it.
func (s *Server) encodeFor(p *participant, e rooms.Event[engine.Message]) (m engine.Message, ok bool) {
	if modern, _, _ := p.answering(); !modern {
		if m, ok, known := encodeForOld(e); known {
			return m, ok
		}
	}
	switch e.Kind {
	case rooms.Message:
		return numbered(e.Message, e.Number), true
	case rooms.Entered:
		return s.encodeEntry(p, e)
	case rooms.Joined:
		return event(eventJoin, e.Room, e.ID, e.Name), true
	case rooms.Gone:
		return event(eventBye, e.Room, e.ID), true
	case rooms.Away:
		return event(eventAway, e.Room, e.ID), true
	case rooms.Back:
		return event(eventBack, e.Room, e.ID), true
	case rooms.Locked:
		return event(eventLocked, e.Room, e.Locked), true
	case rooms.Knocked:
		return event(eventKnock, e.Room, e.ID, e.Name), true
	case rooms.Unknocked:
		return event(eventUnknock, e.Room, e.ID), true
	case rooms.Admitted:
		return event(eventAdmitted, e.Room), true
	case rooms.Denied:
		return event(eventDenied, e.Room), true
	case rooms.Moved:
		return event(eventMoved, e.Room), true
	}
	return m, false
}

// encodeForOld is for clients of the original's protocol. They know no "away":
// a member that lost its connection has gone, until it says something again.
func encodeForOld(e rooms.Event[engine.Message]) (m engine.Message, ok, known bool) {
	switch e.Kind {
	case rooms.Message:
		return e.Message, true, true
	case rooms.Joined:
		return event(eventJoin, e.Room), true, true
	case rooms.Away:
		return event(eventBye, e.Room, e.ID), true, true
	case rooms.Gone:
		return event(eventBye, e.Room, e.ID), !e.Absent, true
	}
	return m, false, false
}

// entered is the answer to enter.
type entered struct {
	OK         bool            `json:"ok"`
	ID         string          `json:"id"`
	Seat       string          `json:"seat"`
	Room       string          `json:"room"`
	Capacity   int             `json:"capacity"`
	Locked     bool            `json:"locked"`
	Peers      []member        `json:"peers"`
	Knocks     []waiting       `json:"knocks"`
	ICEServers json.RawMessage `json:"iceServers"`
	Resumed    bool            `json:"resumed"`
}

type member struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Away bool   `json:"away"`
}

type waiting struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// encodeEntry answers in the way the client asked: by an ack, or as the
// original did.
func (s *Server) encodeEntry(p *participant, e rooms.Event[engine.Message]) (m engine.Message, ok bool) {
	modern, ack, mute := p.answering()
	s.entered(p, e.Entry)
	switch {
	case mute || modern && ack == "":
		return m, false
	case !modern && !e.Entry.Company():
		return event(eventCreated, e.Room, p.SocketID()), true
	case !modern:
		return event(eventJoined, e.Room, p.SocketID()), true
	}
	peers := make([]member, len(e.Entry.Peers)) // never null
	for i, other := range e.Entry.Peers {
		peers[i] = member(other)
	}
	knocks := make([]waiting, len(e.Entry.Knocks))
	for i, k := range e.Entry.Knocks {
		knocks[i] = waiting{k.ID, k.Name}
	}
	return answer(ack, entered{
		OK: true, ID: e.Entry.ID, Seat: e.Entry.Token, Room: e.Room, Capacity: e.Entry.Capacity,
		Locked: e.Entry.Locked, Peers: peers, Knocks: knocks, ICEServers: s.ice(), Resumed: e.Entry.Resumed,
	}), true
}

// entered logs and counts an entry.
func (s *Server) entered(p *participant, e *rooms.Entry) {
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
	s.stats.joined(result, p.Session)
}
