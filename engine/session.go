package engine

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/googollee/go-socket.io/engineio/frame"
	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/rs/zerolog"

	"vidchat/engine/rawjson"
)

// Session is one client's connection from handshake to end. To go-socket.io
// it is a transport connection that never changes; beneath, it is carried by
// long-polling, by a WebSocket, or by the one and then the other.
//
// go-socket.io's reading goroutine calls NextReader, and everything a client
// sent is handled there, one packet after the other. Sending is possible from
// any goroutine and never blocks.
type Session struct {
	engine   *Engine
	dialect  dialect
	publicID string
	socketID string // of Engine.IO 4 alone; see SocketID
	sid      string // set once, with the OPEN packet, before anybody knows it; forget reads it under mu
	remote   net.Addr
	born     time.Duration // on the engine's clock

	// Attachment is for the layer above: set before the first packet is read,
	// and never by this package.
	Attachment any

	client   netip.Prefix // the client's address, as far as it is counted
	previous string       // the sid that the client's cookie named, if any

	lastSeen  atomic.Int64  // when the last packet came, on the engine's clock
	lastPoll  atomic.Int64  // when the last poll came
	arrived   atomic.Uint64 // see SendCounted
	gate      gateState     // used by the reading goroutine alone
	source    *frames       // likewise: the carrier, once it is the only source of packets
	listening bool          // likewise: the reactor reads from it
	quota     quota         // likewise
	release   func()        // lets go of what is held of the address's limit
	over      atomic.Bool   // ended, for the reading goroutine
	timer     *time.Timer   // heartbeat and time limits; see heartbeat.go

	mu        sync.Mutex // guards everything below
	beat      beat
	connected bool // the client was told that the root namespace is connected
	out       outbox
	inbox     inbox
	receipts  receipts
	carrier   *frames  // nil while polling
	candidate *frames  // a WebSocket that may become the carrier
	polling   *polling // nil if the handshake came over a WebSocket
	frozen    bool     // nothing new is taken from the client
	ended     bool
	reason    Reason
	parting   int // what has stopped of the two, reader and writer; see part
	finished  bool
}

// newSession is carried by a WebSocket from the beginning, or by polling.
func newSession(e *Engine, d dialect, remote net.Addr, release func(), carrier *frames, p *polling) *Session {
	s := &Session{engine: e, dialect: d, publicID: newID(), remote: remote, release: release, carrier: carrier, polling: p}
	if d.clientConnects() {
		s.socketID = newID()
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

// NextReader gives go-socket.io the next packet that is meant for it. It
// handles all others on the way. After the end of the session it returns
// io.EOF.
func (s *Session) NextReader() (frame.Type, packet.Type, io.ReadCloser, error) {
	for {
		s.awaitQueued()
		r, more := s.nextForLibrary()
		if r != nil {
			return r.frame, packet.MESSAGE, r, nil
		}
		if !more {
			s.finish()
			return 0, 0, nil, io.EOF
		}
	}
}

// survive is deferred wherever code of ours runs for a session on a goroutine
// that is not net/http's: after a panic the session ends, the process does not.
func (s *Session) survive() {
	if v := recover(); v != nil {
		s.engine.Stats.panics.Inc()
		s.Log().Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a session")
		s.end(ReasonPanic)
	}
}

// nextForLibrary handles a packet. It returns what the library shall see, if
// anything, and whether there may be more.
func (s *Session) nextForLibrary() (r *packetReader, more bool) {
	defer s.survive()
	p, state := s.receive()
	if state == packetTaken {
		r = s.handle(p)
	}
	return r, state != packetsOver
}

// handle does what a packet asks for, and returns what the library shall see.
func (s *Session) handle(p Packet) *packetReader {
	switch p.Type {
	case packet.PING:
		s.handlePing(p)
	case packet.CLOSE:
		s.end(ReasonClientClosed)
	case packet.MESSAGE:
		return s.handleMessage(p)
	}
	return nil // a pong has done its work by being seen; the others mean nothing here
}

func (s *Session) handlePing(p Packet) {
	if s.dialect.serverPings() {
		s.end(ReasonMalformed) // "invalid heartbeat direction" in Node
		return
	}
	s.Send(newText(packet.PONG, string(p.Data)))
}

func (s *Session) handleMessage(p Packet) *packetReader {
	if s.engine.cfg.Gate == nil {
		ft := frame.String
		if p.Binary {
			ft = frame.Binary
		}
		return newPacketReader(ft, p.Data)
	}
	if data := s.pass(p); data != nil {
		return newPacketReader(frame.String, data)
	}
	return nil
}

// packetReader hands one packet to the library, which uses its ReadByte and
// UnreadByte instead of allocating a bufio.Reader.
type packetReader struct {
	bytes.Reader
	frame frame.Type
}

func newPacketReader(ft frame.Type, data []byte) *packetReader {
	r := &packetReader{frame: ft}
	r.Reset(data)
	return r
}

func (*packetReader) Close() error { return nil }

// NextWriter takes a packet from go-socket.io. It is sent when the writer is
// closed. It never fails: what is written after the end is dropped, and the
// library learns of the end where it reads.
func (s *Session) NextWriter(ft frame.Type, pt packet.Type) (io.WriteCloser, error) {
	return &packetWriter{session: s, frame: ft, packet: pt}, nil
}

type packetWriter struct {
	bytes.Buffer
	session *Session
	frame   frame.Type
	packet  packet.Type
}

// Flush is there so that the library does not wrap the writer in a
// bufio.Writer.
func (*packetWriter) Flush() error { return nil }

func (w *packetWriter) Close() error {
	defer w.session.survive()
	data := bytes.TrimSuffix(w.Bytes(), []byte("\n")) // the library's JSON encoder leaves it
	switch {
	case w.packet == packet.OPEN:
		return w.session.open(data)
	case w.frame == frame.Binary:
		w.session.Send(w.session.dialect.binaryMessage(data))
	case w.session.engine.cfg.Gate != nil && len(data) > 0 && data[0] == connectPacket:
		w.session.libraryConnected()
	default:
		w.session.Send(newText(w.packet, string(data)))
	}
	return nil
}

// open learns the sid from the library's OPEN packet, and sends one that has
// what the dialect wants in it.
func (s *Session) open(data []byte) error {
	sid, _ := rawjson.Member(string(data), "sid") // the library has made it valid
	if !s.engine.add(s, rawjson.Text(sid)) {
		return nil // the client did not wait for it
	}
	s.Send(newText(packet.OPEN, s.openPacket()))
	return nil
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

// Close ends the session. go-socket.io calls it when it is done; so may any
// other. It is not an error to close a session twice. During a shutdown it does
// nothing: the engine ends all sessions once they have been heard out.
func (s *Session) Close() error {
	s.mu.Lock()
	frozen := s.frozen
	s.mu.Unlock()
	if !frozen {
		s.end(ReasonServerClosed)
	}
	return nil
}

// The rest of transport.Conn. Deadlines are the heartbeat's business here, and
// no header or URL is kept.

func (s *Session) URL() url.URL                       { return url.URL{} }
func (s *Session) LocalAddr() net.Addr                { return nil }
func (s *Session) RemoteAddr() net.Addr               { return s.remote }
func (s *Session) RemoteHeader() http.Header          { return nil }
func (s *Session) SetReadDeadline(_ time.Time) error  { return nil }
func (s *Session) SetWriteDeadline(_ time.Time) error { return nil }
