package rooms

import (
	"slices"
	"time"
)

// seat is guarded by the registry's lock.
type seat[S comparable, M any] struct {
	room            *room[S, M]
	id, token, name string
	key             string // see Options.OwnKey
	replays         bool   // see Options.Replays

	socket    S
	present   bool        // it has a socket
	epoch     int         // counts its sockets
	timer     *time.Timer // while it has none
	awaySince time.Time

	mail    []Event[M] // what it has not been told yet
	pumping bool       // somebody tells it
	number  uint64     // of the last message
	seen    uint64     // of the last one that the holder says to have
	// unsure is what the present socket was given and may not have been handled;
	// of messages alone, unless the seat replays all.
	unsure      []given[M]
	unsureBytes int
	confirmed   uint64 // how much of what it was given is known to have arrived
	receipt     receipt
}

// receipt is how much was known to have arrived at a time.
type receipt struct {
	nth uint64
	at  time.Time
}

// handlingTime is what a client is given to handle what has arrived. A browser
// confirms what its page has not read yet, and never may, if the page closes the
// connection just then.
const handlingTime = time.Second

// fewUnsure is for how many events a seat keeps room while it has none.
const fewUnsure = 4

// given is an event that a socket was given as its nth.
type given[M any] struct {
	nth uint64
	Event[M]
}

// put appends an event to the mailbox. If nobody empties it, somebody has to:
// the seat is returned by ready.
func (s *seat[S, M]) put(e Event[M]) {
	if e.Kind == Message {
		s.number++
		e.Number = s.number
	}
	if s.present || s.keeps(e) {
		s.mail = append(s.mail, e)
	}
}

// keeps tells whether an event is kept for a seat without a socket. Who comes
// back by token hears in the answer who is there, and needs messages only.
func (s *seat[S, M]) keeps(e Event[M]) bool {
	if e.Kind == Message {
		return e.Number > s.seen
	}
	return s.replays && e.Kind != Entered
}

// tooMuch tells whether more is kept for a seat that is away than may be. What
// has probably been handled does not count.
func (s *seat[S, M]) tooMuch(cfg Config) bool {
	count, bytes := 0, 0
	for _, e := range s.mail {
		if !e.arrived {
			count, bytes = count+1, bytes+e.size
		}
	}
	return count > cfg.KeptMessages || bytes > cfg.KeptBytes
}

// delivery is the right, and the duty, to tell a seat its mail.
type delivery[S comparable, M any] struct {
	seat   *seat[S, M]
	socket S
	epoch  int
	event  Event[M]
}

// aside tells a socket something that is for no seat.
func aside[S comparable, M any](socket S, e Event[M]) delivery[S, M] {
	return delivery[S, M]{seat: new(seat[S, M]), socket: socket, event: e}
}

// ready begins to empty the mailbox of a seat, if nobody does.
func (s *seat[S, M]) ready() (d delivery[S, M], ok bool) {
	if s.pumping || !s.present || len(s.mail) == 0 {
		return d, false
	}
	s.pumping = true
	return s.next(), true
}

// tell is put and ready in one, for a message. It leaves an empty mailbox
// alone, which saves the room in it.
func (s *seat[S, M]) tell(e Event[M]) (d delivery[S, M], ok bool) {
	if s.pumping || !s.present || len(s.mail) > 0 {
		s.put(e)
		return s.ready()
	}
	s.pumping = true
	s.number++
	e.Number = s.number
	return delivery[S, M]{s, s.socket, s.epoch, e}, true
}

func (s *seat[S, M]) next() delivery[S, M] {
	d := delivery[S, M]{s, s.socket, s.epoch, s.mail[0]}
	if s.mail = s.mail[1:]; len(s.mail) == 0 {
		s.mail = nil
	}
	return d
}

// readyAll begins to empty the mailboxes of all seats of a room.
func (r *room[S, M]) readyAll() (all []delivery[S, M]) {
	for _, seat := range r.seats {
		if d, ok := seat.ready(); ok {
			all = append(all, d)
		}
	}
	return all
}

// pump tells seats their mail until there is no more. It is called without the
// lock.
func (r *Registry[S, M]) pump(all ...delivery[S, M]) {
	for _, d := range all {
		for more := true; more; {
			nth, arrived := r.deliver(d.socket, d.event)
			d, more = r.delivered(d, nth, arrived)
		}
	}
}

// delivered notes that an event was given to a socket, and takes the next. If
// the seat has lost the socket meanwhile, the event may have been lost with it.
func (r *Registry[S, M]) delivered(d delivery[S, M], nth, arrived uint64) (delivery[S, M], bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := d.seat
	switch {
	case d.epoch != s.epoch || !s.present:
		s.putBack(d.event)
	case s.keeps(d.event) && nth > arrived:
		s.unsure = append(s.unsure, given[M]{nth, d.event})
		s.unsureBytes += d.event.size
		s.boundUnsure(r.cfg)
	}
	if !s.present || len(s.mail) == 0 {
		s.pumping = false
		return d, false
	}
	return s.next(), true
}

// boundUnsure forgets the oldest of what is not known to have arrived. A
// client that never confirms anything could fill the memory otherwise.
func (s *seat[S, M]) boundUnsure(cfg Config) {
	for len(s.unsure) > cfg.KeptMessages || s.unsureBytes > cfg.KeptBytes {
		s.unsureBytes -= s.unsure[0].size
		s.unsure = s.unsure[1:]
	}
}

// Arrived notes that the first n events a socket was given have arrived.
func (r *Registry[S, M]) Arrived(socket S, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.seats[socket]; s != nil {
		s.arrived(n)
	}
}

// arrived forgets what need not be told again. Who can say what it has seen, as
// all but those can that have everything replayed, is believed more than a
// receipt: what came with the last one is kept until another comes.
func (s *seat[S, M]) arrived(n uint64) {
	s.confirmed = max(s.confirmed, n)
	if s.replays {
		s.forget(n)
		return
	}
	if now := time.Now(); now.Sub(s.receipt.at) >= handlingTime {
		s.forget(s.receipt.nth)
		s.receipt = receipt{s.confirmed, now}
	}
}

// forget drops the first n events that the socket was given.
func (s *seat[S, M]) forget(n uint64) {
	known := 0
	for known < len(s.unsure) && s.unsure[known].nth <= n {
		s.unsureBytes -= s.unsure[known].size
		known++
	}
	s.unsure = slices.Delete(s.unsure, 0, known)
	if len(s.unsure) == 0 && cap(s.unsure) > fewUnsure {
		s.unsure = nil
	}
}

// loseSocket makes mail again of what the socket may not have brought home.
func (s *seat[S, M]) loseSocket() {
	back := make([]Event[M], len(s.unsure))
	for i, g := range s.unsure {
		back[i] = g.Event
		back[i].arrived = g.nth <= s.confirmed
	}
	s.unsure, s.unsureBytes, s.confirmed, s.receipt = nil, 0, 0, receipt{}
	s.present = false
	s.mail = s.kept(append(back, s.mail...))
}

func (s *seat[S, M]) kept(mail []Event[M]) []Event[M] {
	return slices.DeleteFunc(mail, func(e Event[M]) bool { return !s.keeps(e) })
}

// putBack puts an event that was on its way to a lost socket before the first
// message that came after it.
func (s *seat[S, M]) putBack(e Event[M]) {
	if !s.keeps(e) {
		return
	}
	at := slices.IndexFunc(s.mail, func(m Event[M]) bool { return m.Kind == Message && m.Number > e.Number })
	if at < 0 {
		at = len(s.mail)
	}
	s.mail = slices.Insert(s.mail, at, e)
}

// takeSocket gives the seat a socket. What was kept is told after the answer; of
// it, the client has seen messages up to a number, if it says so, and otherwise
// what has arrived.
func (s *seat[S, M]) takeSocket(socket S, answer Event[M], seen *uint64) {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.socket, s.present = socket, true
	s.epoch++
	if seen != nil {
		s.seen = max(s.seen, min(*seen, s.number))
	} else {
		s.mail = slices.DeleteFunc(s.mail, func(e Event[M]) bool { return e.arrived })
	}
	s.mail = slices.Insert(s.kept(s.mail), 0, answer)
}
