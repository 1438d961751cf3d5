package rooms

import (
	"slices"
	"time"
)

// mailbox holds the events that a seat has yet to be sent, and those that may have
// to be sent again. The registry's mutex guards it.
type mailbox[M Content[M]] struct {
	queue  []Event[M] // not sent yet
	number uint64     // of the last message
	seen   uint64     // number of the last message that the client reports as handled
	// unacked are the events that the current socket was sent and may not have
	// handled: only messages, unless the client is a legacy one.
	unacked    sentList[M]
	missing    missing
	counted    int    // of what is kept in all; see recount
	acked      uint64 // how many events of the current socket are known to have arrived
	earlierAck ack    // see acknowledge
}

// ack means that the first nth events had arrived at a time.
type ack struct {
	nth uint64
	at  time.Time
}

// handlingTime is how long a client may take to handle what has arrived. A browser
// acknowledges frames before the page reads them, and the page may never read them
// if it closes the connection at that moment.
const handlingTime = time.Second

// enqueue adds an event to the queue. The caller calls startDraining afterwards.
func (s *seat[S, M]) enqueue(e Event[M]) {
	if e.Kind == Message {
		s.number++
		e.Number = s.number
	}
	if s.present || s.shouldKeep(e) && !s.keepNewest(e) {
		s.queue = append(s.queue, e.keep())
	}
}

// shouldKeep reports whether an event is kept for a seat without a socket. A client
// that returns with a token learns from the answer who is there, so it needs only
// messages.
func (s *seat[S, M]) shouldKeep(e Event[M]) bool {
	switch {
	case s.missing.all, s.freed:
		return false
	case e.Kind == Message:
		return e.Number > s.seen
	}
	return s.legacy && e.Kind != Entered
}

// filterKept removes the events that need not be kept, in place.
func (s *seat[S, M]) filterKept(events []Event[M]) []Event[M] {
	return deleteEvents(events, func(e Event[M]) bool { return !s.shouldKeep(e) })
}

// deleteEvents removes events, in place, and frees them.
func deleteEvents[M Content[M]](events []Event[M], deleted func(Event[M]) bool) []Event[M] {
	return slices.DeleteFunc(events, func(e Event[M]) bool {
		if !deleted(e) {
			return false
		}
		e.free()
		return true
	})
}

// clear drops all events that the seat has yet to be sent, or may have to be sent again.
func (m *mailbox[M]) clear() {
	for _, e := range m.queue {
		e.free()
	}
	m.queue = nil
	m.unacked.clear()
}

// overLimit reports whether more is queued for a seat that is away than may be
// kept. Events that have arrived do not count, since they were probably handled. Of
// those that were sent, most have arrived too; so the oldest make way for later ones.
func (s *seat[S, M]) overLimit(cfg Config) bool {
	if s.shared != nil && s.silent && s.room.grace != nil {
		return false // its socket is about to come back, and has got most of it
	}
	count, bytes := 0, 0
	for _, e := range s.queue {
		if !e.arrived {
			count, bytes = count+1, bytes+e.size()
		}
	}
	for count > cfg.KeptMessages || bytes > cfg.KeptBytes {
		size, ok := s.dropOldestSent()
		if !ok {
			return true
		}
		count, bytes = count-1, bytes-size
	}
	return false
}

// delivery is one event, held by the goroutine that drains the mailbox of its seat.
type delivery[S comparable, M Content[M]] struct {
	seat   *seat[S, M]
	socket S
	epoch  int
	event  Event[M]

	sent, arrived uint64 // what SendFunc returned
}

// direct returns the delivery of an event to a socket without a seat.
func direct[S comparable, M Content[M]](socket S, e Event[M]) delivery[S, M] {
	return delivery[S, M]{seat: new(seat[S, M]), socket: socket, event: e}
}

// unsentAnswers returns deliveries of the answers that are still in the queue.
func (s *seat[S, M]) unsentAnswers() (answers []delivery[S, M]) {
	for _, e := range s.queue {
		if e.Kind == Entered {
			answers = append(answers, direct(s.socket, e))
		}
	}
	return answers
}

// startDraining takes the first event of the queue, unless the queue is empty, the
// seat has no socket, or another goroutine drains it. The caller passes the delivery
// to drain.
func (s *seat[S, M]) startDraining() (d delivery[S, M], ok bool) {
	if s.draining || !s.present || len(s.queue) == 0 || s.room.frozen {
		return d, false
	}
	s.draining = true
	return s.next(), true
}

// startDrainingAll calls startDraining for all seats of a room, and appends the deliveries.
func (rm *room[S, M]) startDrainingAll(all []delivery[S, M]) []delivery[S, M] {
	all = slices.Grow(all, len(rm.seats))
	for _, s := range rm.seats {
		if d, ok := s.startDraining(); ok {
			all = append(all, d)
		}
	}
	return all
}

// enqueueMessage is enqueue and startDraining for a message. It bypasses an empty
// queue, which saves an allocation.
func (s *seat[S, M]) enqueueMessage(e Event[M]) (d delivery[S, M], ok bool) {
	if s.draining || !s.present || len(s.queue) > 0 || s.room.frozen {
		s.enqueue(e)
		return s.startDraining()
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
	if e.Kind != Entered { // which has the form of its request
		e.Legacy = s.legacy
	}
	return delivery[S, M]{seat: s, socket: s.socket, epoch: s.epoch, event: e}
}

// drain sends events until the mailboxes they come from are empty. The caller does
// not hold r.mu.
func (r *Registry[S, M]) drain(all []delivery[S, M]) {
	r.reportChanges()
	for len(all) > 0 {
		for i := range all {
			d := &all[i]
			d.sent, d.arrived = r.send(d.socket, d.event)
		}
		all = r.nextDeliveries(all)
	}
}

// nextDeliveries records that events were sent, and takes the next event of each
// mailbox.
func (r *Registry[S, M]) nextDeliveries(all []delivery[S, M]) []delivery[S, M] {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := all[:0]
	for _, d := range all {
		d.seat.recordSent(d, r.cfg)
		r.recount(d.seat)
		s := d.seat
		frozen := s.room != nil && s.room.frozen // a direct event has no room
		if s.present && len(s.queue) > 0 && !frozen {
			next = append(next, s.next())
			continue
		}
		if s.draining = false; frozen {
			r.drained.Broadcast()
		}
	}
	return next
}

// recordSent keeps an event that may have to be sent again. If the seat has lost
// the socket in the meantime, the event may be lost too and is queued again.
func (s *seat[S, M]) recordSent(d delivery[S, M], cfg Config) {
	switch {
	case d.epoch != s.epoch || !s.present:
		d.event.WasSent = true
		s.requeue(d.event)
	case s.shouldKeep(d.event) && d.sent > d.arrived:
		s.unacked.push(d.sent, d.event.keep())
		s.trimUnacked(cfg)
	default:
		d.event.free()
	}
}

// requeue inserts an event before the first later message.
func (s *seat[S, M]) requeue(e Event[M]) {
	if !s.shouldKeep(e) {
		e.free()
		return
	}
	at := slices.IndexFunc(s.queue, func(m Event[M]) bool { return m.Kind == Message && m.Number > e.Number })
	if at < 0 {
		at = len(s.queue)
	}
	s.queue = slices.Insert(s.queue, at, e.keep())
}

// trimUnacked drops the oldest events beyond the limits. Otherwise, a client that
// acknowledges nothing could fill the memory.
func (s *seat[S, M]) trimUnacked(cfg Config) {
	for s.unacked.count > cfg.KeptMessages || s.unacked.bytes > cfg.KeptBytes {
		s.dropOldestUnacked()
	}
}

// Delivered records that the first n events that a socket was sent have arrived.
func (r *Registry[S, M]) Delivered(socket S, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.bySocket[socket]; s != nil {
		s.acknowledge(n)
		r.recount(s)
	}
}

// acknowledge drops events that need not be sent again, as the first n have
// arrived. All clients but legacy ones can report what they have handled, which
// counts more than what has arrived: their events are dropped by the first ack that
// comes handlingTime after one that covered them.
func (s *seat[S, M]) acknowledge(n uint64) {
	s.acked = max(s.acked, n)
	if s.legacy {
		s.dropUpTo(n)
		return
	}
	if now := time.Now(); now.Sub(s.earlierAck.at) >= handlingTime {
		s.dropUpTo(s.earlierAck.nth)
		s.earlierAck = ack{s.acked, now}
	}
}

// dropUpTo drops the first n events that the socket was sent.
func (s *seat[S, M]) dropUpTo(n uint64) {
	for s.unacked.count > 0 && s.unacked.oldest() <= n {
		s.unacked.drop()
	}
}
