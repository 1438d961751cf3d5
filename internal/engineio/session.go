package engineio

import (
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/limit"
)

// Session is one client's connection from handshake to end, whatever transport
// carries it.
//
// What a client sends is handled one packet after the other, by the goroutine
// that reads its WebSocket or by one that lives while there is something to do;
// see inbox.go. Sending is possible from any goroutine and never blocks.
//
// An idle session is little more than this struct, so its size is what many of them
// take: small fields stand beside each other.
type Session struct {
	server   *Server
	dialect  wire.Dialect
	sid      string
	publicID string
	born     time.Duration // on the server's clock

	// Attachment is for the Handler: it is set in OnOpen, and never here.
	Attachment any

	client      netip.Prefix // the client's address, as far as it is counted
	previousSID string       // which the client's cookie named
	release     func()       // gives back what is held of the limits
	usage       *limit.Usage // of the client's address

	lastRead  atomic.Int64  // when the last packet was read, on the server's clock
	delivered atomic.Uint64 // see SendTracked
	over      atomic.Bool   // ended, without the lock

	saidGoodbye atomic.Bool // see SaidGoodbye

	timer *time.Timer // heartbeat and time limits; see heartbeat.go

	heldBytes atomic.Int64 // what is counted for the client's address; see account

	mu        sync.Mutex // guards what follows
	memory    memory
	heartbeat heartbeat
	quota     quota
	outbox    outbox
	inbox     inbox
	tracking  tracking
	socket    *webSocket // nil while polling
	candidate *webSocket // that may become the socket
	polling   *polling   // nil if the handshake came by WebSocket
	reason    Reason
	logged    []string // reasons; see Log.Once
	draining  bool     // nothing new is taken from the client
	ended     bool
	finished  bool // everything was handled
}

// newSession makes the session of a handshake, which calls release once it is
// over. Without p it is carried by a WebSocket, which follows.
func (e *Server) newSession(r *http.Request, d wire.Dialect, addr netip.Addr, release func(), p *polling) *Session {
	s := &Session{
		server: e, dialect: d, sid: e.cfg.Node + NewID(), publicID: NewID(),
		client: limit.Client(addr), release: release, usage: e.usages.Of(addr), polling: p,
	}
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) == len(e.cfg.Node)+idSize {
		s.previousSID = strings.Clone(c.Value)
	}
	if p != nil {
		s.inbox.emptied = make(chan struct{}, 1)
	}
	s.startHeartbeat()
	return s
}

// carryBy gives the session its WebSocket.
func (s *Session) carryBy(w *webSocket) {
	s.mu.Lock() // the heartbeat has begun
	defer s.mu.Unlock()
	s.socket = w
}

// PublicID names the session to others. It gives access to nothing.
func (s *Session) PublicID() string { return s.publicID }

// SID is the Engine.IO session id, which is a secret.
func (s *Session) SID() string { return s.sid }

// Client is the client's address, as far as limits count it.
func (s *Session) Client() netip.Prefix { return s.client }

// PreviousSID is the session id that the client's cookie named in the
// handshake: a session it had before, or one of another tab.
func (s *Session) PreviousSID() string { return s.previousSID }

// Version is the Engine.IO version that the client speaks: 3 or 4.
func (s *Session) Version() int { return s.dialect.Version() }

// Transport is "polling" or "websocket".
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket != nil {
		return websocketName
	}
	return pollingName
}

// Age is the time since the handshake.
func (s *Session) Age() time.Duration { return s.server.now() - s.born }

// SinceRead is the time since the last packet of the client was read.
func (s *Session) SinceRead() time.Duration {
	return s.server.now() - time.Duration(s.lastRead.Load())
}

// Reason says why the session ended; it is empty while the session is open.
func (s *Session) Reason() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

// SaidGoodbye notes whether the client has said goodbye in the protocol above.
// A WebSocket that is closed afterwards has ended as it should.
func (s *Session) SaidGoodbye(said bool) { s.saidGoodbye.Store(said) }

func (s *Session) hasEnded() bool { return s.over.Load() }

// Log is the session's logger: every line carries its public id.
func (s *Session) Log() Log { return Log{s} }

// Log begins lines about a session. A zerolog.Logger with the id in it would be
// a copy of 500 bytes for each line.
type Log struct{ session *Session }

// Debug begins a line for finding faults.
func (l Log) Debug() *zerolog.Event { return l.line(l.session.server.cfg.Log.Debug()) }

// Info begins a line about what happens in every session.
func (l Log) Info() *zerolog.Event { return l.line(l.session.server.cfg.Log.Info()) }

// Once begins a line that a client can cause over and over: it is logged once in a
// session for each reason, and counted after that.
func (l Log) Once(reason string) *zerolog.Event {
	s := l.session
	s.mu.Lock()
	again := slices.Contains(s.logged, reason)
	if !again {
		s.logged = append(s.logged, reason)
	}
	s.mu.Unlock()
	if again {
		s.server.Metrics.unlogged.WithLabelValues(reason).Inc()
		return nil // which writes nothing
	}
	return l.Info()
}

// Error begins a line about a fault of the server.
func (l Log) Error() *zerolog.Event { return l.line(l.session.server.cfg.Log.Error()) }

func (l Log) line(e *zerolog.Event) *zerolog.Event { return e.Str("peer", l.session.publicID) }

// recoverPanic is deferred wherever a session's code runs on a goroutine that is
// not net/http's: after a panic the session ends, and the process goes on.
func (s *Session) recoverPanic() {
	if v := recover(); v != nil {
		s.server.Metrics.panics.Inc()
		s.Log().Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a session")
		s.End(ReasonPanic)
	}
}

// openDelay is how long after the handshake of a WebSocket the OPEN packet
// leaves. Clients that attach their reader once the socket is open, as the
// official test suite does, lose what they read together with the answer to the
// handshake: on a busy machine, 3 of 4 did when OPEN was written at once, a third
// with Node, and 1 of 300 with a delay of a millisecond.
const openDelay = 2 * time.Millisecond

// open makes a session known, and sends the OPEN packet and what follows it.
func (s *Session) open() {
	defer s.recoverPanic()
	first := s.server.cfg.Handler.OnOpen(s)
	s.server.add(s)
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.enqueue(wire.NewText(wire.Open, s.openData()))
	for _, o := range first {
		s.enqueue(o)
	}
	w, c := s.socket, s.beginFlush()
	s.mu.Unlock()
	if w != nil {
		w.conn.Start(w)
		time.AfterFunc(openDelay, func() {
			defer s.recoverPanic()
			w.flush(c)
		})
	}
}

// openData writes JSON by hand, since nothing in it needs escapes.
func (s *Session) openData() string {
	cfg := &s.server.cfg
	b := append(make([]byte, 0, 128), `{"sid":"`+s.sid+`","upgrades":[`...)
	if s.polling != nil {
		b = append(b, `"`+websocketName+`"`...)
	}
	b = strconv.AppendInt(append(b, `],"pingInterval":`...), cfg.PingInterval.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"pingTimeout":`...), s.pingTimeout().Milliseconds(), 10)
	if s.dialect.Version() >= 4 {
		b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(cfg.MaxPacket), 10)
	}
	return string(append(b, '}'))
}

// handle does what a packet asks for. What it returns is to be called where it
// may block.
func (s *Session) handle(p wire.Packet) (deferred func()) {
	switch p.Type {
	case wire.Ping:
		s.handlePing(p)
	case wire.Close:
		s.End(ReasonClientClosed)
	case wire.Message:
		return s.server.cfg.Handler.OnMessage(s, p)
	}
	// A pong has done its work by being read; the others mean nothing here.
	return nil
}

func (s *Session) handlePing(p wire.Packet) {
	if s.dialect.ServerPings() {
		s.End(ReasonMalformed) // "invalid heartbeat direction" in Node
		return
	}
	s.Send(wire.NewText(wire.Pong, string(p.Data)))
}
