package rooms

import (
	"crypto/subtle"
	"strings"
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
	// Request is returned in the Entry, so that the answer finds its request.
	Request any
}

// passwordPrefix starts the names of rooms that require a proof.
const passwordPrefix = "pw-"

// Enter gives a socket a seat. The first event that the socket receives from the
// room is Entered. If every seat has a socket, Enter returns ErrFull and these
// sockets. If a seat claimed by Key has a socket, it returns ErrInUse and that
// socket. The caller may call Lose for a socket that turns out to be dead, and try
// again.
func (r *Registry[S, M]) Enter(name string, socket S, o Options) (present []S, err error) {
	if name == "" || len(name) > MaxNameSize {
		return nil, ErrName
	}
	if o.Token != "" && !validToken(o.Token) {
		return nil, ErrToken
	}
	r.mu.Lock()
	deliveries, present, err := r.enter(name, socket, o)
	r.mu.Unlock()
	r.drain(deliveries)
	return present, err
}

// enter is Enter for a caller that holds r.mu and drains.
func (r *Registry[S, M]) enter(name string, socket S, o Options) ([]delivery[S, M], []S, error) {
	rm := r.rooms[name]
	if own := r.bySocket[socket]; own != nil && own.room == rm {
		return r.repeatAnswer(own, o), nil, nil
	}
	if rm != nil {
		if s := rm.findClaimed(o); s != nil {
			if s.present && o.Token == "" {
				return nil, []S{s.socket}, ErrInUse
			}
			return r.resume(s, socket, o), nil, nil
		}
	}
	if o.ClaimOnly {
		return nil, nil, ErrNoSeat
	}
	if err := r.checkAdmission(rm, name, socket, o); err != nil {
		return nil, nil, err
	}
	var deliveries []delivery[S, M]
	if rm != nil && len(rm.seats) >= rm.capacity {
		var freed bool
		if deliveries, freed = r.freeLongestAway(rm); !freed {
			return nil, rm.sockets(), ErrFull
		}
	}
	deliveries = append(deliveries, r.freeSeatOf(socket)...)
	if rm = r.rooms[name]; rm == nil { // freeing its last seat removes a room
		rm = r.createRoom(name, o)
	}
	return append(deliveries, r.addSeat(rm, socket, o)...), nil, nil
}

// checkAdmission returns why a new member may not enter, apart from a full room. rm
// is nil if there is no such room yet.
func (r *Registry[S, M]) checkAdmission(rm *room[S, M], name string, socket S, o Options) error {
	switch {
	case strings.HasPrefix(name, passwordPrefix) && o.Proof == "":
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

// equal compares secrets in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// findClaimed returns the seat that the token or key belongs to, or nil.
func (rm *room[S, M]) findClaimed(o Options) *seat[S, M] {
	for _, s := range rm.seats {
		if o.Token != "" && equal(s.token, o.Token) || o.Key != "" && s.key != "" && equal(s.key, o.Key) {
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
	return s.room.startDrainingAll()
}

// entered returns the Entered event for the seat's current state.
func (s *seat[S, M]) entered(o Options) Event[M] {
	e := &Entry{ID: s.id, Token: s.token, Capacity: s.room.capacity, Locked: s.room.locked, Request: o.Request}
	for _, other := range s.room.seats {
		if other != s {
			e.Peers = append(e.Peers, Peer{ID: other.id, Name: other.name, Away: !other.present})
		}
	}
	for _, k := range s.room.knocks {
		if k.isWaiting() {
			e.Knocks = append(e.Knocks, Peer{ID: k.id, Name: k.name})
		}
	}
	return Event[M]{Kind: Entered, Room: s.room.name, ID: s.id, Legacy: o.Legacy, Entry: e}
}

// resume moves a seat to another socket.
func (r *Registry[S, M]) resume(s *seat[S, M], socket S, o Options) []delivery[S, M] {
	deliveries := r.freeSeatOf(socket)
	wasAway := !s.present
	if s.present {
		delete(r.bySocket, s.socket)
		deliveries = append(deliveries, direct[S](s.socket, Event[M]{Kind: Moved, Room: s.room.name}))
		s.detachSocket()
	}
	if o.Name != "" {
		s.name = strings.Clone(o.Name)
	}
	if !s.isComplete(o.Seen) {
		return append(deliveries, r.renew(s, socket, o)...)
	}
	answer := s.entered(o)
	answer.Entry.Resumed = true
	s.attachSocket(socket, answer, o.Seen)
	s.legacy = o.Legacy // only now: what was kept depends on the client before
	r.bySocket[socket] = s
	r.recount(s)
	s.key = o.NextKey
	if wasAway {
		s.room.enqueueForOthers(s, Event[M]{Kind: Back, Room: s.room.name, ID: s.id})
	}
	return append(deliveries, s.room.startDrainingAll()...)
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

// addSeat adds a seat for a new member. The caller has checked the capacity.
func (r *Registry[S, M]) addSeat(rm *room[S, M], socket S, o Options) []delivery[S, M] {
	token := strings.Clone(o.Token)
	if token == "" {
		token = newToken()
	}
	s := &seat[S, M]{
		room: rm, id: idOf(token), token: token, name: strings.Clone(o.Name),
		key: o.NextKey, legacy: o.Legacy, socket: socket, present: true,
	}
	s.unacked.spare = &r.spare
	rm.enqueueForAll(Event[M]{Kind: Joined, Room: rm.name, ID: s.id, Name: s.name})
	rm.seats = append(rm.seats, s)
	r.seatCount++
	r.bySocket[socket] = s
	deliveries := r.dropKnock(socket)
	s.enqueue(s.entered(o))
	return append(deliveries, rm.startDrainingAll()...)
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

// sockets returns the sockets of a room in which every seat has one.
func (rm *room[S, M]) sockets() []S {
	all := make([]S, len(rm.seats))
	for i, s := range rm.seats {
		all[i] = s.socket
	}
	return all
}

// freeLongestAway frees the seat that has been without a socket the longest. It
// reports whether there was one.
func (r *Registry[S, M]) freeLongestAway(rm *room[S, M]) (deliveries []delivery[S, M], ok bool) {
	var longest *seat[S, M]
	for _, s := range rm.seats {
		if !s.present && (longest == nil || s.awaySince.Before(longest.awaySince)) {
			longest = s
		}
	}
	if longest == nil {
		return nil, false
	}
	return r.freeSeat(longest), true
}
