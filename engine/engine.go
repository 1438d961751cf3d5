package engine

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"
	"github.com/rs/zerolog"

	"vidchat/limit"
)

// Config is what an Engine can be told. The zero value of each field means
// its default.
type Config struct {
	// Log gets a line for each session that opens and ends.
	Log zerolog.Logger
	// Gate decides about Socket.IO events. Without it, messages are passed to
	// the library as they are.
	Gate Gate
	// PingInterval is the time between two pings. 25 s by default: Heroku's
	// router closes what is idle for 55 s.
	PingInterval time.Duration
	// PingTimeout is how long a ping may stay unanswered. By default 5 s in
	// Engine.IO 3 and 20 s in 4, as Node has it.
	PingTimeout time.Duration
	// UpgradeTimeout is how long an upgrade may take, 10 s by default.
	UpgradeTimeout time.Duration
	// ConnectTimeout is how long an Engine.IO 4 client may take to connect the
	// namespace, 45 s by default.
	ConnectTimeout time.Duration
	// MaxPacket is the largest frame or body taken from a client, in bytes;
	// 64 KiB by default. A description has 2 to 10 kB.
	MaxPacket int
	// OutboxPackets and OutboxBytes bound what waits for a client that does
	// not read, 256 packets and 1 MiB by default.
	OutboxPackets int
	OutboxBytes   int
	// Limits bound what clients may do; none by default.
	Limits Limits
	// ClientAddr is the address of the client of a request, behind whatever
	// proxies there are. By default it is that of the connection.
	ClientAddr func(*http.Request) netip.Addr
	// Secure tells whether a request came by HTTPS, so that cookies stay there.
	// By default only TLS of this process counts.
	Secure func(*http.Request) bool
	// AllowOrigin tells whether a page may use the server. By default only
	// pages of the same host may.
	AllowOrigin func(*http.Request) bool
}

func (c Config) withDefaults() Config {
	setDefault(&c.PingInterval, 25*time.Second)
	setDefault(&c.UpgradeTimeout, 10*time.Second)
	setDefault(&c.ConnectTimeout, 45*time.Second)
	setDefault(&c.MaxPacket, 64<<10)
	setDefault(&c.OutboxPackets, 256)
	setDefault(&c.OutboxBytes, 1<<20)
	if c.ClientAddr == nil {
		c.ClientAddr = remoteAddr
	}
	if c.Secure == nil {
		c.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if c.AllowOrigin == nil {
		c.AllowOrigin = sameOrigin
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// Engine is the HTTP handler of all Engine.IO requests. A handshake goes
// through go-socket.io, whose transports are made here; every later request of
// the session is answered without it.
type Engine struct {
	cfg       Config
	library   http.Handler
	start     time.Time
	addresses *limit.Addresses
	Stats     Stats
	sessions  sync.WaitGroup // that go-socket.io reads from
	tasks     sync.WaitGroup // goroutines that write to or wait for slow sockets
	reactor   reactor        // reads the WebSockets

	mu       sync.RWMutex // guards what follows
	bySID    map[string]*Session
	draining bool
}

// New makes an engine. Give Options to go-socket.io, and the server it makes
// to Handshake, before the first request.
func New(cfg Config) *Engine {
	return &Engine{
		cfg:       cfg.withDefaults(),
		start:     time.Now(),
		Stats:     newStats(),
		bySID:     make(map[string]*Session),
		addresses: limit.NewAddresses(cfg.Limits.NewSessions, cfg.Limits.SessionsPerAddress),
	}
}

// Options are go-socket.io's, with the transports of this package.
func (e *Engine) Options() *engineio.Options {
	return &engineio.Options{
		Transports: []transport.Transport{
			pollingTransport{e},
			websocketTransport{e},
		},
		SessionIDGenerator: idGenerator{},
		PingInterval:       e.cfg.PingInterval,
		PingTimeout:        e.cfg.PingInterval,
	}
}

// Handshake names the go-socket.io server that new sessions are given to.
func (e *Engine) Handshake(library http.Handler) { e.library = library }

// Session finds a session by its Engine.IO session id.
func (e *Engine) Session(sid string) (*Session, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s, ok := e.bySID[sid]
	return s, ok
}

// Open is the number of open sessions.
func (e *Engine) Open() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.bySID)
}

// knowClient keeps what the handshake tells of the client.
func (s *Session) knowClient(r *http.Request) {
	s.client = limit.Client(s.engine.cfg.ClientAddr(r))
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) == idSize {
		s.previous = strings.Clone(c.Value)
	}
}

// hold counts a session against the limit of the client's address.
func (e *Engine) hold(r *http.Request) (release func()) {
	return e.addresses.Hold(e.cfg.ClientAddr(r))
}

// now is the time since the engine was made.
func (e *Engine) now() time.Duration { return time.Since(e.start) }

// register counts a session before the library knows it. It fails while the
// engine is shutting down.
func (e *Engine) register() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.draining {
		return false
	}
	e.sessions.Add(1)
	return true
}

// add makes a session known by its sid. It fails if the session has ended
// already, which leaves nothing to be found.
func (e *Engine) add(s *Session, sid string) bool {
	s.mu.Lock()
	s.sid = sid
	s.mu.Unlock()
	e.Stats.sessionOpened(s)
	e.mu.Lock()
	e.bySID[sid] = s
	draining := e.draining
	e.mu.Unlock()
	s.Log().Info().Int("eio", s.Version()).Str("transport", s.Transport()).Msg("session opened")
	switch {
	case s.Reason() != "": // too late for end to have found it
		e.forget(s)
		return false
	case draining:
		s.freeze()
	}
	return true
}

func (e *Engine) forget(s *Session) {
	s.mu.Lock()
	sid := s.sid
	s.mu.Unlock()
	e.mu.Lock()
	_, known := e.bySID[sid]
	delete(e.bySID, sid)
	e.mu.Unlock()
	if known {
		e.Stats.sessionForgotten(s)
	}
}

// idSize is the length of an id, in characters.
const idSize = 20

// newID makes an id of 20 characters from 15 random bytes, as Node does.
func newID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

type idGenerator struct{}

// NewID makes the Engine.IO session id, which is a secret: it opens the
// session.
func (idGenerator) NewID() string { return newID() }

// The transports that go-socket.io is given. It calls Accept for a handshake
// only.

type pollingTransport struct{ engine *Engine }

func (pollingTransport) Name() string { return pollingName }

func (t pollingTransport) Accept(_ http.ResponseWriter, r *http.Request) (transport.Conn, error) {
	d, ok := dialectOf(r.URL.Query().Get("EIO"))
	if !ok || !t.engine.register() {
		return nil, errNoHandshake
	}
	f := framing{base64: r.URL.Query().Get("b64") != "", json: t.engine.cfg.Gate != nil}
	s := newSession(t.engine, d, requestAddr(r.RemoteAddr), t.engine.hold(r), nil, newPolling(f))
	s.knowClient(r)
	return s, nil
}

func (pollingTransport) Dial(*url.URL, http.Header) (transport.Conn, error) {
	return nil, errNoClient
}

type websocketTransport struct{ engine *Engine }

func (websocketTransport) Name() string { return websocketName }

func (t websocketTransport) Accept(w http.ResponseWriter, r *http.Request) (transport.Conn, error) {
	d, ok := dialectOf(r.URL.Query().Get("EIO"))
	if !ok || !t.engine.register() {
		return nil, errNoHandshake
	}
	conn, err := t.engine.accept(w, r)
	if err != nil {
		t.engine.sessions.Done()
		return nil, err
	}
	f := t.engine.watch(newFrames(conn, t.engine.cfg.MaxPacket))
	s := newSession(t.engine, d, conn.RemoteAddr(), t.engine.hold(r), f, nil)
	s.knowClient(r)
	return s, nil
}

func (websocketTransport) Dial(*url.URL, http.Header) (transport.Conn, error) {
	return nil, errNoClient
}

var (
	errNoHandshake = errors.New("engine: handshake refused")
	errNoClient    = errors.New("engine: transports are for servers")
)

// requestAddr is the client's address as net/http knows it.
type requestAddr string

func (requestAddr) Network() string  { return "tcp" }
func (a requestAddr) String() string { return string(a) }

var _ net.Addr = requestAddr("")
