package rooms

import (
	"strings"
	"time"
)

// knock is somebody at the door of a room. It is guarded by the registry's
// lock.
type knock[S comparable, M any] struct {
	room   *room[S, M]
	id     string
	name   string
	socket S
	until  time.Time // admitted, and has to enter by then; zero while waiting
}

// SetLocked closes or opens the door of the room in which the socket has a
// seat. All members hear Locked. Who waits when it opens is admitted.
func (r *Registry[S, M]) SetLocked(socket S, locked bool) error {
	r.mu.Lock()
	s := r.seats[socket]
	if s == nil {
		r.mu.Unlock()
		return ErrNoSeat
	}
	in := s.room
	var mail []delivery[S, M]
	if in.locked != locked {
		in.locked = locked
		in.tellOthers(nil, Event[M]{Kind: Locked, Room: in.name, ID: s.id, Locked: locked})
		if !locked {
			mail = r.admitAll(in)
		}
		mail = append(mail, in.readyAll()...)
	}
	r.mu.Unlock()
	r.drain(mail)
	return nil
}

// Knock waits at the door of a locked room. The members hear Knocked; the
// socket hears Admitted or Denied later. Where there is no lock it is admitted
// at once. The proof has to be right: who cannot enter need not wait.
func (r *Registry[S, M]) Knock(name string, socket S, o Options) error {
	if name == "" || len(name) > MaxNameSize {
		return ErrName
	}
	r.mu.Lock()
	mail, err := r.knock(name, socket, o)
	r.mu.Unlock()
	r.drain(mail)
	return err
}

// knock is called with the lock held.
func (r *Registry[S, M]) knock(name string, socket S, o Options) ([]delivery[S, M], error) {
	in := r.rooms[name]
	switch err := r.admits(in, name, socket, o); {
	case err == nil:
		return []delivery[S, M]{aside[S](socket, Event[M]{Kind: Admitted, Room: name})}, nil
	case err != ErrLocked:
		return nil, err
	case in.waiting(socket) >= maxKnocks:
		return nil, ErrFull
	}
	mail := r.dropKnock(socket)
	k := &knock[S, M]{room: in, id: newToken()[:idSize], name: strings.Clone(o.Name), socket: socket}
	in.knocks = append(in.knocks, k)
	r.waiting[socket] = k
	in.tellOthers(nil, Event[M]{Kind: Knocked, Room: in.name, ID: k.id, Name: k.name})
	return append(mail, in.readyAll()...), nil
}

// waiting is how many wait at the door, apart from one socket. Those who were
// admitted wait no longer.
func (in *room[S, M]) waiting(but S) (n int) {
	for _, k := range in.knocks {
		if k.until.IsZero() && k.socket != but {
			n++
		}
	}
	return n
}

// Answer lets somebody in, or not, who waits at the door of the room in which
// the socket has a seat.
func (r *Registry[S, M]) Answer(socket S, knockID string, admit bool) error {
	r.mu.Lock()
	mail, err := r.answer(socket, knockID, admit)
	r.mu.Unlock()
	r.drain(mail)
	return err
}

// answer is called with the lock held.
func (r *Registry[S, M]) answer(socket S, knockID string, admit bool) ([]delivery[S, M], error) {
	s := r.seats[socket]
	if s == nil {
		return nil, ErrNoSeat
	}
	for _, k := range s.room.knocks {
		if k.id != knockID || !k.until.IsZero() {
			continue
		}
		e := Event[M]{Kind: Denied, Room: s.room.name}
		if admit {
			e.Kind = Admitted
			k.until = time.Now().Add(admittedTime)
		} else {
			s.room.knocks = remove(s.room.knocks, k)
			delete(r.waiting, k.socket)
		}
		s.room.tellOthers(nil, Event[M]{Kind: Unknocked, Room: s.room.name, ID: k.id})
		return append(s.room.readyAll(), aside[S](k.socket, e)), nil
	}
	return nil, ErrNoSeat
}

// hasPass tells whether somebody who knocked was admitted, a short while ago.
func (r *Registry[S, M]) hasPass(in *room[S, M], socket S) bool {
	k := r.waiting[socket]
	return k != nil && k.room == in && time.Now().Before(k.until)
}

// dropKnock forgets that a socket knocked. The members hear Unknocked, if it
// was still waiting.
func (r *Registry[S, M]) dropKnock(socket S) []delivery[S, M] {
	k := r.waiting[socket]
	if k == nil {
		return nil
	}
	delete(r.waiting, socket)
	k.room.knocks = remove(k.room.knocks, k)
	if !k.until.IsZero() {
		return nil
	}
	k.room.tellOthers(nil, Event[M]{Kind: Unknocked, Room: k.room.name, ID: k.id})
	return k.room.readyAll()
}

// admitAll lets everybody in who waits at a door that is open now.
func (r *Registry[S, M]) admitAll(in *room[S, M]) (mail []delivery[S, M]) {
	for _, k := range in.knocks {
		delete(r.waiting, k.socket)
		if k.until.IsZero() {
			in.tellOthers(nil, Event[M]{Kind: Unknocked, Room: in.name, ID: k.id})
		}
		mail = append(mail, aside[S](k.socket, Event[M]{Kind: Admitted, Room: in.name}))
	}
	in.knocks = nil
	return mail
}
