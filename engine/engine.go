package engine

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"
	"github.com/rs/zerolog"

	"vidchat/internal/limit"
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

// Engine is the HTTP handler of all Engine.IO requests.
type Engine struct {
	cfg       Config
	library   http.Handler
	start     time.Time
	addresses *limit.Addresses
	Stats     Stats
	sessions  sync.WaitGroup // whose packets are not all handled
	tasks     sync.WaitGroup // goroutines that write to or wait for slow sockets
	attaching sync.WaitGroup // sessions that are given to go-socket.io just now
	reactor   reactor        // reads the WebSockets
	stirs     atomic.Uint64  // counts requests, and goroutines that handle packets
	cork      cork           // in the outboxes, while the reactor handles much

	mu       sync.RWMutex // guards what follows
	bySID    map[string]*Session
	draining bool // no new sessions
	closed   bool // and nothing for go-socket.io
}

// New makes an engine. Give Options to go-socket.io, and the server it makes
// to Attach, before the first request.
func New(cfg Config) *Engine {
	return &Engine{
		cfg:       cfg.withDefaults(),
		start:     time.Now(),
		Stats:     newStats(),
		bySID:     make(map[string]*Session),
		addresses: limit.NewAddresses(cfg.Limits.NewSessions, cfg.Limits.SessionsPerAddress),
	}
}

// Options are go-socket.io's, with the transport of this package.
func (e *Engine) Options() *engineio.Options {
	return &engineio.Options{
		Transports:         []transport.Transport{linkTransport{}},
		SessionIDGenerator: idGenerator{},
		PingInterval:       e.cfg.PingInterval,
		PingTimeout:        e.cfg.PingInterval,
	}
}

// Attach names the go-socket.io server that messages are for.
func (e *Engine) Attach(library http.Handler) { e.library = library }

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
func (s *Session) knowClient(r *http.Request, addr netip.Addr) {
	s.client = limit.Client(addr)
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) == idSize {
		s.previous = strings.Clone(c.Value)
	}
}

// now is the time since the engine was made.
func (e *Engine) now() time.Duration { return time.Since(e.start) }

// register counts a session before there is one. It fails while the engine is
// shutting down.
func (e *Engine) register() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.draining {
		return false
	}
	e.sessions.Add(1)
	return true
}

// add makes a session known by its sid.
func (e *Engine) add(s *Session) {
	e.Stats.sessionOpened(s)
	e.mu.Lock()
	e.bySID[s.sid] = s
	draining := e.draining
	e.mu.Unlock()
	s.Log().Info().Int("eio", s.Version()).Str("transport", s.Transport()).Msg("session opened")
	switch {
	case s.Reason() != "": // too late for end to have found it
		e.forget(s)
	case draining:
		s.freeze()
	}
}

func (e *Engine) forget(s *Session) {
	e.mu.Lock()
	_, known := e.bySID[s.sid]
	delete(e.bySID, s.sid)
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

// NewID names a connection of go-socket.io's. Clients do not hear of it.
func (idGenerator) NewID() string { return newID() }
