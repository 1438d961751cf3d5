package signaling

import (
	"encoding/json"
	"strconv"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
	"vidchat/rooms"
)

// notify sends an event of a room to a participant. The registry calls it in the order
// of the events.
func (s *Server) notify(p *participant, e rooms.Event[details]) (sent, arrived uint64) {
	if p.remote != nil {
		return p.remote.send(e)
	}
	if e.Kind == rooms.Message {
		return s.sendMessage(p, e)
	}
	o, ok := s.encodeNotification(p, e)
	switch {
	case !ok:
		return 0, 0
	case s.holdsSeats:
		sent, arrived = p.SendTracked(o)
	default:
		p.Send(o)
	}
	if e.Kind == rooms.Moved {
		p.End(engineio.ReasonMoved)
	}
	return sent, arrived
}

// sendMessage sends a message event, with details byte for byte and the sender's id. The
// number is for clients that report what they have seen.
func (s *Server) sendMessage(p *participant, e rooms.Event[details]) (sent, arrived uint64) {
	tail := append(append(make([]byte, 0, 64), `,"`...), e.ID...)
	tail = append(tail, '"')
	if !e.Legacy {
		tail = strconv.AppendUint(append(tail, ','), e.Number, 10)
	}
	tail = append(tail, ']')
	return p.SendDraft(wire.Draft{Head: `2["` + eventMessage + `",`, Body: e.Message.json, Tail: tail}, s.holdsSeats)
}

// encodeNotification encodes any other event for a participant. It reports false if the
// participant is not to receive it.
func (s *Server) encodeNotification(p *participant, e rooms.Event[details]) (o wire.Outgoing, ok bool) {
	if e.Legacy {
		if o, ok, differs := encodeLegacy(e); differs {
			return o, ok
		}
	}
	switch e.Kind {
	case rooms.Entered:
		return s.encodeEntry(p, e)
	case rooms.Joined:
		return encodeEvent(eventJoin, e.Room, e.ID, e.Name), true
	case rooms.Left:
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

// encodeLegacy encodes an event that differs in the original's protocol. Old clients do
// not know "away": for them, a member without a connection has left, until it sends
// something again.
func encodeLegacy(e rooms.Event[details]) (o wire.Outgoing, ok, differs bool) {
	switch e.Kind {
	case rooms.Joined:
		return encodeEvent(eventJoin, e.Room), true, true
	case rooms.Away:
		return encodeEvent(eventBye, e.Room, e.ID), true, true
	case rooms.Left:
		return encodeEvent(eventBye, e.Room, e.ID), !e.WasAway, true
	}
	return o, false, false
}

// enterAck is the ack of enter.
type enterAck struct {
	OK         bool            `json:"ok"`
	ID         string          `json:"id"`
	Seat       string          `json:"seat"`
	Room       string          `json:"room"`
	Capacity   int             `json:"capacity"`
	Locked     bool            `json:"locked"`
	Peers      []peerInfo      `json:"peers"`
	Knocks     []knockInfo     `json:"knocks"`
	ICEServers json.RawMessage `json:"iceServers"`
	Resumed    bool            `json:"resumed"`
	Remembers  bool            `json:"remembers,omitempty"`
}

type peerInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Away bool   `json:"away"`
}

type knockInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// encodeEntry encodes the answer as an ack of enter, or as an event of the original.
func (s *Server) encodeEntry(p *participant, e rooms.Event[details]) (o wire.Outgoing, ok bool) {
	s.countEntry(p, e.Entry)
	request, _ := e.Entry.Request.(entryRequest)
	switch {
	case request.noAnswer:
		return o, false
	case e.Legacy && e.Entry.HasPresentPeer():
		return encodeEvent(eventJoined, e.Room, p.ID()), true
	case e.Legacy:
		return encodeEvent(eventCreated, e.Room, p.ID()), true
	case request.ack == "":
		return o, false
	}
	return encodeAck(request.ack, s.newEnterAck(p, e)), true
}

func (s *Server) newEnterAck(p *participant, e rooms.Event[details]) enterAck {
	peers := make([]peerInfo, len(e.Entry.Peers)) // never null in JSON
	for i, other := range e.Entry.Peers {
		peers[i] = peerInfo(other)
	}
	knocks := make([]knockInfo, len(e.Entry.Knocks))
	for i, k := range e.Entry.Knocks {
		knocks[i] = knockInfo{k.ID, k.Name}
	}
	return enterAck{
		OK: true, ID: e.Entry.ID, Seat: e.Entry.Token, Room: e.Room, Capacity: e.Entry.Capacity,
		Locked: e.Entry.Locked, Peers: peers, Knocks: knocks, ICEServers: s.ice(p.Client(), p.PublicID()), Resumed: e.Entry.Resumed,
		Remembers: s.remembers(),
	}
}

// remembers reports whether rooms outlive this process.
func (s *Server) remembers() bool { return s.cluster != nil }

// countEntry logs and counts an entry.
func (s *Server) countEntry(p *participant, e *rooms.Entry) {
	result := eventJoined
	switch {
	case e.AlreadyInRoom:
		result = resultAgain
	case e.Resumed:
		result = resultResumed
	case len(e.Peers) == 0:
		result = eventCreated
	}
	if !e.AlreadyInRoom {
		p.Log().Once(result).Str("as", e.ID).Str("result", result).Int("others", len(e.Peers)).Msg("joined a room")
	}
	s.metrics.joined(result, p)
}
