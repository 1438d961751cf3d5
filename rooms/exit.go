package rooms

import "time"

// Leave frees the socket's seat or withdraws its knock. The other members receive
// Left. Leave returns the name of the room if there was a seat.
func (r *Registry[S, M]) Leave(socket S) (name string, ok bool) {
	r.mu.Lock()
	name, ok = r.roomOf(socket)
	deliveries := append(r.freeSeatOf(socket), r.dropKnock(socket)...)
	r.mu.Unlock()
	r.drain(deliveries)
	return name, ok
}

// roomOf returns the name of the room in which the socket has a seat. The caller
// holds r.mu.
func (r *Registry[S, M]) roomOf(socket S) (name string, ok bool) {
	if s := r.bySocket[socket]; s != nil {
		return s.room.name, true
	}
	return "", false
}

// Lose removes a lost socket from its seat. The first n events that it was sent are
// known to have arrived. The seat is held for Config.Hold, and the other members
// receive Away. Lose returns the name of the room if there was a seat.
func (r *Registry[S, M]) Lose(socket S, n uint64) (name string, ok bool) {
	return r.LoseFor(socket, n, r.cfg.Hold)
}

// LoseFor is Lose for a socket that has probably left: its seat is held for no
// longer than hold.
func (r *Registry[S, M]) LoseFor(socket S, n uint64, hold time.Duration) (name string, ok bool) {
	return r.loseSince(socket, n, min(hold, r.cfg.Hold), 0)
}

// Depart removes a member from its seat: as LoseFor does, or, with a hold of 0, as Leave.
// The socket need not be known here any longer; a seat that has another one is left alone.
// Depart fails only if another node may own the room.
func (r *Registry[S, M]) Depart(name, id string, socket S, n uint64, hold time.Duration) error {
	r.mu.Lock()
	if !r.mayUse(name) {
		r.mu.Unlock()
		return ErrNotOwned
	}
	var s *seat[S, M]
	if rm := r.rooms[name]; rm != nil {
		s = rm.findID(id)
	}
	var deliveries []delivery[S, M]
	switch {
	case s == nil, s.present && s.socket != socket:
	case hold <= 0:
		deliveries = r.freeSeat(s)
	case s.present:
		deliveries = r.lose(socket, n, min(hold, r.cfg.Hold), 0)
	}
	r.mu.Unlock()
	r.drain(deliveries)
	return nil
}

// LeaveOther frees the socket's seat unless it is in the room of that name.
func (r *Registry[S, M]) LeaveOther(socket S, name string) {
	r.mu.Lock()
	var deliveries []delivery[S, M]
	if in, ok := r.roomOf(socket); ok && in != name {
		deliveries = r.freeSeatOf(socket)
	}
	r.mu.Unlock()
	r.drain(deliveries)
}

// GiveUp is Lose for a socket that has been silent for so long that a new member may
// take its seat.
func (r *Registry[S, M]) GiveUp(socket S, n uint64) (name string, ok bool) {
	return r.loseSince(socket, n, r.cfg.Hold, r.cfg.MinAway)
}

// loseSince is Lose for a socket that was lost a time ago.
func (r *Registry[S, M]) loseSince(socket S, n uint64, hold, ago time.Duration) (name string, ok bool) {
	r.mu.Lock()
	name, ok = r.roomOf(socket)
	deliveries := r.lose(socket, n, hold, ago)
	r.mu.Unlock()
	r.drain(deliveries)
	return name, ok
}

// lose is Lose for a caller that holds r.mu and drains.
func (r *Registry[S, M]) lose(socket S, n uint64, hold, ago time.Duration) []delivery[S, M] {
	deliveries := r.dropKnock(socket)
	s := r.bySocket[socket]
	switch {
	case s == nil:
		return deliveries
	case hold <= 0:
		return append(deliveries, r.freeSeat(s)...)
	}
	delete(r.bySocket, socket)
	s.acknowledge(n)
	s.detachSocket()
	over := s.overLimit(r.cfg)
	r.recount(s)
	if over || s.legacy && !s.isComplete(nil) {
		return append(deliveries, r.freeSeat(s)...)
	}
	s.awaySince = time.Now().Add(-ago)
	epoch := s.epoch
	s.timer = time.AfterFunc(hold, func() { r.expire(s, epoch) })
	s.room.enqueueForOthers(s, Event[M]{Kind: Away, Room: s.room.name, ID: s.id})
	return s.room.startDrainingAll(deliveries)
}

// expire frees a seat that was not claimed in time.
func (r *Registry[S, M]) expire(s *seat[S, M], epoch int) {
	r.mu.Lock()
	var deliveries []delivery[S, M]
	if !s.present && s.epoch == epoch && s.timer != nil {
		deliveries = r.freeSeat(s)
	}
	r.mu.Unlock()
	r.drain(deliveries)
}

// freeSeatOf frees the socket's seat, if it has one.
func (r *Registry[S, M]) freeSeatOf(socket S) []delivery[S, M] {
	if s := r.bySocket[socket]; s != nil {
		return r.freeSeat(s)
	}
	return nil
}

// freeSeat removes a seat from its room, and a room without seats altogether. Its socket
// still receives the answers that it waits for.
func (r *Registry[S, M]) freeSeat(s *seat[S, M]) []delivery[S, M] {
	rm, left := s.room, Event[M]{Kind: Left, Room: s.room.name, ID: s.id, WasAway: s.isAway()}
	if s.present {
		delete(r.bySocket, s.socket)
	}
	answers := s.unsentAnswers()
	s.stopTimer()
	s.present = false
	s.clear()
	s.freed = true
	s.epoch++
	r.recount(s)
	rm.seats = remove(rm.seats, s)
	r.seatCount--
	r.markChanged(rm)
	rm.forget(s.id)
	if len(rm.seats) == 0 {
		rm.stopGrace()
		delete(r.rooms, rm.name)
		return append(answers, r.admitAll(rm)...)
	}
	rm.enqueueForAll(left)
	return rm.startDrainingAll(answers)
}

// remove removes x from a slice, in place.
func remove[T comparable](all []T, x T) []T {
	kept := all[:0]
	for _, y := range all {
		if y != x {
			kept = append(kept, y)
		}
	}
	var zero T
	for i := len(kept); i < len(all); i++ {
		all[i] = zero
	}
	return kept
}

// Clear frees all seats without sending events. It is for the end of the server.
func (r *Registry[S, M]) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rm := range r.rooms {
		rm.stopGrace()
		for _, s := range rm.seats {
			if s.timer != nil {
				s.timer.Stop()
			}
		}
	}
	r.seatCount, r.kept = 0, 0
	clear(r.rooms)
	clear(r.owned)
	clear(r.bySocket)
	clear(r.knocks)
}
