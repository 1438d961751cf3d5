package engineio

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"time"

	"vidchat/internal/engineio/netpoll"
	"vidchat/internal/limit"
)

// Server is the HTTP handler of all Engine.IO requests.
type Server struct {
	cfg       Config
	start     time.Time
	addresses *limit.Addresses
	usages    *limit.Usages
	refusals  *limit.Seldom   // lines about them
	relieving atomic.Bool     // sessions are being ended, since too much is held
	poller    *netpoll.Poller // reads the WebSockets
	cork      cork
	Metrics   Metrics

	opening sync.WaitGroup // sessions that have not finished; see register
	sockets sync.WaitGroup // WebSockets that are open

	mu       sync.RWMutex // guards what follows
	bySID    map[string]*Session
	held     int  // of the limit of sessions; see hold
	draining bool // no new sessions
}

// NewServer makes a server.
func NewServer(cfg Config) *Server {
	e := &Server{
		cfg:       cfg.withDefaults(),
		start:     time.Now(),
		bySID:     make(map[string]*Session),
		addresses: limit.NewAddresses(cfg.Limits.NewSessions, cfg.Limits.SessionsPerAddress),
		refusals:  limit.NewSeldom(refusalInterval),
		usages:    limit.NewUsages(cfg.Limits.Address, cfg.Limits.Held),
	}
	e.cork.afterBatch = cfg.AfterBatch
	e.poller = netpoll.New(&e.cork)
	e.Metrics = newMetrics(e.usages.Held)
	return e
}

// Session finds a session by its Engine.IO session id.
func (e *Server) Session(sid string) (*Session, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s, ok := e.bySID[sid]
	return s, ok
}

// Sessions is the number of open sessions.
func (e *Server) Sessions() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.bySID)
}

// now is the time since the server was made.
func (e *Server) now() time.Duration { return time.Since(e.start) }

// register counts a session that is about to open, so that a shutdown waits for
// it. It fails once the server is shutting down.
func (e *Server) register() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.draining {
		return false
	}
	e.opening.Add(1)
	return true
}

// add makes a session known by its sid.
func (e *Server) add(s *Session) {
	e.Metrics.sessionOpened(s)
	e.mu.Lock()
	e.bySID[s.sid] = s
	draining := e.draining
	e.mu.Unlock()
	s.Log().Info().Int("eio", s.Version()).Str("transport", s.Transport()).Msg("session opened")
	switch {
	case s.Reason() != "": // it ended before it could be found
		e.forget(s)
	case draining:
		s.drain()
	}
}

func (e *Server) forget(s *Session) {
	e.mu.Lock()
	_, known := e.bySID[s.sid]
	delete(e.bySID, s.sid)
	e.mu.Unlock()
	s.forgetMemory()
	if known {
		e.Metrics.sessionForgotten(s)
	}
}

// idSize is the length of an id, in characters.
const idSize = 20

// NewID makes an id that cannot be guessed, of 20 characters from 15 random
// bytes, as Node does.
func NewID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
