package engine

import (
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/googollee/go-socket.io/engineio/frame"
	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/rs/zerolog"
)

// Session is one client's connection from handshake to end, whatever carries
// it: long-polling, a WebSocket, or the one and then the other.
//
// What a client sends is handled one packet after the other, by the reactor or
// by a goroutine that lives while there is something to do; see inbox.go.
// Sending is possible from any goroutine and never blocks.
type Session struct {
	engine   *Engine
	dialect  dialect
	sid      string
	publicID string
	socketID string        // of Engine.IO 4 alone; see SocketID
	born     time.Duration // on the engine's clock

	// Attachment is for the layer above: set before the first packet is read,
	// and never by this package.
	Attachment any

	client   netip.Prefix // the client's address, as far as it is counted
	previous string       // the sid that the client's cookie named, if any

	lastSeen atomic.Int64  // when the last packet came, on the engine's clock
	lastPoll atomic.Int64  // when the last poll came
	arrived  atomic.Uint64 // see SendCounted
	gate     gateState     // used by who handles packets alone
	release  func()        // lets go of what is held of the address's limit
	over     atomic.Bool   // ended, for who handles packets
	timer    *time.Timer   // heartbeat and time limits; see heartbeat.go

	mu        sync.Mutex // guards everything below
	beat      beat
	quota     quota
	connected bool // the client was told that the root namespace is connected
	out       outbox
	inbox     inbox
	receipts  receipts
	carrier   *frames  // nil while polling
	candidate *frames  // a WebSocket that may become the carrier
	polling   *polling // nil if the handshake came over a WebSocket
	link      *link    // to go-socket.io, where it lasts as long as the session
	frozen    bool     // nothing new is taken from the client
	ended     bool
	reason    Reason
	parting   int // what has stopped of the two, reader and writer; see part
	finished  bool
}

// newSession is carried by a WebSocket from the beginning, or by polling.
func newSession(e *Engine, d dialect, release func(), carrier *frames, p *polling) *Session {
	s := &Session{engine: e, dialect: d, sid: newID(), publicID: newID(), release: release, carrier: carrier, polling: p}
	if d.clientConnects() {
		s.socketID = newID()
	}
	if p != nil {
		s.inbox.taken = make(chan struct{}, 1)
	}
	s.startHeartbeat()
	return s
}

// SocketID is what the client knows as its own id: the sid in Engine.IO 3,
// where it is a secret, and an id made for the purpose in Engine.IO 4.
func (s *Session) SocketID() string {
	if s.dialect.clientConnects() {
		return s.socketID
	}
	return s.sid
}

// PublicID names the session to others. It opens nothing.
func (s *Session) PublicID() string { return s.publicID }

// Client is the client's address, as far as limits count it.
func (s *Session) Client() netip.Prefix { return s.client }

// PreviousSID is the session id that the client's cookie named in the
// handshake: a session it had before, or one of another tab.
func (s *Session) PreviousSID() string { return s.previous }

// SID is the Engine.IO session id, which is a secret.
func (s *Session) SID() string { return s.sid }

// Version is the Engine.IO version the client speaks: 3 or 4.
func (s *Session) Version() int { return s.dialect.version() }

// Transport is "polling" or "websocket".
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carrier != nil {
		return websocketName
	}
	return pollingName
}

// Age is the time since the handshake.
func (s *Session) Age() time.Duration { return s.engine.now() - s.born }

// SinceRead is the time since the last packet of the client was read.
func (s *Session) SinceRead() time.Duration {
	return s.engine.now() - time.Duration(s.lastSeen.Load())
}

// Reason tells why the session ended; empty while it lives.
func (s *Session) Reason() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

// Log is the session's logger: every line carries its public id.
func (s *Session) Log() Log { return Log{s} }

// Log begins lines about a session. A zerolog.Logger with the id in it would be
// a copy of 500 bytes for each line.
type Log struct{ session *Session }

// Debug begins a line for finding faults.
func (l Log) Debug() *zerolog.Event { return l.line(l.session.engine.cfg.Log.Debug()) }

// Info begins a line about what happens in every session.
func (l Log) Info() *zerolog.Event { return l.line(l.session.engine.cfg.Log.Info()) }

// Error begins a line about a fault of the server.
func (l Log) Error() *zerolog.Event { return l.line(l.session.engine.cfg.Log.Error()) }

func (l Log) line(e *zerolog.Event) *zerolog.Event { return e.Str("peer", l.session.publicID) }

// survive is deferred wherever code of ours runs for a session on a goroutine
// that is not net/http's: after a panic the session ends, the process does not.
func (s *Session) survive() {
	if v := recover(); v != nil {
		s.engine.Stats.panics.Inc()
		s.Log().Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a session")
		s.end(ReasonPanic)
	}
}

// handle does what a packet asks for.
func (s *Session) handle(p Packet) {
	switch p.Type {
	case packet.PING:
		s.handlePing(p)
	case packet.CLOSE:
		s.end(ReasonClientClosed)
	case packet.MESSAGE:
		s.handleMessage(p)
	}
	// A pong has done its work by being seen; the others mean nothing here.
}

func (s *Session) handlePing(p Packet) {
	if s.dialect.serverPings() {
		s.end(ReasonMalformed) // "invalid heartbeat direction" in Node
		return
	}
	s.Send(newText(packet.PONG, string(p.Data)))
}

func (s *Session) handleMessage(p Packet) {
	switch {
	case s.engine.cfg.Gate != nil:
		if packet := s.pass(p); packet != nil {
			s.forward(packet)
		}
	case p.Binary:
		s.toLibrary(newPacketReader(frame.Binary, p.Data))
	default:
		s.toLibrary(newPacketReader(frame.String, p.Data))
	}
}

// toLibrary has go-socket.io deal with a packet, where it is linked for good.
func (s *Session) toLibrary(r *packetReader) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil {
		l.dispatch(r)
	}
}

// forward has go-socket.io dispatch an event.
func (s *Session) forward(event []byte) {
	l, ok := s.attach()
	if !ok {
		return
	}
	defer l.detach()
	l.dispatch(newPacketReader(frame.String, event))
}

// open makes a session known, greets its client and begins to read. What comes
// first leaves with the greeting.
func (s *Session) open(first ...Message) {
	defer s.survive()
	if gate := s.engine.cfg.Gate; gate != nil {
		gate.Opened(s)
	}
	s.engine.add(s)
	s.greet(first)
	if s.engine.cfg.Gate == nil {
		s.attachForGood()
	}
	if s.carrier != nil {
		s.read(s.carrier)
	}
}

// attachForGood links the session to go-socket.io until it ends.
func (s *Session) attachForGood() {
	l, ok := s.attach()
	s.mu.Lock()
	late := s.finished // and so nobody would detach it
	if ok && !late {
		s.link = l
	}
	s.mu.Unlock()
	if ok && late {
		l.detach()
	}
}

// greet sends the OPEN packet and, in Engine.IO 3, the CONNECT packet behind it:
// one write, or one answer to a poll, for all.
func (s *Session) greet(first []Message) {
	packets := []Message{newText(packet.OPEN, s.openPacket())}
	if s.engine.cfg.Gate != nil && !s.dialect.clientConnects() {
		packets = append(packets, newText(packet.MESSAGE, s.dialect.connectAnswer(s.sid)))
	}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	for _, m := range first {
		s.enqueue(m)
	}
	for _, m := range packets {
		s.count(m)
		s.enqueue(m)
	}
	f, c := s.carrier, s.beginFlush()
	s.mu.Unlock()
	s.flush(f, c)
}

// openPacket writes JSON by hand, since nothing in it needs escapes.
func (s *Session) openPacket() string {
	cfg := &s.engine.cfg
	b := append(make([]byte, 0, 128), `{"sid":"`+s.sid+`","upgrades":[`...)
	if s.polling != nil {
		b = append(b, `"`+websocketName+`"`...)
	}
	b = strconv.AppendInt(append(b, `],"pingInterval":`...), cfg.PingInterval.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"pingTimeout":`...), s.pingTimeout().Milliseconds(), 10)
	if s.dialect.version() >= 4 {
		b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(cfg.MaxPacket), 10)
	}
	return string(append(b, '}'))
}
