package engineio

import (
	"slices"
	"time"

	"vidchat/internal/engineio/buffer"
	"vidchat/internal/engineio/wire"
)

// outbox holds what is to be sent. It is bounded: a client that does not read is
// disconnected, since a call breaks silently where one description or candidate
// is left out. It is guarded by the session's lock.
//
// There is no writing goroutine. Who sends to an idle WebSocket writes what the
// socket takes at once; the rest is written when the socket can take it. Over
// polling, the waiting request takes everything.
//
// What is queued belongs to the outbox, which frees it once it is written. What
// nobody will write is left to the garbage collector.
type outbox struct {
	queue    []wire.Outgoing
	single   [1]wire.Outgoing // where the cork keeps the only packet of a queue
	bytes    int
	writing  int           // bytes that were taken from the queue and not written yet
	peak     int           // the most packets that ever waited
	flushing bool          // somebody has the right to write to the socket
	corked   bool          // that is the cork, unless the outbox had enough
	stalled  time.Duration // since when a queued write is pending; 0 if none is
}

const (
	batchBytes = buffer.Large // packets that wait are written together up to this size
	maxWrites  = 8            // how often a sender writes on for others at once
	maxCorked  = 64           // packets that a cork keeps back
	usualBurst = 8            // packets that it usually does
)

// Send queues a packet and starts sending it. It reports whether the session
// was still open, not whether the packet arrived.
func (s *Session) Send(o wire.Outgoing) bool {
	_, ok := s.send(o, false)
	return ok
}

// SendBinary is Send for a binary message. The data are copied.
func (s *Session) SendBinary(data []byte) bool { return s.Send(s.dialect.BinaryMessage(data)) }

// SendDraft is Send for a message that is encoded only here, into memory that is
// used again. If tracked, it is SendTracked, and returns what that does.
func (s *Session) SendDraft(d wire.Draft, tracked bool) (sent, delivered uint64) {
	sent, _ = s.send(d.Encode(), tracked)
	return sent, s.delivered.Load()
}

// send is Send. It counts a tracked packet in the moment in which its place
// among the others is settled.
func (s *Session) send(o wire.Outgoing, tracked bool) (sent uint64, ok bool) {
	s.mu.Lock()
	if tracked {
		s.tracking.sent++
		s.tracking.unasked += o.Len()
	}
	sent = s.tracking.sent
	if s.ended {
		s.mu.Unlock()
		o.Free()
		return sent, false
	}
	ping, asks := wire.Outgoing{}, false
	if tracked {
		ping, asks = s.nextAckPing()
	}
	w, free := s.socket, s.mayFlush()
	if free && !asks && len(s.outbox.queue) == 0 {
		s.outbox.flushing = true
		s.mu.Unlock()
		s.server.Metrics.countOut(o)
		w.flush(chunk{o.Frame(), o.Memory()})
		return sent, true
	}
	cfg := &s.server.cfg
	if len(s.outbox.queue) >= cfg.OutboxPackets || s.outbox.bytes+o.Len() > cfg.OutboxBytes {
		s.mu.Unlock()
		o.Free()
		s.End(ReasonSlowReader)
		return sent, false
	}
	s.enqueue(o)
	if asks {
		s.enqueue(ping)
	}
	c := s.beginFlush()
	over := s.account()
	s.mu.Unlock()
	w.flush(c)
	s.server.relieve(over)
	return sent, true
}

// enqueue is called with the lock held.
func (s *Session) enqueue(o wire.Outgoing) {
	s.server.Metrics.countOut(o)
	out := &s.outbox
	if out.corked {
		out.growCorked()
	}
	out.queue = append(out.queue, o)
	out.bytes += o.Len()
	out.peak = max(out.peak, len(out.queue))
	if s.polling != nil {
		s.polling.wakePoll()
	}
}

// growCorked makes room for a packet. There is usually one, or a burst.
func (o *outbox) growCorked() {
	switch {
	case len(o.queue) == 0:
		o.queue = o.single[:0]
	case len(o.queue) == cap(o.queue):
		o.queue = slices.Grow(o.queue, usualBurst)
	}
}

// mayFlush reports whether the right to write is free, after the cork had a
// chance to take it. It is called with the lock held.
func (s *Session) mayFlush() bool {
	return s.socket != nil && !s.outbox.flushing && !s.server.cork.hold(s)
}

// beginFlush takes the right to write and the first of what is queued, if there
// is a WebSocket, something to write, and nobody else has the right. It is
// called with the lock held.
func (s *Session) beginFlush() chunk {
	switch o := &s.outbox; {
	case s.socket == nil || len(o.queue) == 0:
		return chunk{}
	case o.corked && (len(o.queue) >= maxCorked || o.bytes >= batchBytes):
		o.corked = false
	case o.flushing:
		return chunk{}
	default:
		o.flushing = true
	}
	return s.outbox.nextChunk()
}

// takeAll empties the outbox for a poll.
func (o *outbox) takeAll() []wire.Outgoing {
	all := o.queue
	o.queue, o.bytes = nil, 0
	return all
}

// chunk is what is written at once. It is zero where there is nothing.
type chunk struct {
	bytes  []byte
	memory *buffer.Buffer // of the bytes, if it is used again
}

// nextChunk takes queued frames, several in one buffer where there are several.
func (o *outbox) nextChunk() (c chunk) {
	o.writing = 0
	if len(o.queue) == 0 {
		return c
	}
	n, size := 1, o.queue[0].Len()
	for n < len(o.queue) && size+o.queue[n].Len() <= batchBytes {
		size += o.queue[n].Len()
		n++
	}
	c = chunk{o.queue[0].Frame(), o.queue[0].Memory()}
	if n > 1 {
		c.memory = buffer.New(size)
		for _, p := range o.queue[:n] {
			c.memory = c.memory.Append(p.Frame())
			p.Free()
		}
		c.bytes = c.memory.Bytes()
	}
	clear(o.queue[:n])
	o.queue = o.queue[n:]
	o.bytes -= size
	o.writing = len(c.bytes)
	if len(o.queue) == 0 {
		o.queue = nil
	}
	return c
}

// flush writes a chunk, if there is one, and then what has been queued in the
// meantime. The caller has the right to write, which goes with what the socket
// does not take at once.
func (w *webSocket) flush(c chunk) {
	for writes := 0; c.bytes != nil; writes++ {
		n := 0
		if writes < maxWrites { // then others have their turn
			var err error
			if n, err = w.conn.TryWrite(c.bytes); err != nil {
				c.memory.Free()
				w.lost()
				return
			}
		}
		if n < len(c.bytes) {
			w.queueWrite(c, n)
			return
		}
		c.memory.Free()
		c = w.nextChunk()
	}
}

// queueWrite leaves a chunk, of which n bytes are written, to be written when
// the socket can take it.
func (w *webSocket) queueWrite(c chunk, n int) {
	s := w.session
	s.mu.Lock()
	w.queued = c
	o := w.outbox()
	o.stalled, o.writing = s.server.now(), len(c.bytes)
	over := s.account()
	s.mu.Unlock()
	w.conn.QueueWrite(c.bytes[n:])
	s.server.relieve(over)
}

// OnWritten is called when a queued write is done.
func (w *webSocket) OnWritten(err error) {
	s := w.session
	defer s.recoverPanic()
	s.mu.Lock()
	w.queued.memory.Free()
	w.queued = chunk{}
	s.mu.Unlock()
	if err != nil {
		w.lost()
		return
	}
	w.flush(w.nextChunk())
}

// outbox is what is sent by this WebSocket. While it may become the session's,
// that is not the session's outbox. It is called with the session's lock held.
func (w *webSocket) outbox() *outbox {
	if w.session.candidate == w {
		return &w.upgrade.replies
	}
	return &w.session.outbox
}

// nextChunk takes the next of what is queued. With nothing left it gives up the
// right to write, and closes the socket for writing if the session has ended.
func (w *webSocket) nextChunk() chunk {
	s := w.session
	s.mu.Lock()
	o := w.outbox()
	o.stalled = 0
	c := o.nextChunk()
	s.account()
	if c.bytes == nil {
		o.flushing = false
	}
	over := c.bytes == nil && s.ended
	s.mu.Unlock()
	if over {
		w.linger()
	}
	return c
}
