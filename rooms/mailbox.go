package rooms

import (
	"slices"
	"time"
)

// mailbox holds what a seat is to be told, and what it was told and may have
// lost. It is guarded by the registry's lock.
type mailbox[M any] struct {
	queue    []Event[M] // not told yet
	draining bool       // a goroutine tells it
	number   uint64     // of the last message
	seen     uint64     // of the last message that the holder says to have
	// unacked is what the present socket was given and may not have been handled;
	// of messages alone, unless the seat is of a legacy client.
	unacked      []given[M]
	unackedBytes int
	acked        uint64 // how much of what it was given is known to have arrived
	ack          ack
}

// ack is how much was known to have arrived at a time.
type ack struct {
	nth uint64
	at  time.Time
}

// handlingTime is what a client is given to handle what has arrived. A browser
// acknowledges what its page has not read yet, and never may, if the page closes
// the connection just then.
const handlingTime = time.Second

// usualUnacked is for how many events a seat keeps room while it has none.
const usualUnacked = 4

// given is an event that a socket was given as its nth.
type given[M any] struct {
	nth uint64
	Event[M]
}

// put queues an event. If nobody tells the seat, somebody has to: ready returns
// its first event.
func (s *seat[S, M]) put(e Event[M]) {
	if e.Kind == Message {
		s.number++
		e.Number = s.number
	}
	if s.present || s.keeps(e) {
		s.queue = append(s.queue, e)
	}
}

// keeps reports whether an event is kept for a seat without a socket. A client
// that comes back by token learns from the answer who is there, and needs
// messages only.
func (s *seat[S, M]) keeps(e Event[M]) bool {
	if e.Kind == Message {
		return e.Number > s.seen
	}
	return s.legacy && e.Kind != Entered
}

// keepsTooMuch reports whether more is kept for a seat that is away than may be.
// What has probably been handled does not count.
func (s *seat[S, M]) keepsTooMuch(cfg Config) bool {
	count, bytes := 0, 0
	for _, e := range s.queue {
		if !e.arrived {
			count, bytes = count+1, bytes+e.size
		}
	}
	return count > cfg.KeptMessages || bytes > cfg.KeptBytes
}

// delivery is one event, held by the goroutine that drains the mailbox of its
// seat.
type delivery[S comparable, M any] struct {
	seat   *seat[S, M]
	socket S
	epoch  int
	event  Event[M]

	nth, acked uint64 // what Deliver returned
}

// aside tells a socket something that is for no seat.
func aside[S comparable, M any](socket S, e Event[M]) delivery[S, M] {
	return delivery[S, M]{seat: new(seat[S, M]), socket: socket, event: e}
}

// ready takes the first event of a seat's mailbox, if there is one and nobody
// drains it.
func (s *seat[S, M]) ready() (d delivery[S, M], ok bool) {
	if s.draining || !s.present || len(s.queue) == 0 {
		return d, false
	}
	s.draining = true
	return s.next(), true
}

// tell is put and ready in one, for a message. It leaves an empty mailbox alone,
// which saves the room in it.
func (s *seat[S, M]) tell(e Event[M]) (d delivery[S, M], ok bool) {
	if s.draining || !s.present || len(s.queue) > 0 {
		s.put(e)
		return s.ready()
	}
	s.draining = true
	s.number++
	e.Number = s.number
	return s.delivery(e), true
}

func (s *seat[S, M]) next() delivery[S, M] {
	d := s.delivery(s.queue[0])
	if s.queue = s.queue[1:]; len(s.queue) == 0 {
		s.queue = nil
	}
	return d
}

func (s *seat[S, M]) delivery(e Event[M]) delivery[S, M] {
	e.Legacy = s.legacy
	return delivery[S, M]{seat: s, socket: s.socket, epoch: s.epoch, event: e}
}

// readyAll is ready for all seats of a room.
func (r *room[S, M]) readyAll() (all []delivery[S, M]) {
	for _, seat := range r.seats {
		if d, ok := seat.ready(); ok {
			all = append(all, d)
		}
	}
	return all
}

// drain delivers events until the mailboxes they came from are empty. It is
// called without the lock.
func (r *Registry[S, M]) drain(all []delivery[S, M]) {
	for len(all) > 0 {
		for i := range all {
			d := &all[i]
			d.nth, d.acked = r.deliver(d.socket, d.event)
		}
		all = r.delivered(all)
	}
}

// delivered notes that events were given to their sockets, and takes the next of
// each mailbox.
func (r *Registry[S, M]) delivered(all []delivery[S, M]) []delivery[S, M] {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := all[:0]
	for _, d := range all {
		d.seat.noteDelivered(d, r.cfg)
		if s := d.seat; s.present && len(s.queue) > 0 {
			next = append(next, s.next())
		} else {
			s.draining = false
		}
	}
	return next
}

// noteDelivered keeps what may have to be told again. If the seat has lost the
// socket in the meantime, the event may have been lost with it.
func (s *seat[S, M]) noteDelivered(d delivery[S, M], cfg Config) {
	switch {
	case d.epoch != s.epoch || !s.present:
		s.putBack(d.event)
	case s.keeps(d.event) && d.nth > d.acked:
		s.unacked = append(s.unacked, given[M]{d.nth, d.event})
		s.unackedBytes += d.event.size
		s.boundUnacked(cfg)
	}
}

// boundUnacked forgets the oldest of what is not known to have arrived. A client
// that never acknowledges anything could fill the memory otherwise.
func (s *seat[S, M]) boundUnacked(cfg Config) {
	for len(s.unacked) > cfg.KeptMessages || s.unackedBytes > cfg.KeptBytes {
		s.unackedBytes -= s.unacked[0].size
		s.unacked = s.unacked[1:]
	}
}

// Delivered notes that the first n events a socket was given have arrived.
func (r *Registry[S, M]) Delivered(socket S, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.seats[socket]; s != nil {
		s.acknowledge(n)
	}
}

// acknowledge forgets what need not be told again. A client that can say what it
// has seen, as all but legacy ones can, is believed more than the transport: what
// arrived with the last ack is kept until another comes.
func (s *seat[S, M]) acknowledge(n uint64) {
	s.acked = max(s.acked, n)
	if s.legacy {
		s.forget(n)
		return
	}
	if now := time.Now(); now.Sub(s.ack.at) >= handlingTime {
		s.forget(s.ack.nth)
		s.ack = ack{s.acked, now}
	}
}

// forget drops the first n events that the socket was given.
func (s *seat[S, M]) forget(n uint64) {
	known := 0
	for known < len(s.unacked) && s.unacked[known].nth <= n {
		s.unackedBytes -= s.unacked[known].size
		known++
	}
	s.unacked = slices.Delete(s.unacked, 0, known)
	if len(s.unacked) == 0 && cap(s.unacked) > usualUnacked {
		s.unacked = nil
	}
}

func (s *seat[S, M]) kept(events []Event[M]) []Event[M] {
	return slices.DeleteFunc(events, func(e Event[M]) bool { return !s.keeps(e) })
}

// putBack puts an event that was on its way to a lost socket before the first
// message that came after it.
func (s *seat[S, M]) putBack(e Event[M]) {
	if !s.keeps(e) {
		return
	}
	at := slices.IndexFunc(s.queue, func(m Event[M]) bool { return m.Kind == Message && m.Number > e.Number })
	if at < 0 {
		at = len(s.queue)
	}
	s.queue = slices.Insert(s.queue, at, e)
}
