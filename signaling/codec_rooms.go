package signaling

import (
	"vidchat/rooms"
)

func (w *writer) options(o rooms.Options) {
	w.number(uint64(max(o.Capacity, 0)))
	w.text(o.Name)
	w.text(o.Proof)
	w.text(o.Token)
	w.text(o.NextKey)
	w.text(o.Key)
	w.text(o.Group)
	w.bool(o.Legacy)
	w.bool(o.ClaimOnly)
	w.bool(o.Quiet)
	w.bool(o.Unanswered)
	w.bool(o.Seen != nil)
	if o.Seen != nil {
		w.number(*o.Seen)
	}
}

func (r *reader) options() (o rooms.Options) {
	o.Capacity = int(r.number())
	o.Name, o.Proof, o.Token, o.NextKey, o.Key, o.Group = r.text(), r.text(), r.text(), r.text(), r.text(), r.text()
	o.Legacy, o.ClaimOnly, o.Quiet, o.Unanswered = r.bool(), r.bool(), r.bool(), r.bool()
	if r.bool() {
		o.Seen = new(r.number())
	}
	return o
}

func (w *writer) event(e rooms.Event[details]) {
	w.byte(byte(e.Kind))
	w.bool(e.Locked)
	w.bool(e.WasAway)
	w.bool(e.Legacy)
	w.text(e.ID)
	switch e.Kind {
	case rooms.Message:
		w.number(e.Number)
		w.number(e.Origin.Stream)
		w.number(e.Origin.Number)
		w.bytes(e.Message.json)
	case rooms.Entered:
		w.entry(e.Entry)
	default:
		w.text(e.Name)
	}
}

// event reads an event, whose message is borrowed from the frame.
func (r *reader) event(room string) (e rooms.Event[details]) {
	e.Room = room
	e.Kind = rooms.Kind(r.byte())
	e.Locked, e.WasAway, e.Legacy, e.ID = r.bool(), r.bool(), r.bool(), r.text()
	switch e.Kind {
	case rooms.Message:
		e.Number = r.number()
		e.Origin.Stream = r.number()
		e.Origin.Number = r.number()
		e.Message = details{json: r.bytes()}
	case rooms.Entered:
		e.Entry = r.entry()
	default:
		e.Name = r.text()
	}
	return e
}

func (w *writer) peers(all []rooms.Peer) {
	w.number(uint64(len(all)))
	for _, p := range all {
		w.text(p.ID)
		w.text(p.Name)
		w.bool(p.Away)
	}
}

func (r *reader) peers() (all []rooms.Peer) {
	for range r.count() {
		all = append(all, rooms.Peer{ID: r.text(), Name: r.text(), Away: r.bool()})
	}
	return all
}

func (w *writer) entry(e *rooms.Entry) {
	call, _ := e.Request.(uint64)
	w.number(call)
	w.text(e.ID)
	w.text(e.Token)
	w.number(uint64(e.Capacity))
	w.bool(e.Locked)
	w.bool(e.AlreadyInRoom)
	w.bool(e.Resumed)
	w.number(e.Number)
	w.numbers(e.Given)
	w.peers(e.Peers)
	w.peers(e.Knocks)
}

func (r *reader) entry() *rooms.Entry {
	e := &rooms.Entry{Request: r.number()}
	e.ID, e.Token, e.Capacity = r.text(), r.text(), int(r.number())
	e.Locked, e.AlreadyInRoom, e.Resumed = r.bool(), r.bool(), r.bool()
	e.Number, e.Given = r.number(), r.numbers()
	e.Peers, e.Knocks = r.peers(), r.peers()
	return e
}

func (w *writer) sent(all []rooms.Sent[details]) {
	w.number(uint64(len(all)))
	for _, s := range all {
		w.number(s.Nth)
		w.event(s.Event)
		w.bool(s.Event.WasSent)
	}
}

func (r *reader) sent(room string) (all []rooms.Sent[details]) {
	for range r.count() {
		s := rooms.Sent[details]{Nth: r.number(), Event: r.event(room)}
		s.Event.WasSent = r.bool()
		all = append(all, s)
	}
	return all
}

func (w *writer) presence(p rooms.Presence[details]) {
	for _, text := range []string{p.ID, p.Token, p.Name, p.Key, p.Room.Proof} {
		w.text(text)
	}
	w.bool(p.Legacy)
	w.bool(p.Again)
	w.bool(p.Room.Locked)
	w.number(uint64(p.Room.Capacity))
	w.number(p.Number)
	w.number(p.Missing)
	w.bool(p.Lost)
	w.numbers(p.Given)
	w.sent(p.Unacked)
	w.flags(p.Known)
	w.texts(p.Knocks)
}

func (r *reader) presence(room string) (p rooms.Presence[details]) {
	p.ID, p.Token, p.Name, p.Key, p.Room.Proof = r.text(), r.text(), r.text(), r.text(), r.text()
	p.Legacy, p.Again, p.Room.Locked, p.Room.Capacity = r.bool(), r.bool(), r.bool(), int(r.number())
	p.Number, p.Missing, p.Lost, p.Given, p.Unacked, p.Known, p.Knocks = r.number(), r.number(), r.bool(), r.numbers(), r.sent(room), r.flags(), r.texts()
	return p
}

// roomState is what another registry needs of a room: all of it, or what is on record.
func (w *writer) roomState(st roomState, all bool) {
	w.number(uint64(st.Capacity))
	w.text(st.Proof)
	w.bool(st.Locked)
	w.number(uint64(len(st.Seats)))
	for _, s := range st.Seats {
		w.text(s.ID)
		w.text(s.Name)
		w.text(s.Key)
		w.bool(s.Legacy)
		if w.bool(all); !all {
			continue
		}
		w.bool(s.Exact)
		w.bool(s.Away)
		w.number(s.Number)
		w.number(s.Seen)
		w.number(s.Missing)
		w.bool(s.Lost)
		w.numbers(s.Streams)
		w.numbers(s.Had)
		w.sent(s.Events)
	}
}

func (r *reader) roomState(room string) (st roomState) {
	st.Capacity, st.Proof, st.Locked = int(r.number()), r.text(), r.bool()
	for range r.count() {
		s := seatState{ID: r.text(), Name: r.text(), Key: r.text(), Legacy: r.bool()}
		if r.bool() {
			s.Exact, s.Away, s.Number, s.Seen, s.Missing, s.Lost = r.bool(), r.bool(), r.number(), r.number(), r.number(), r.bool()
			s.Streams, s.Had, s.Events = r.numbers(), r.numbers(), r.sent(room)
		}
		st.Seats = append(st.Seats, s)
	}
	return st
}

type (
	roomState = rooms.RoomState[*participant, details]
	seatState = rooms.SeatState[*participant, details]
)
