package rooms

import (
	"slices"
	"strings"
	"time"
)

// knock is a request to be admitted to a locked room. The registry's mutex guards
// it.
type knock[S comparable, M Content[M]] struct {
	room          *room[S, M]
	id            string
	name          string
	group         string
	socket        S
	admittedUntil time.Time // by when to enter; zero while waiting for an answer
}

// SetLocked locks or unlocks the room in which the socket has a seat. All members
// receive Locked. Unlocking admits everyone who is waiting.
func (r *Registry[S, M]) SetLocked(socket S, locked bool) error {
	r.mu.Lock()
	s := r.bySocket[socket]
	if s == nil {
		r.mu.Unlock()
		return ErrNoSeat
	}
	rm := s.room
	var deliveries []delivery[S, M]
	if rm.locked != locked {
		rm.locked = locked
		r.markChanged(rm)
		rm.enqueueForAll(Event[M]{Kind: Locked, Room: rm.name, ID: s.id, Locked: locked})
		if !locked {
			deliveries = r.admitAll(rm)
		}
		deliveries = rm.startDrainingAll(deliveries)
	}
	r.mu.Unlock()
	r.drain(deliveries)
	return nil
}

// Knock asks to be admitted to a locked room. The members receive Knocked; the
// socket receives Admitted or Denied later. If the room is not locked, the socket
// is admitted at once. The proof has to be right, since the socket could not enter
// without it. Knock reports whether the members were told: they are not if the socket
// is waiting already.
func (r *Registry[S, M]) Knock(name string, socket S, o Options) (told bool, err error) {
	if name == "" || len(name) > MaxNameSize {
		return false, ErrName
	}
	r.mu.Lock()
	deliveries, told, err := r.knock(name, socket, o)
	r.mu.Unlock()
	r.drain(deliveries)
	return told, err
}

// knock is Knock for a caller that holds r.mu and drains.
func (r *Registry[S, M]) knock(name string, socket S, o Options) (deliveries []delivery[S, M], told bool, err error) {
	if !r.mayUse(name) {
		return nil, false, ErrNotOwned
	}
	rm := r.rooms[name]
	err = r.checkAdmission(rm, name, socket, o)
	if err == nil {
		return []delivery[S, M]{direct[S](socket, Event[M]{Kind: Admitted, Room: name})}, false, nil
	}
	if err != ErrLocked {
		return nil, false, err
	}
	if k := r.knocks[socket]; k != nil && k.room == rm && k.isWaiting() && k.name == o.Name {
		return nil, false, nil
	}
	r.dropPassesOver(rm)
	all, ofGroup := rm.waiting(socket, o.Group)
	if o.Quiet || all >= maxKnocks || ofGroup >= maxGroup {
		return nil, false, ErrFull
	}
	deliveries = r.dropKnock(socket)
	k := &knock[S, M]{
		room: rm, id: NewToken()[:idSize], name: strings.Clone(o.Name), group: o.Group, socket: socket,
	}
	rm.knocks = append(rm.knocks, k)
	r.knocks[socket] = k
	rm.enqueueForAll(Event[M]{Kind: Knocked, Room: rm.name, ID: k.id, Name: k.name})
	return rm.startDrainingAll(deliveries), true, nil
}

// waiting is the number of sockets that wait, apart from one, and how many of them are
// of a group. Those that were admitted no longer wait.
func (rm *room[S, M]) waiting(except S, group string) (all, ofGroup int) {
	for _, k := range rm.knocks {
		if !k.isWaiting() || k.socket == except {
			continue
		}
		all++
		if group != "" && k.group == group {
			ofGroup++
		}
	}
	return all, ofGroup
}

// dropPassesOver removes the knocks that were admitted and not used in time.
func (r *Registry[S, M]) dropPassesOver(rm *room[S, M]) {
	now := time.Now()
	rm.knocks = slices.DeleteFunc(rm.knocks, func(k *knock[S, M]) bool {
		over := !k.isWaiting() && now.After(k.admittedUntil)
		if over {
			delete(r.knocks, k.socket)
		}
		return over
	})
}

// AnswerKnock admits or denies a knock at the room in which the socket has a seat.
func (r *Registry[S, M]) AnswerKnock(socket S, knockID string, admit bool) error {
	r.mu.Lock()
	deliveries, err := r.answerKnock(socket, knockID, admit)
	r.mu.Unlock()
	r.drain(deliveries)
	return err
}

// answerKnock is AnswerKnock for a caller that holds r.mu and drains.
func (r *Registry[S, M]) answerKnock(socket S, knockID string, admit bool) ([]delivery[S, M], error) {
	s := r.bySocket[socket]
	if s == nil {
		return nil, ErrNoSeat
	}
	for _, k := range s.room.knocks {
		if k.id != knockID || !k.isWaiting() {
			continue
		}
		e := Event[M]{Kind: Denied, Room: s.room.name}
		if admit {
			e.Kind = Admitted
			k.admittedUntil = time.Now().Add(admittedTime)
		} else {
			s.room.knocks = remove(s.room.knocks, k)
			delete(r.knocks, k.socket)
		}
		s.room.enqueueForAll(Event[M]{Kind: Unknocked, Room: s.room.name, ID: k.id})
		return append(s.room.startDrainingAll(nil), direct[S](k.socket, e)), nil
	}
	return nil, ErrNoSeat
}

// isWaiting reports whether the knock has not been answered.
func (k *knock[S, M]) isWaiting() bool { return k.admittedUntil.IsZero() }

// isAdmitted reports whether the socket was admitted recently enough to enter.
func (r *Registry[S, M]) isAdmitted(rm *room[S, M], socket S) bool {
	k := r.knocks[socket]
	return k != nil && k.room == rm && time.Now().Before(k.admittedUntil)
}

// dropKnock removes the socket's knock. If it was still waiting, the members
// receive Unknocked.
func (r *Registry[S, M]) dropKnock(socket S) []delivery[S, M] {
	k := r.knocks[socket]
	if k == nil {
		return nil
	}
	delete(r.knocks, socket)
	k.room.knocks = remove(k.room.knocks, k)
	if !k.isWaiting() {
		return nil
	}
	k.room.enqueueForAll(Event[M]{Kind: Unknocked, Room: k.room.name, ID: k.id})
	return k.room.startDrainingAll(nil)
}

// admitAll admits everyone who is waiting at a room that is no longer locked, or no
// longer exists.
func (r *Registry[S, M]) admitAll(rm *room[S, M]) (deliveries []delivery[S, M]) {
	for _, k := range rm.knocks {
		delete(r.knocks, k.socket)
		if k.isWaiting() {
			rm.enqueueForAll(Event[M]{Kind: Unknocked, Room: rm.name, ID: k.id})
		}
		deliveries = append(deliveries, direct[S](k.socket, Event[M]{Kind: Admitted, Room: rm.name}))
	}
	rm.knocks = nil
	return deliveries
}
