package rooms

import "time"

// Leave frees the seat of a socket that said goodbye, or withdraws its knock.
// The others hear Gone. It returns the room, if there was a seat.
func (r *Registry[S, M]) Leave(socket S) (name string, ok bool) {
	r.mu.Lock()
	name, ok = r.roomOf(socket)
	mail := append(r.leaveOther(socket), r.dropKnock(socket)...)
	r.mu.Unlock()
	r.drain(mail)
	return name, ok
}

// roomOf is called with the lock held.
func (r *Registry[S, M]) roomOf(socket S) (name string, ok bool) {
	if s := r.seats[socket]; s != nil {
		return s.room.name, true
	}
	return "", false
}

// Lose takes a socket, of which the first n events are known to have arrived,
// from its seat. The seat is held for a while, and the others hear Away.
func (r *Registry[S, M]) Lose(socket S, n uint64) (name string, ok bool) {
	return r.LoseFor(socket, n, r.cfg.Hold)
}

// LoseFor is Lose for a socket that has probably left: its seat is held for no
// longer than hold.
func (r *Registry[S, M]) LoseFor(socket S, n uint64, hold time.Duration) (name string, ok bool) {
	r.mu.Lock()
	name, ok = r.roomOf(socket)
	mail := r.lose(socket, n, min(hold, r.cfg.Hold))
	r.mu.Unlock()
	r.drain(mail)
	return name, ok
}

// lose is called with the lock held.
func (r *Registry[S, M]) lose(socket S, n uint64, hold time.Duration) []delivery[S, M] {
	mail := r.dropKnock(socket)
	s := r.seats[socket]
	switch {
	case s == nil:
		return mail
	case hold <= 0:
		return append(mail, r.free(s)...)
	}
	delete(r.seats, socket)
	s.acknowledge(n)
	s.loseSocket()
	if s.keepsTooMuch(r.cfg) {
		return append(mail, r.free(s)...)
	}
	s.awaySince = time.Now()
	epoch := s.epoch
	s.timer = time.AfterFunc(hold, func() { r.expire(s, epoch) })
	s.room.tellOthers(s, Event[M]{Kind: Away, Room: s.room.name, ID: s.id})
	return append(mail, s.room.readyAll()...)
}

// expire frees a seat nobody came back to.
func (r *Registry[S, M]) expire(s *seat[S, M], epoch int) {
	r.mu.Lock()
	var mail []delivery[S, M]
	if !s.present && s.epoch == epoch && s.timer != nil {
		mail = r.free(s)
	}
	r.mu.Unlock()
	r.drain(mail)
}

// leaveOther frees the seat a socket has.
func (r *Registry[S, M]) leaveOther(socket S) []delivery[S, M] {
	if s := r.seats[socket]; s != nil {
		return r.free(s)
	}
	return nil
}

// free takes a seat out of its room, which ends with its last.
func (r *Registry[S, M]) free(s *seat[S, M]) []delivery[S, M] {
	in, gone := s.room, Event[M]{Kind: Gone, Room: s.room.name, ID: s.id, Absent: !s.present}
	if s.present {
		delete(r.seats, s.socket)
	}
	s.stopTimer()
	s.present, s.queue, s.unacked = false, nil, nil
	s.epoch++
	in.seats = remove(in.seats, s)
	r.taken--
	if len(in.seats) == 0 {
		delete(r.rooms, in.name)
		return r.admitAll(in)
	}
	in.tellOthers(s, gone)
	return in.readyAll()
}

// remove takes x out of a slice, in place.
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

// Clear frees all seats without telling anybody, at the end of the server.
func (r *Registry[S, M]) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, in := range r.rooms {
		for _, s := range in.seats {
			if s.timer != nil {
				s.timer.Stop()
			}
		}
	}
	r.taken = 0
	clear(r.rooms)
	clear(r.seats)
	clear(r.waiting)
}
