package rooms

import (
	"crypto/subtle"
	"strings"
)

// Options are what a newcomer asks for.
type Options struct {
	Capacity int    // of the room, if it is made; MinCapacity if 0
	Name     string // shown to others
	Proof    string // of the password
	Token    string // of a seat held before
	// Seen is the number of the last message handled on that seat, if the client
	// knows.
	Seen *uint64
	// Legacy is for clients of the original's protocol, which are not told who is
	// there when they come back. Everything that happened in the meantime is told
	// to them, not messages alone.
	Legacy bool
	// OwnKey is a secret by which the seat can be claimed later, instead of a
	// token: as Key.
	OwnKey string
	Key    string
	// OnlyHeld is for claiming a seat that exists, not for getting a new one.
	OnlyHeld bool
	// Request comes back in the Entry, so that the answer finds its request.
	Request any
}

// passwordPrefix begins the name of a room that nobody enters without a proof.
const passwordPrefix = "pw-"

// Enter gives a socket a seat. The socket is told by an Entered event, before
// anything else from the room. If every seat has a socket, the error is ErrFull;
// if a seat is claimed by Key while it has a socket, it is ErrInUse. Both come
// with these sockets. One that is found dead can be taken from its seat by Lose;
// then Enter succeeds.
func (r *Registry[S, M]) Enter(name string, socket S, o Options) (present []S, err error) {
	if name == "" || len(name) > MaxNameSize {
		return nil, ErrName
	}
	if o.Token != "" && !validToken(o.Token) {
		return nil, ErrToken
	}
	r.mu.Lock()
	mail, present, err := r.enter(name, socket, o)
	r.mu.Unlock()
	r.drain(mail)
	return present, err
}

// enter is called with the lock held.
func (r *Registry[S, M]) enter(name string, socket S, o Options) ([]delivery[S, M], []S, error) {
	in := r.rooms[name]
	if own := r.seats[socket]; own != nil && own.room == in {
		return r.enterAgain(own, o), nil, nil
	}
	if in != nil {
		if s := in.seatOf(o); s != nil {
			if s.present && o.Token == "" {
				return nil, []S{s.socket}, ErrInUse
			}
			return r.resume(s, socket, o), nil, nil
		}
	}
	if o.OnlyHeld {
		return nil, nil, ErrNoSeat
	}
	if err := r.admits(in, name, socket, o); err != nil {
		return nil, nil, err
	}
	var mail []delivery[S, M]
	if in != nil && len(in.seats) >= in.capacity {
		var yielded bool
		if mail, yielded = r.yield(in); !yielded {
			return nil, in.sockets(), ErrFull
		}
	}
	mail = append(mail, r.leaveOther(socket)...)
	if in = r.rooms[name]; in == nil { // the last one may just have yielded
		in = r.open(name, o)
	}
	return append(mail, r.sit(in, socket, o)...), nil, nil
}

// admits returns what keeps a newcomer out, apart from a lack of seats.
func (r *Registry[S, M]) admits(in *room[S, M], name string, socket S, o Options) error {
	switch {
	case strings.HasPrefix(name, passwordPrefix) && o.Proof == "":
		return ErrDenied
	case in == nil && r.cfg.Rooms > 0 && len(r.rooms) >= r.cfg.Rooms:
		return ErrMany
	case in == nil:
		return nil
	case !equal(in.proof, o.Proof):
		return ErrDenied
	case in.locked && !r.hasPass(in, socket):
		return ErrLocked
	}
	return nil
}

// equal compares secrets in a time that does not depend on where they differ.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// seatOf finds the seat that the newcomer held before.
func (in *room[S, M]) seatOf(o Options) *seat[S, M] {
	for _, s := range in.seats {
		if o.Token != "" && equal(s.token, o.Token) || o.Key != "" && s.key != "" && equal(s.key, o.Key) {
			return s
		}
	}
	return nil
}

// enterAgain repeats the answer to a socket that has the seat.
func (r *Registry[S, M]) enterAgain(s *seat[S, M], o Options) []delivery[S, M] {
	s.legacy = o.Legacy
	answer := s.answer(o)
	answer.Entry.Again = true
	s.put(answer)
	return s.room.readyAll()
}

// answer is the Entered event for a seat as it is.
func (s *seat[S, M]) answer(o Options) Event[M] {
	e := &Entry{ID: s.id, Token: s.token, Capacity: s.room.capacity, Locked: s.room.locked, Request: o.Request}
	for _, other := range s.room.seats {
		if other != s {
			e.Peers = append(e.Peers, Peer{ID: other.id, Name: other.name, Away: !other.present})
		}
	}
	for _, k := range s.room.knocks {
		if k.until.IsZero() {
			e.Knocks = append(e.Knocks, Peer{ID: k.id, Name: k.name})
		}
	}
	return Event[M]{Kind: Entered, Room: s.room.name, ID: s.id, Entry: e}
}

// resume moves a seat to another socket.
func (r *Registry[S, M]) resume(s *seat[S, M], socket S, o Options) []delivery[S, M] {
	mail := r.leaveOther(socket)
	away := !s.present
	if s.present {
		delete(r.seats, s.socket)
		mail = append(mail, aside[S](s.socket, Event[M]{Kind: Moved, Room: s.room.name}))
		s.loseSocket()
	}
	if o.Name != "" {
		s.name = strings.Clone(o.Name)
	}
	answer := s.answer(o)
	answer.Entry.Resumed = true
	s.takeSocket(socket, answer, o.Seen)
	s.legacy = o.Legacy // what was kept was kept as before
	r.seats[socket] = s
	s.key = o.OwnKey
	if away {
		s.room.tellOthers(s, Event[M]{Kind: Back, Room: s.room.name, ID: s.id})
	}
	return append(mail, s.room.readyAll()...)
}

// open makes a room. Texts of clients are copied, since they may share memory
// with whole packets.
func (r *Registry[S, M]) open(name string, o Options) *room[S, M] {
	capacity := max(o.Capacity, MinCapacity)
	if r.cfg.MaxCapacity > 0 {
		capacity = min(capacity, r.cfg.MaxCapacity)
	}
	in := &room[S, M]{name: strings.Clone(name), capacity: capacity, proof: strings.Clone(o.Proof)}
	r.rooms[in.name] = in
	return in
}

// sit gives a newcomer a seat, which there is.
func (r *Registry[S, M]) sit(in *room[S, M], socket S, o Options) []delivery[S, M] {
	token := strings.Clone(o.Token)
	if token == "" {
		token = newToken()
	}
	s := &seat[S, M]{
		room: in, id: idOf(token), token: token, name: strings.Clone(o.Name),
		key: o.OwnKey, legacy: o.Legacy, socket: socket, present: true,
	}
	in.tellOthers(s, Event[M]{Kind: Joined, Room: in.name, ID: s.id, Name: s.name})
	in.seats = append(in.seats, s)
	r.taken++
	r.seats[socket] = s
	mail := r.dropKnock(socket)
	s.put(s.answer(o))
	return append(mail, in.readyAll()...)
}

// tellOthers puts an event in all mailboxes but one.
func (in *room[S, M]) tellOthers(but *seat[S, M], e Event[M]) {
	for _, s := range in.seats {
		if s != but {
			s.put(e)
		}
	}
}

// sockets are those of all seats.
func (in *room[S, M]) sockets() []S {
	all := make([]S, len(in.seats))
	for i, s := range in.seats {
		all[i] = s.socket
	}
	return all
}

// yield frees the seat that has been without a socket for longest, if there
// is one.
func (r *Registry[S, M]) yield(in *room[S, M]) (mail []delivery[S, M], ok bool) {
	var longest *seat[S, M]
	for _, s := range in.seats {
		if !s.present && (longest == nil || s.awaySince.Before(longest.awaySince)) {
			longest = s
		}
	}
	if longest == nil {
		return nil, false
	}
	return r.free(longest), true
}
