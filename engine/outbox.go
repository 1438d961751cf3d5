package engine

import (
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
}

const (
	batchBytes = 16 << 10 // packets that wait are written together up to this size
	maxRounds  = 8        // how often a sender writes on for others before it hands over
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
	}
	sent = s.receipts.sent
	if s.ended {
		s.mu.Unlock()
		return sent, false
	}
	s.count(m)
	if f := s.carrier; f != nil && !s.out.flushing {
		s.mayWrite()
		s.mu.Unlock()
		s.flush(f, m.frame)
		return sent, true
	}
	cfg := &s.engine.cfg
	if len(s.out.queue) >= cfg.OutboxPackets || s.out.bytes+m.size() > cfg.OutboxBytes {
		s.mu.Unlock()
		s.end(ReasonSlowReader)
		return sent, false
	}
	s.enqueue(m)
	s.mu.Unlock()
	return sent, true
}

func (s *Session) count(m Message) {
	s.engine.Stats.packetsOut.Inc()
	s.engine.Stats.bytesOut.Add(float64(m.size()))
}

// enqueue is called with the lock held.
func (s *Session) enqueue(m Message) {
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

// flush writes chunk and then what has been queued meanwhile. It does not
// wait for the socket. The caller has set flushing.
func (s *Session) flush(f *frames, chunk []byte) {
	for round := 0; chunk != nil; round++ {
		n, err := f.conn.try(chunk)
		if err != nil {
			s.lost(f)
			return
		}
		if n < len(chunk) || round == maxRounds {
			rest := chunk[n:]
			go s.drain(f, rest)
			return
		}
		chunk = s.nextChunk(f)
	}
}

// drain writes on where flush had to stop, and may wait. A client that takes
// nothing for as long as a heartbeat may take is gone.
func (s *Session) drain(f *frames, chunk []byte) {
	defer s.survive()
	for chunk != nil {
		if err := f.write(chunk, s.patience()); err != nil {
			s.lost(f)
			return
		}
		chunk = s.nextChunk(f)
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
func (s *Session) nextChunk(f *frames) []byte {
	s.mu.Lock()
	chunk := s.out.nextChunk()
	if chunk == nil {
		s.out.flushing = false
	}
	last := chunk == nil && s.ended
	s.mu.Unlock()
	if last {
		s.part(f)
	}
	if chunk == nil {
		s.engine.tasks.Done()
	}
	return chunk
}

// beginFlush takes the right to write and the first of what is queued, if there
// is a WebSocket to write to, something to write and nobody who does. It is
// called with the lock held.
func (s *Session) beginFlush() []byte {
	if s.carrier == nil || s.out.flushing || len(s.out.queue) == 0 {
		return nil
	}
	s.mayWrite()
	return s.out.nextChunk()
}

func (o *outbox) nextChunk() []byte {
	if len(o.queue) == 0 {
		return nil
	}
	n, size := 1, o.queue[0].size()
	for n < len(o.queue) && size+o.queue[n].size() <= batchBytes {
		size += o.queue[n].size()
		n++
	}
	chunk := o.queue[0].frame
	if n > 1 {
		chunk = make([]byte, 0, size)
		for _, m := range o.queue[:n] {
			chunk = append(chunk, m.frame...)
		}
	}
	o.queue = o.queue[n:]
	o.bytes -= size
	if len(o.queue) == 0 {
		o.queue = nil
	}
	return chunk
}

// closeFrame is the last thing a client reads.
func closeFrame(code ws.StatusCode, text string) Message {
	return newControl(ws.OpClose, ws.NewCloseFrameBody(code, text))
}
