// Package signaling brings the peers of a call together: it seats them in
// rooms and relays their descriptions and candidates. It is the event protocol
// of PROTOCOL.md on go-socket.io's root namespace.
//
// Read signaling.go (what is connected to what), events.go (what can be said),
// join.go (the original's way in) and enter.go (ours), then relay.go and
// deliver.go, the hot path: a message is relayed as the bytes it came in,
// below go-socket.io.
package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	socketio "github.com/googollee/go-socket.io"
	"github.com/rs/zerolog"

	"vidchat/engine"
	"vidchat/internal/limit"
	"vidchat/rooms"
)

const rootNamespace = "/"

// Config is what signaling can be told.
type Config struct {
	Log zerolog.Logger
	// Engine is passed on to the engine, whose Log and Gate are set here.
	Engine engine.Config
	// MaxRooms is how many rooms there may be at a time; 0 is no limit.
	MaxRooms int
	// MaxCapacity is how many seats a room may have; 2 if it is less.
	MaxCapacity int
	// SeatHold is how long a seat is held for somebody who lost the connection;
	// 0 is not at all.
	SeatHold time.Duration
	// ICEServers are what a peer connection is configured with, as the JSON that
	// answers an enter carries. Without it, the answer has an empty list.
	ICEServers func() json.RawMessage
}

// Server answers everything below the path it is mounted at.
type Server struct {
	log     zerolog.Logger
	engine  *engine.Engine
	library *socketio.Server
	rooms   *rooms.Registry[*participant, engine.Message]
	stats   stats
	holds   bool         // seats outlive their connections
	guesses *limit.Tries // of passwords
	ice     func() json.RawMessage

	closing sync.Once
}

// New makes a server. It serves once Run is called.
func New(cfg Config) *Server {
	s := &Server{log: cfg.Log, stats: newStats(), holds: cfg.SeatHold > 0, guesses: limit.NewTries(guessRate), ice: cfg.ICEServers}
	if s.ice == nil {
		s.ice = func() json.RawMessage { return json.RawMessage("[]") }
	}
	s.rooms = rooms.New(rooms.Config{
		Rooms:        cfg.MaxRooms,
		MaxCapacity:  max(cfg.MaxCapacity, rooms.MinCapacity),
		Hold:         cfg.SeatHold,
		KeptMessages: keptMessages,
		KeptBytes:    keptBytes,
	}, s.deliver)
	cfg.Engine.Log = cfg.Log
	cfg.Engine.Gate = s
	bridgeLibraryLog(cfg.Log)
	s.engine = engine.New(cfg.Engine)
	s.library = socketio.NewServer(s.engine.Options())
	s.engine.Attach(s.library)
	s.library.OnConnect(rootNamespace, s.onConnect)
	s.library.OnEvent(rootNamespace, eventCreateOrJoin, s.onCreateOrJoin)
	return s
}

// ServeHTTP answers an Engine.IO request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// runEndTime is for a shutdown that only the end of Run's context asked for.
const runEndTime = 5 * time.Second

// Run gives new sessions to go-socket.io until ctx is done or Shutdown is.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), runEndTime)
		defer cancel()
		_ = s.Shutdown(limit)
	})
	defer stop()
	if err := s.library.Serve(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("go-socket.io: %w", err)
	}
	return nil
}

// Clients come back within these times after a restart, each at one of its
// own, so that they do not all come at once.
const (
	minReconnect = 500 * time.Millisecond
	maxReconnect = 4 * time.Second
)

// Shutdown takes no new sessions, tells those that are open to come back
// later, closes them, and waits until all have ended or ctx is done.
func (s *Server) Shutdown(ctx context.Context) error {
	open := s.engine.Drain()
	for _, session := range open {
		after := minReconnect + rand.N(maxReconnect-minReconnect)
		session.Send(restartingEvent(after))
	}
	err := s.engine.Shutdown(ctx)
	s.rooms.Clear()
	// Only now: a handshake after it would panic.
	s.closing.Do(func() { _ = s.library.Close() })
	return err
}

// Sessions is the number of open sessions.
func (s *Server) Sessions() int { return s.engine.Open() }

// Draining tells whether the server takes no new sessions any more.
func (s *Server) Draining() bool { return s.engine.Draining() }

// Opened makes a participant of a session.
func (s *Server) Opened(session *engine.Session) {
	session.Attachment = &participant{Session: session}
}

// onConnect comes when go-socket.io is given a session that has an event for it.
func (s *Server) onConnect(c socketio.Conn) error {
	// The library puts each connection in a room of its own, and walks all
	// rooms whenever one leaves. Ours are elsewhere; this keeps its map empty.
	c.Leave(c.ID())
	if session, ok := engine.SessionOf(c); ok {
		c.SetContext(session.Attachment)
	}
	return nil
}

// survive is deferred by handlers: go-socket.io lets some panics through.
func (s *Server) survive(c socketio.Conn) {
	v := recover()
	if v == nil {
		return
	}
	s.stats.panics.Inc()
	s.log.Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a handler")
	if p, ok := c.Context().(*participant); ok {
		p.End(engine.ReasonPanic)
	}
}
