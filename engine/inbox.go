package engine

import (
	"bytes"

	"github.com/gobwas/ws"
	"github.com/googollee/go-socket.io/engineio/packet"
)

// inbox holds packets that wait to be handled: what was posted, and what the
// reactor has read and cannot handle itself, since it may have to wait or is
// for go-socket.io. A goroutine takes them that lives while there are any. As
// long as it does, packets that come queue up behind. It is guarded by the
// session's lock.
type inbox struct {
	packets []Packet // with memory of their own
	bytes   int
	working bool          // the goroutine lives, or no more packets will be handled
	full    bool          // the reactor waits until all is taken
	over    bool          // no more will come
	err     error         // why
	taken   chan struct{} // has room for one token; wakes who waits for all to be taken
	pulling bool          // pull reads, which has to end first
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
// waits, which may be a goodbye.
func (s *Session) hearNoMore(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox.over, s.inbox.err, s.inbox.pulling = true, err, false
	s.wake()
}

// hearFrame tells whether to go on.
func (s *Session) hearFrame(op ws.OpCode, payload []byte) bool {
	p, ok, err := s.readFrame(op, payload)
	switch {
	case err != nil:
		s.hearNoMore(err)
		return false
	case ok && !(s.idle() && s.handleAtOnce(p)):
		s.leave(p)
	}
	return !s.over.Load()
}

// idle tells whether nothing waits to be handled. That remains so until who
// asks, the reactor, leaves something.
func (s *Session) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.inbox.working
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

// leave puts a packet into the inbox.
func (s *Session) leave(p Packet) {
	p.Data = bytes.Clone(p.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	in.packets = append(in.packets, p)
	in.bytes += len(p.Data)
	in.full = len(in.packets) >= maxInbox || in.bytes >= s.engine.cfg.MaxPacket
	s.wake()
}

// wake lets a goroutine look after the inbox. It is called with the lock held.
func (s *Session) wake() {
	if !s.inbox.working {
		s.inbox.working = true
		s.engine.stirs.Add(1)
		go s.work()
	}
}

// work handles what is in the inbox, and the end.
func (s *Session) work() {
	for s.step() {
	}
}

// step handles a packet, and tells whether to go on.
func (s *Session) step() bool {
	p, state := s.takeNext()
	switch state {
	case packetTaken:
		s.handleSafely(p)
	case packetsOver:
		s.endRead()
		s.finish()
	}
	return state == packetTaken
}

func (s *Session) handleSafely(p Packet) {
	defer s.survive()
	s.handle(p)
}

type packetState int

const (
	packetNone packetState = iota
	packetTaken
	packetsOver
)

// takeNext takes the next packet. Without one the goroutine's work is done.
func (s *Session) takeNext() (p Packet, state packetState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	switch {
	case s.ended && !in.pulling:
		return p, packetsOver
	case len(in.packets) > 0 && !s.ended:
		p, in.packets = in.packets[0], in.packets[1:]
		in.bytes -= len(p.Data)
		return p, packetTaken
	case in.over, s.frozen && s.carrier == nil && !s.polling.posting:
		return p, packetsOver
	}
	in.packets, in.working = nil, false
	signal(in.taken)
	if in.full {
		in.full = false
		s.carrier.conn.hearOut() // which makes the reactor look after it
	}
	return p, packetNone
}
