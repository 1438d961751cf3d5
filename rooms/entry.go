package rooms

import (
	"strings"
	"time"
)

// Options are the parameters of Enter and Knock.
type Options struct {
	Capacity int     // of the room, if Enter creates it; at least MinCapacity
	Name     string  // shown to others
	Proof    string  // of the password
	Token    string  // of a seat held before
	Seen     *uint64 // number of the last message handled on that seat, if known
	// Legacy is for clients of the original's protocol, whose answer does not list
	// the members. After an absence, they receive all events that they missed, not
	// only messages.
	Legacy bool
	// NextKey is a secret with which the seat can be claimed later, as Key, instead
	// of with a token.
	NextKey string
	Key     string
	// ClaimOnly claims a seat held before, and never takes a new one.
	ClaimOnly bool
	// Unanswered is for a socket on another node that knows of no seat. If it has one, the
	// answer was lost on the way, with what came after it.
	Unanswered bool
	// Group is shared by the knocks of one client, which get no more than maxGroup of
	// the places. An empty Group is no group.
	Group string
	// Quiet lets Knock fail with ErrFull where it would tell the members something.
	Quiet bool
	// Request is returned in the Entry, so that the answer finds its request.
	Request any
}

// Outcome says more about what Enter did.
type Outcome[S comparable] struct {
	Joined bool // the socket has a seat that it, or its client, did not have before
	// After ErrFull or ErrInUse:
	Sockets []S       // of the seats that are taken
	FreeAt  time.Time // when a seat without a socket may be given away; zero if there is none
}

// Enter gives a socket a seat. The first event that the socket receives from the
// room is Entered. If every seat is taken, Enter returns ErrFull. If a seat claimed by
// Key has a socket, it returns ErrInUse. The caller may call Lose or GiveUp for a
// socket that turns out to be dead, and try again.
func (r *Registry[S, M]) Enter(name string, socket S, o Options) (out Outcome[S], err error) {
	if name == "" || len(name) > MaxNameSize {
		return out, ErrName
	}
	if o.Token != "" && !validToken(o.Token) {
		return out, ErrToken
	}
	r.mu.Lock()
	deliveries, out, err := r.enter(name, socket, o)
	r.mu.Unlock()
	r.drain(deliveries)
	return out, err
}

// enter is Enter for a caller that holds r.mu and drains.
func (r *Registry[S, M]) enter(name string, socket S, o Options) (deliveries []delivery[S, M], out Outcome[S], err error) {
	if !r.mayUse(name) {
		return nil, out, ErrNotOwned
	}
	rm := r.rooms[name]
	if own := r.bySocket[socket]; own != nil && own.room == rm {
		if o.Unanswered {
			return r.answerAgain(own, o), out, nil
		}
		return r.repeatAnswer(own, o), out, nil
	}
	if rm != nil {
		if s := rm.findClaimed(o); s != nil {
			if s.present && o.Token == "" {
				return nil, Outcome[S]{Sockets: []S{s.socket}}, ErrInUse
			}
			return r.resume(s, socket, o), out, nil
		}
	}
	if o.ClaimOnly {
		return nil, out, ErrNoSeat
	}
	if err := r.checkAdmission(rm, name, socket, o); err != nil {
		return nil, out, err
	}
	if rm != nil && len(rm.seats) >= rm.capacity {
		longest := rm.longestAway()
		if longest == nil || time.Since(longest.awaySince) < r.cfg.MinAway {
			return nil, r.takenSeats(rm, longest), ErrFull
		}
		deliveries = r.freeSeat(longest)
	}
	deliveries = append(deliveries, r.freeSeatOf(socket)...)
	if rm = r.rooms[name]; rm == nil { // freeing its last seat removes a room
		rm = r.createRoom(name, o)
	}
	return r.addSeat(deliveries, rm, socket, o), Outcome[S]{Joined: true}, nil
}

// checkAdmission returns why a new member may not enter, apart from a full room. rm
// is nil if there is no such room yet.
func (r *Registry[S, M]) checkAdmission(rm *room[S, M], name string, socket S, o Options) error {
	switch {
	case !fitsName(name, o.Proof):
		return ErrDenied
	case rm == nil && r.cfg.MaxRooms > 0 && len(r.rooms) >= r.cfg.MaxRooms:
		return ErrTooManyRooms
	case rm == nil:
		return nil
	case !equal(rm.proof, o.Proof):
		return ErrDenied
	case rm.locked && !r.isAdmitted(rm, socket):
		return ErrLocked
	}
	return nil
}

// findClaimed returns the seat that the token or key belongs to, or nil.
func (rm *room[S, M]) findClaimed(o Options) *seat[S, M] {
	for _, s := range rm.seats {
		if o.Token != "" && s.hasToken(o.Token) || o.Key != "" && s.key != "" && equal(s.key, o.Key) {
			return s
		}
	}
	return nil
}

// repeatAnswer answers a socket that has the seat already.
func (r *Registry[S, M]) repeatAnswer(s *seat[S, M], o Options) []delivery[S, M] {
	s.legacy = o.Legacy
	answer := s.entered(o)
	answer.Entry.AlreadyInRoom = true
	s.enqueue(answer)
	return s.room.startDrainingAll(nil)
}

// answerAgain gives a socket its seat once more: the answer is the one that was lost, and what
// followed is sent again.
func (r *Registry[S, M]) answerAgain(s *seat[S, M], o Options) []delivery[S, M] {
	if !s.resumed {
		o.Seen = nil // which is of another seat, if there was one
	}
	return r.resume(s, s.socket, o)
}

// entered returns the Entered event for the seat's current state.
func (s *seat[S, M]) entered(o Options) Event[M] {
	e := &Entry{ID: s.id, Token: s.token, Capacity: s.room.capacity, Locked: s.room.locked, Request: o.Request, Number: s.number}
	for _, other := range s.room.seats {
		if other != s {
			e.Peers = append(e.Peers, Peer{ID: other.id, Name: other.name, Away: other.isAway()})
		}
	}
	for _, k := range s.room.knocks {
		if k.isWaiting() {
			e.Knocks = append(e.Knocks, Peer{ID: k.id, Name: k.name})
		}
	}
	return Event[M]{Kind: Entered, Room: s.room.name, ID: s.id, Legacy: o.Legacy, Entry: e}
}

// resume moves a seat to another socket, or begins anew with the one that it has.
func (r *Registry[S, M]) resume(s *seat[S, M], socket S, o Options) (deliveries []delivery[S, M]) {
	isOther := r.bySocket[socket] != s
	if isOther {
		deliveries = r.freeSeatOf(socket)
	}
	wasAway := !s.present
	s.returned(o)
	if s.present {
		if isOther {
			deliveries = append(deliveries, direct[S](s.socket, Event[M]{Kind: Moved, Room: s.room.name}))
		}
		delete(r.bySocket, s.socket)
		s.detachSocket()
	}
	if o.Name != "" {
		s.name = strings.Clone(o.Name)
	}
	if !s.isComplete(o.Seen) {
		return r.renew(deliveries, s, socket, o)
	}
	s.resumed = s.resumed || isOther
	answer := s.entered(o)
	answer.Entry.Resumed = s.resumed
	s.attachSocket(socket, answer, o.Seen)
	answer.Entry.Number, answer.Entry.Given = s.firstQueued(), s.had()
	s.legacy = o.Legacy // only now: what was kept depends on the client before
	r.bySocket[socket] = s
	r.recount(s)
	s.key = o.NextKey
	r.markChanged(s.room)
	if wasAway {
		s.room.enqueueForOthers(s, Event[M]{Kind: Back, Room: s.room.name, ID: s.id})
	}
	return s.room.startDrainingAll(deliveries)
}

// createRoom creates a room without seats. It copies the strings of a client, which
// may share memory with whole packets.
func (r *Registry[S, M]) createRoom(name string, o Options) *room[S, M] {
	capacity := max(o.Capacity, MinCapacity)
	if r.cfg.MaxCapacity > 0 {
		capacity = min(capacity, r.cfg.MaxCapacity)
	}
	rm := &room[S, M]{name: strings.Clone(name), capacity: capacity, proof: strings.Clone(o.Proof), limits: &r.cfg}
	r.rooms[rm.name] = rm
	return rm
}

// addSeat adds a seat for a new member, and appends the deliveries. The caller has checked
// the capacity.
func (r *Registry[S, M]) addSeat(deliveries []delivery[S, M], rm *room[S, M], socket S, o Options) []delivery[S, M] {
	token := strings.Clone(o.Token)
	if token == "" {
		token = NewToken()
	}
	s := &seat[S, M]{
		room: rm, id: idOf(token), token: token, name: strings.Clone(o.Name),
		key: o.NextKey, legacy: o.Legacy, socket: socket, present: true,
	}
	s.unacked.spare = &r.spare
	r.share(s)
	rm.enqueueForAll(Event[M]{Kind: Joined, Room: rm.name, ID: s.id, Name: s.name})
	rm.seats = append(rm.seats, s)
	r.seatCount++
	r.markChanged(rm)
	r.bySocket[socket] = s
	deliveries = append(deliveries, r.dropKnock(socket)...)
	answer := s.entered(o)
	answer.Entry.Given = s.had()
	s.enqueue(answer)
	return rm.startDrainingAll(deliveries)
}

// enqueueForAll adds an event to the mailboxes of all seats of a room.
func (rm *room[S, M]) enqueueForAll(e Event[M]) { rm.enqueueForOthers(nil, e) }

// enqueueForOthers adds an event to the mailboxes of all seats except one.
func (rm *room[S, M]) enqueueForOthers(except *seat[S, M], e Event[M]) {
	for _, s := range rm.seats {
		if s == except {
			continue
		}
		if s.enqueue(e); !s.present && s.overLimit(*rm.limits) {
			s.giveUp()
		}
	}
}

// takenSeats returns the sockets of a room. longest is the seat that has been without
// one the longest, or nil.
func (r *Registry[S, M]) takenSeats(rm *room[S, M], longest *seat[S, M]) (out Outcome[S]) {
	if longest != nil {
		out.FreeAt = longest.awaySince.Add(r.cfg.MinAway)
	}
	for _, s := range rm.seats {
		if s.present {
			out.Sockets = append(out.Sockets, s.socket)
		}
	}
	return out
}

// longestAway returns the seat that has been without a socket the longest, or nil.
func (rm *room[S, M]) longestAway() (longest *seat[S, M]) {
	for _, s := range rm.seats {
		if !s.present && (longest == nil || s.awaySince.Before(longest.awaySince)) {
			longest = s
		}
	}
	return longest
}
