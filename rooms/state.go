package rooms

import "time"

// RoomState is what a room is made of, for another node. Without the exact states of its
// seats, it is the record that outlives its owner.
type RoomState[S comparable, M Content[M]] struct {
	Capacity int
	Proof    string
	Locked   bool
	Seats    []SeatState[S, M]
}

// SeatState is what a seat is made of.
type SeatState[S comparable, M Content[M]] struct {
	ID, Name, Key string
	Legacy        bool

	// Exact says that the numbers are known.
	Exact   bool
	Number  uint64 // of the last message
	Seen    uint64
	Given   uint64 // the number of the last message that the socket was sent
	Streams map[uint64]uint64
	Had     map[uint64]uint64 // by stream: the last message of another member that the socket was sent
	Events  []Sent[M]         // that may have to be sent (again), oldest first; they belong to the caller
	Missing uint64            // number of the last message that is kept no longer, though it is not confirmed
	Lost    bool              // it did not arrive, as far as is known
	Away    bool              // the others were told that it has no socket

	// For the node that had the room:
	Token   string
	Present bool
	Socket  S
	// MissingNth is which of what the socket was sent the missing message was, or 0.
	MissingNth uint64
	Stream     uint64 // of what its socket has sent, and how many messages that were
	Sent       uint64
}

// KnockState is a knock that waits.
type KnockState[S comparable] struct {
	Socket      S
	Name, Group string
}

// Sent is an event that a socket was sent as its nth, or not yet if that is 0.
type Sent[M Content[M]] struct {
	Nth   uint64
	Event Event[M]
}

// Keep returns an event whose message may be kept.
func (e Event[M]) Keep() Event[M] { return e.keep() }

// Free frees the message of an event that Keep returned.
func (e Event[M]) Free() { e.free() }

// Record returns what has to outlive this node. It reports false if the room has no seats.
func (r *Registry[S, M]) Record(name string) (st RoomState[S, M], ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rm := r.rooms[name]
	if rm == nil {
		return st, false
	}
	st = RoomState[S, M]{Capacity: rm.capacity, Proof: rm.proof, Locked: rm.locked}
	for _, s := range rm.seats {
		st.Seats = append(st.Seats, SeatState[S, M]{ID: s.id, Name: s.name, Key: s.key, Legacy: s.legacy})
	}
	return st, true
}

// TakeOut removes a room, which another node has or is about to have, and all that belongs
// to it. Nobody is told. It returns the knocks that wait as well.
func (r *Registry[S, M]) TakeOut(name string) (st RoomState[S, M], knocks []KnockState[S], ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.owned, name)
	rm := r.rooms[name]
	if rm == nil {
		return st, nil, false
	}
	rm.frozen = true
	for rm.isDraining() { // what is being sent has to be counted; sending does not block
		r.drained.Wait()
	}
	if r.rooms[name] != rm { // its last seat was freed meanwhile
		return st, nil, false
	}
	rm.stopGrace()
	st = RoomState[S, M]{Capacity: rm.capacity, Proof: rm.proof, Locked: rm.locked}
	for _, s := range rm.seats {
		st.Seats = append(st.Seats, r.takeOutSeat(s))
	}
	for _, k := range rm.knocks {
		delete(r.knocks, k.socket)
		if k.isWaiting() {
			knocks = append(knocks, KnockState[S]{k.socket, k.name, k.group})
		}
	}
	r.seatCount -= len(rm.seats)
	delete(r.rooms, name)
	return st, knocks, true
}

func (rm *room[S, M]) isDraining() bool {
	for _, s := range rm.seats {
		if s.draining {
			return true
		}
	}
	return false
}

func (r *Registry[S, M]) takeOutSeat(s *seat[S, M]) SeatState[S, M] {
	st := SeatState[S, M]{
		ID: s.id, Name: s.name, Key: s.key, Legacy: s.legacy,
		Exact: !s.unnumbered && s.isComplete(&s.number), Number: s.number, Seen: s.seen, Given: s.number, Had: s.had(), Missing: s.missing.number, Lost: s.missing.lost,
		Streams: s.streams, Away: s.isAway(),
		Token: s.token, Present: s.present, Socket: s.socket, MissingNth: s.missingNth(), Stream: s.stream, Sent: s.messages,
	}
	if st.Streams == nil {
		st.Streams = make(map[uint64]uint64)
	}
	noteStream(st.Streams, s.stream, s.messages, maxStreams)
	for s.unacked.count > 0 {
		nth, e := s.unacked.pop()
		e.WasSent = true
		st.Events = append(st.Events, Sent[M]{nth, e})
	}
	for _, e := range s.queue {
		if e.Kind == Message && st.Given >= e.Number {
			st.Given = e.Number - 1
		}
		if s.shouldKeep(e) {
			st.Events = append(st.Events, Sent[M]{0, e.keep()})
		} else {
			e.free()
		}
	}
	if s.present {
		delete(r.bySocket, s.socket)
	}
	s.queue = nil
	s.stopTimer()
	s.present, s.freed = false, true
	s.epoch++
	r.recount(s)
	return st
}

// grace is how long after a takeover the members are not told that one of them has no
// socket: most have one on another node, which is about to say so.
const grace = 2 * time.Second

// Own allows a room to be entered here, with the seats of an earlier owner. They are held
// until their sockets come back by Reenter, or their clients by Enter.
func (r *Registry[S, M]) Own(name string, st RoomState[S, M]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owned[name] {
		return
	}
	r.owned[name] = true
	if len(st.Seats) == 0 || r.cfg.Hold <= 0 {
		return
	}
	rm := r.createRoom(name, Options{Capacity: st.Capacity, Proof: st.Proof})
	rm.locked = st.Locked
	for _, from := range st.Seats {
		s := &seat[S, M]{
			room: rm, id: from.ID, name: from.Name, key: from.Key, legacy: from.Legacy,
			awaySince: time.Now(),
		}
		s.unacked.spare = &r.spare
		r.share(s)
		s.silent, s.unnumbered = !from.Away, !from.Exact
		s.streams, s.given = from.Streams, from.Had
		if from.Exact {
			s.number, s.seen, s.missing.number, s.missing.lost = from.Number, from.Seen, from.Missing, from.Lost
		}
		for _, e := range from.Events {
			s.queue = append(s.queue, e.Event.keep())
		}
		s.noteQueued()
		s.timer = time.AfterFunc(r.cfg.Hold, func() { r.expire(s, 0) })
		rm.seats = append(rm.seats, s)
		r.recount(s)
	}
	r.seatCount += len(rm.seats)
	rm.grace = time.AfterFunc(grace, func() { r.endGrace(rm) })
}

// endGrace tells the members who has left, or lost the connection, in a takeover.
func (r *Registry[S, M]) endGrace(rm *room[S, M]) {
	r.mu.Lock()
	if r.rooms[rm.name] != rm || rm.grace == nil {
		r.mu.Unlock()
		return
	}
	rm.grace = nil
	for _, s := range rm.seats {
		if !s.present && s.silent {
			s.silent = false
			rm.enqueueForOthers(s, Event[M]{Kind: Away, Room: rm.name, ID: s.id})
		}
		s.tellLeft()
	}
	deliveries := rm.startDrainingAll(nil)
	r.mu.Unlock()
	r.drain(deliveries)
}

// tellLeft tells a member who has left, of those it knows.
func (s *seat[S, M]) tellLeft() {
	for id := range s.known {
		if s.room.findID(id) == nil {
			s.enqueue(Event[M]{Kind: Left, Room: s.room.name, ID: id, WasAway: s.known[id]})
		}
	}
	s.known = nil
}
