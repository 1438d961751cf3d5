package rooms

import "strings"

// Presence is what the node of a socket knows of its seat, for a new owner of the room.
type Presence[M Content[M]] struct {
	ID, Token, Name, Key string
	Legacy               bool
	Room                 RoomOptions
	Number               uint64            // of the last message that the socket was sent
	Given                map[uint64]uint64 // by stream: the last message that it was sent
	Unacked              []Sent[M]         // what it was sent and may not have handled
	Missing              uint64            // number of the last message that is not among that any longer
	Lost                 bool              // it did not arrive, as far as is known
	Known                map[string]bool   // the other members the client knows, and whether as away
	Knocks               []string          // the ids of the knocks that the client knows
	Again                bool              // it had its seat from this owner already
}

// RoomOptions are what a member knows of its room.
type RoomOptions struct {
	Capacity int
	Proof    string
	Locked   bool
}

// Reenter gives the socket of a member its seat back after the room has got a new owner.
// The client is not answered; it is told what has happened meanwhile. If it has missed
// messages that are kept no longer, Reenter fails: only Enter can tell it so.
func (r *Registry[S, M]) Reenter(name string, socket S, p Presence[M]) error {
	if name == "" || len(name) > MaxNameSize {
		return ErrName
	}
	r.mu.Lock()
	deliveries, err := r.reenter(name, socket, p)
	r.mu.Unlock()
	r.drain(deliveries)
	return err
}

func (r *Registry[S, M]) reenter(name string, socket S, p Presence[M]) ([]delivery[S, M], error) {
	if !r.owned[name] {
		return nil, ErrNotOwned
	}
	rm := r.rooms[name]
	if rm == nil && p.Again {
		return nil, ErrNoSeat
	}
	if rm == nil {
		rm = r.createRoom(name, Options{Capacity: p.Room.Capacity, Proof: p.Room.Proof})
		rm.locked = p.Room.Locked
	}
	s, isNew := rm.findID(p.ID), false
	switch {
	case s == nil && p.Again:
		return nil, ErrNoSeat // it was freed, since too much had to be kept
	case s != nil && !s.unnumbered && !s.isComplete(&p.Number):
		return nil, ErrMissed
	case s != nil && s.present && s.socket == socket: // events may have been lost on the way
		delete(r.bySocket, socket)
		s.detachSocket()
		s.silent = true
	case s != nil && s.present:
		return nil, ErrInUse // its client has come back by another way
	case s == nil && len(rm.seats) >= rm.capacity:
		return nil, ErrFull
	case s == nil:
		s, isNew = r.newSeat(rm, p), true
		rm.seats = append(rm.seats, s)
		r.seatCount++
		r.markChanged(rm)
	}
	deliveries := r.freeSeatOf(socket)
	wasAway := s.isAway()
	s.regain(socket, p)
	r.bySocket[socket] = s
	r.recount(s)
	rm.introduce(s, isNew, wasAway)
	s.catchUp(p)
	if rm.grace == nil {
		s.tellLeft()
	}
	return rm.startDrainingAll(deliveries), nil
}

func (r *Registry[S, M]) newSeat(rm *room[S, M], p Presence[M]) *seat[S, M] {
	s := &seat[S, M]{room: rm, id: strings.Clone(p.ID), token: strings.Clone(p.Token), name: strings.Clone(p.Name)}
	s.unacked.spare = &r.spare
	r.share(s)
	s.silent = true
	return s
}

// regain gives a seat the socket that it had. What the socket was sent already is not sent
// again, but kept until it has arrived.
func (s *seat[S, M]) regain(socket S, p Presence[M]) {
	s.stopTimer()
	s.given, s.known = p.Given, cloneMap(p.Known)
	if s.token == "" {
		s.token = strings.Clone(p.Token)
	}
	s.key, s.legacy = strings.Clone(p.Key), p.Legacy
	if s.unnumbered {
		s.queue = deleteEvents(s.queue, func(e Event[M]) bool { return e.Kind != Message || s.wasGiven(e) })
		s.numberFrom(p.Number)
	} else {
		s.queue = deleteEvents(s.queue, func(e Event[M]) bool { return e.Kind != Message || e.Number <= p.Number })
		s.number = max(s.number, p.Number)
	}
	s.noteQueued()
	s.socket, s.present, s.silent = socket, true, false
	s.epoch++
	s.missing.number = max(s.missing.number, p.Missing)
	s.missing.lost = s.missing.lost || p.Lost
	for _, e := range p.Unacked {
		s.unacked.push(e.Nth, e.Event.keep())
	}
}

// introduce tells the others of a seat that has its socket back.
func (rm *room[S, M]) introduce(s *seat[S, M], isNew, wasAway bool) {
	for _, other := range rm.seats {
		_, knows := other.knownAs(s.id)
		switch {
		case other == s:
		case isNew && !knows:
			other.enqueue(Event[M]{Kind: Joined, Room: rm.name, ID: s.id, Name: s.name})
		case wasAway:
			other.enqueue(Event[M]{Kind: Back, Room: rm.name, ID: s.id})
		}
	}
}

// knownAs returns what a member knows of another. One that has not come back yet will say.
func (s *seat[S, M]) knownAs(id string) (away, known bool) {
	if s.shared == nil || s.known == nil {
		return false, !s.present
	}
	away, known = s.known[id]
	return away, known
}

// catchUp tells a member in what the room differs from what it knows.
func (s *seat[S, M]) catchUp(p Presence[M]) {
	rm := s.room
	for _, other := range rm.seats {
		away, known := s.known[other.id]
		switch {
		case other == s:
		case !known:
			s.enqueue(Event[M]{Kind: Joined, Room: rm.name, ID: other.id, Name: other.name})
		case away && !other.isAway():
			s.enqueue(Event[M]{Kind: Back, Room: rm.name, ID: other.id})
		case !away && other.isAway():
			s.enqueue(Event[M]{Kind: Away, Room: rm.name, ID: other.id})
		}
		if other != s {
			s.known[other.id] = other.isAway()
		}
	}
	if rm.locked != p.Room.Locked {
		s.enqueue(Event[M]{Kind: Locked, Room: rm.name, Locked: rm.locked})
	}
	waiting := make(map[string]bool)
	for _, k := range rm.knocks {
		if k.isWaiting() {
			waiting[k.id] = true
		}
	}
	for _, id := range p.Knocks {
		if !waiting[id] {
			s.enqueue(Event[M]{Kind: Unknocked, Room: rm.name, ID: id})
		}
		delete(waiting, id)
	}
	for _, k := range rm.knocks {
		if waiting[k.id] {
			s.enqueue(Event[M]{Kind: Knocked, Room: rm.name, ID: k.id, Name: k.name})
		}
	}
}
