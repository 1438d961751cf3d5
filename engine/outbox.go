package engine

import (
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// outbox holds what is to be sent. It is bounded: a client that does not read
// is disconnected, since a call breaks silently where one description or
// candidate is left out.
//
// There is no writing goroutine. Who sends to an idle WebSocket writes what
// the kernel takes at once, without waiting; the rest is left to a goroutine
// that lives only as long as the socket is stalled. Over polling, the waiting
// request takes everything.
type outbox struct {
	queue    []Message
	bytes    int
	peak     int  // the most packets that ever waited
	flushing bool // somebody writes to the carrier
	corked   bool // that is the cork, until it is pulled or the outbox has enough
}

const (
	batchBytes = 16 << 10 // packets that wait are written together up to this size
	maxRounds  = 8        // how often a sender writes on for others before it hands over
	maxCorked  = 64       // packets that a cork keeps back
	usualBurst = 8        // packets that it usually does
)

// Send queues a message and starts sending it. It tells whether the session
// still took it, not whether it arrived.
func (s *Session) Send(m Message) bool {
	_, ok := s.send(m, false)
	return ok
}

// send is Send, and counts a message whose arrival matters: in the moment in
// which its place among the others is settled.
func (s *Session) send(m Message, counted bool) (sent uint64, ok bool) {
	s.mu.Lock()
	if counted {
		s.receipts.sent++
		s.receipts.unasked += m.size()
	}
	sent = s.receipts.sent
	if s.ended {
		s.mu.Unlock()
		return sent, false
	}
	s.count(m)
	ping, asks := Message{}, false
	if counted {
		ping, asks = s.nextReceipt()
	}
	f := s.carrier
	free := f != nil && !s.out.flushing && !s.engine.cork.holds(s)
	if free && !asks {
		s.mayWrite()
		s.mu.Unlock()
		s.flush(f, chunk{bytes: m.frame})
		return sent, true
	}
	cfg := &s.engine.cfg
	if len(s.out.queue) >= cfg.OutboxPackets || s.out.bytes+m.size() > cfg.OutboxBytes {
		s.mu.Unlock()
		s.end(ReasonSlowReader)
		return sent, false
	}
	s.enqueue(m)
	if asks {
		s.count(ping)
		s.enqueue(ping)
	}
	c := s.beginFlush()
	s.mu.Unlock()
	s.flush(f, c)
	return sent, true
}

func (s *Session) count(m Message) {
	s.engine.Stats.packetsOut.Inc()
	s.engine.Stats.bytesOut.Add(float64(m.size()))
}

// enqueue is called with the lock held.
func (s *Session) enqueue(m Message) {
	if s.out.queue == nil && s.out.corked {
		s.out.queue = make([]Message, 0, usualBurst)
	}
	s.out.queue = append(s.out.queue, m)
	s.out.bytes += m.size()
	s.out.peak = max(s.out.peak, len(s.out.queue))
	if s.polling != nil {
		s.polling.wakePoll()
	}
}

// takeAll empties the outbox for a poll. It is called with the lock held.
func (o *outbox) takeAll() []Message {
	all := o.queue
	o.queue, o.bytes = nil, 0
	return all
}

// chunk is what is written at once.
type chunk struct {
	bytes []byte
	buf   *[batchBytes]byte // holds them, if they are several packets
}

var chunkBuffers = sync.Pool{New: func() any { return new([batchBytes]byte) }}

func (c chunk) free() {
	if c.buf != nil {
		chunkBuffers.Put(c.buf)
	}
}

// flush writes a chunk, if there is one, and then what has been queued
// meanwhile. It does not wait for the socket. The caller has set flushing.
func (s *Session) flush(f *frames, c chunk) {
	for round := 0; c.bytes != nil; round++ {
		n, err := f.conn.try(c.bytes)
		if err != nil {
			c.free()
			s.lost(f)
			return
		}
		if n < len(c.bytes) || round == maxRounds {
			c.bytes = c.bytes[n:]
			go s.drain(f, c)
			return
		}
		c.free()
		c = s.nextChunk(f)
	}
}

// drain writes on where flush had to stop, and may wait. A client that takes
// nothing for as long as a heartbeat may take is gone.
func (s *Session) drain(f *frames, c chunk) {
	defer s.survive()
	for c.bytes != nil {
		err := f.write(c.bytes, s.patience())
		c.free()
		if err != nil {
			s.lost(f)
			return
		}
		c = s.nextChunk(f)
	}
}

func (s *Session) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return lingerTime
	}
	return s.engine.cfg.PingInterval + s.pingTimeout()
}

// lost ends a session whose carrier failed, and with it the right to write.
func (s *Session) lost(f *frames) {
	defer s.engine.tasks.Done()
	_ = f.conn.Close()
	s.end(ReasonConnectionLost)
}

// mayWrite takes the right to write to the carrier, which Shutdown waits for.
// It is called with the lock held, so that it comes before the end.
func (s *Session) mayWrite() {
	s.out.flushing = true
	s.engine.tasks.Add(1)
}

// nextChunk takes queued frames, several in one buffer where there are
// several. With nothing left it gives up the right to write.
func (s *Session) nextChunk(f *frames) chunk {
	s.mu.Lock()
	c := s.out.nextChunk()
	if c.bytes == nil {
		s.out.flushing = false
	}
	last := c.bytes == nil && s.ended
	s.mu.Unlock()
	if last {
		s.part(f)
	}
	if c.bytes == nil {
		s.engine.tasks.Done()
	}
	return c
}

// beginFlush takes the right to write and the first of what is queued, if there
// is a WebSocket to write to, something to write and nobody who does. It is
// called with the lock held.
func (s *Session) beginFlush() chunk {
	switch o := &s.out; {
	case s.carrier == nil || len(o.queue) == 0:
		return chunk{}
	case o.corked && (len(o.queue) >= maxCorked || o.bytes >= batchBytes):
		o.corked = false
	case o.flushing:
		return chunk{}
	default:
		s.mayWrite()
	}
	return s.out.nextChunk()
}

func (o *outbox) nextChunk() (c chunk) {
	if len(o.queue) == 0 {
		return c
	}
	n, size := 1, o.queue[0].size()
	for n < len(o.queue) && size+o.queue[n].size() <= batchBytes {
		size += o.queue[n].size()
		n++
	}
	c.bytes = o.queue[0].frame
	if n > 1 {
		c.buf = chunkBuffers.Get().(*[batchBytes]byte)
		c.bytes = c.buf[:0]
		for _, m := range o.queue[:n] {
			c.bytes = append(c.bytes, m.frame...)
		}
	}
	o.queue = o.queue[n:]
	o.bytes -= size
	if len(o.queue) == 0 {
		o.queue = nil
	}
	return c
}

// closeFrame is the last thing a client reads.
func closeFrame(code ws.StatusCode, text string) Message {
	return newControl(ws.OpClose, ws.NewCloseFrameBody(code, text))
}
