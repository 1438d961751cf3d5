package engine

import (
	"bytes"

	"github.com/gobwas/ws"
	"github.com/googollee/go-socket.io/engineio/packet"
)

// inbox holds packets that the reactor has read and cannot handle itself,
// since they may have to wait or are for go-socket.io, until the session's own
// goroutine takes them. As long as there are any, or one is being handled,
// those that come after them queue up as well. It is guarded by the session's
// lock.
type inbox struct {
	packets []Packet // with memory of their own
	bytes   int
	arrived chan struct{} // has room for one token; wakes the session's goroutine
	idle    bool          // which waits, with nothing to handle
	full    bool          // the reactor waits until all is taken
	over    bool          // no more will come
	err     error         // why
}

// maxInbox is how many packets may wait before no more are read. In bytes it
// is as much as one packet may have.
const maxInbox = 64

// listens tells whether the reactor is to read for the session.
func (s *Session) listens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended && !s.inbox.full && !s.inbox.over
}

// hear handles what the reactor has read.
func (s *Session) hear(f *frames, b []byte) {
	if s.over.Load() {
		return
	}
	if err := f.feed(b, s.hearFrame); err != nil {
		s.hearNoMore(err)
	}
}

// hearNoMore is for the end of what can be read. It has its place behind what
// waits, which may be a goodbye: the session's own goroutine ends the session.
func (s *Session) hearNoMore(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox.over, s.inbox.err = true, err
	signal(s.inbox.arrived)
}

// hearFrame tells whether to go on.
func (s *Session) hearFrame(op ws.OpCode, payload []byte) bool {
	p, ok, err := s.readFrame(op, payload)
	switch {
	case err != nil:
		s.hearNoMore(err)
		return false
	case ok && !(s.idle() && s.handleAtOnce(p)):
		s.leaveToReader(p)
	}
	return !s.over.Load()
}

// idle tells whether the session's own goroutine has nothing to do. That
// remains so until the reactor gives it something.
func (s *Session) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.idle && len(s.inbox.packets) == 0
}

// handleAtOnce handles a packet, unless it may have to wait or is for
// go-socket.io.
func (s *Session) handleAtOnce(p Packet) bool {
	if p.Type == packet.MESSAGE {
		return s.passAtOnce(p)
	}
	s.handle(p)
	return true
}

func (s *Session) leaveToReader(p Packet) {
	p.Data = bytes.Clone(p.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	in.packets = append(in.packets, p)
	in.bytes += len(p.Data)
	in.full = len(in.packets) >= maxInbox || in.bytes >= s.engine.cfg.MaxPacket
	signal(in.arrived)
}

// awaitQueued waits for a packet in the inbox, if the reactor reads for the
// session. This is where sessions spend their lives: it has a frame of its own
// and a small one, so that the stack of an idle one can be small.
func (s *Session) awaitQueued() {
	if s.listening {
		for !s.queued() {
			<-s.inbox.arrived
		}
	}
}

// queued tells whether there is something to take, or nothing more to come.
//
//go:noinline
func (s *Session) queued() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	if s.ended || in.over || len(in.packets) > 0 {
		return true
	}
	in.packets, in.idle = nil, true
	if in.full {
		in.full = false
		s.carrier.conn.hearOut() // which makes the reactor look after it
	}
	return false
}

// takeQueued takes the next packet that the reactor has left, or why there
// will be none.
func (s *Session) takeQueued() (p Packet, state packetState, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	switch {
	case s.ended:
		return p, packetsOver, nil
	case len(in.packets) > 0:
		p, in.packets = in.packets[0], in.packets[1:]
		in.bytes -= len(p.Data)
		in.idle = false
		return p, packetTaken, nil
	case in.over:
		return p, packetsOver, in.err
	}
	return p, packetNone, nil
}
