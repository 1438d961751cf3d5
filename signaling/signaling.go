// Package signaling brings the peers of a call together: it gives them seats in
// rooms, and relays their descriptions and candidates. It is the event protocol
// of PROTOCOL.md on the root namespace.
//
// Read signaling.go first (what is connected to what), then events.go (which
// event is handled where), create_or_join.go (how the original's clients enter)
// and enter.go (how ours do), message.go and notify.go (the hot path: a message
// is relayed as the bytes it came in), and protocol.go (names and encoding).
package signaling

import (
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/limit"
	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// Config is what signaling can be told.
type Config struct {
	Log zerolog.Logger
	// Engine is passed on to Engine.IO.
	Engine engineio.Config
	// ConnectTimeout is passed on to Socket.IO.
	ConnectTimeout time.Duration
	// MaxRooms is how many rooms there may be at a time; 0 is no limit.
	MaxRooms int
	// MaxCapacity is how many seats a room may have; 2 if it is less.
	MaxCapacity int
	// SeatHold is how long a seat is held for a member that lost its connection;
	// 0 frees it at once.
	SeatHold time.Duration
	// BriefHold is how long, 5 s by default, a seat is held whose WebSocket was
	// closed in order, but without a goodbye. A page that is closed does that, and
	// so does a proxy that reloads, whose clients come back at their first or second
	// attempt.
	BriefHold time.Duration
	// ICEServers are what a peer connection is configured with, as the JSON that
	// answers an enter carries. Without it, the answer has an empty list.
	ICEServers func() json.RawMessage
}

// What is kept for a member that lost its connection.
const (
	keptMessages = 64
	keptBytes    = 256 << 10
)

const defaultBriefHold = 5 * time.Second

// Server answers everything below the path it is mounted at.
type Server struct {
	log     zerolog.Logger
	sockets *socketio.Server
	rooms   *rooms.Registry[*participant, string] // messages are details, as JSON
	metrics metrics
	tracks  bool         // seats outlive connections, so what arrives matters
	guesses *limit.Tries // of passwords

	briefHold time.Duration
	ice       func() json.RawMessage
}

// New makes a server. It serves once Run is called.
func New(cfg Config) *Server {
	s := &Server{
		log: cfg.Log, metrics: newMetrics(), tracks: cfg.SeatHold > 0,
		guesses: limit.NewTries(guessRate), ice: cfg.ICEServers,
		briefHold: cmp.Or(cfg.BriefHold, defaultBriefHold),
	}
	if s.ice == nil {
		s.ice = func() json.RawMessage { return json.RawMessage("[]") }
	}
	s.rooms = rooms.New(rooms.Config{
		Rooms:        cfg.MaxRooms,
		MaxCapacity:  max(cfg.MaxCapacity, rooms.MinCapacity),
		Hold:         cfg.SeatHold,
		KeptMessages: keptMessages,
		KeptBytes:    keptBytes,
	}, s.notify)
	s.sockets = socketio.NewServer(socketio.Config{
		Log: cfg.Log, Handler: s, Engine: cfg.Engine, ConnectTimeout: cfg.ConnectTimeout,
	})
	s.sockets.OnEvent(eventCreateOrJoin, s.onCreateOrJoin)
	return s
}

// ServeHTTP answers an Engine.IO request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.sockets.ServeHTTP(w, r) }

// Run handles events until ctx is done or Shutdown is.
func (s *Server) Run(ctx context.Context) error { return s.sockets.Run(ctx) }

// Clients come back within these times after a restart, each at one of its own,
// so that they do not all come at once.
const (
	minReconnect = 500 * time.Millisecond
	maxReconnect = 4 * time.Second
)

// Shutdown refuses new sessions, tells those that are open to come back later,
// closes them, and waits until all have ended or ctx is done.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, socket := range s.sockets.Drain() {
		socket.Send(restartingEvent(minReconnect + rand.N(maxReconnect-minReconnect)))
	}
	err := s.sockets.Shutdown(ctx)
	s.rooms.Clear()
	return err
}

// Sessions is the number of open sessions.
func (s *Server) Sessions() int { return s.sockets.Sessions() }

// Draining reports whether the server refuses new sessions.
func (s *Server) Draining() bool { return s.sockets.Draining() }

// OnOpen makes a participant of a socket.
func (s *Server) OnOpen(socket *socketio.Socket) {
	socket.Attachment = &participant{Socket: socket}
}

// OnDelivered passes on what the transport knows.
func (s *Server) OnDelivered(socket *socketio.Socket, n uint64) {
	s.rooms.Delivered(participantOf(socket), n)
}

// OnLeave is called when a connection is over, or the client left the namespace.
func (s *Server) OnLeave(socket *socketio.Socket) { s.depart(participantOf(socket)) }

func participantOf(socket *socketio.Socket) *participant {
	return socket.Attachment.(*participant)
}

// depart takes a participant out of its room whose connection is over. In a
// shutdown, a participant whose session has not ended keeps the seat: what was
// received still finds its way, and nobody hangs up on a peer that will be back.
func (s *Server) depart(p *participant) {
	reason := p.Reason()
	leftNamespace := reason == "" // and the session goes on
	if s.Draining() && (leftNamespace || reason == engineio.ReasonShutdown) {
		return
	}
	goodbye := leftNamespace || reason.Goodbye()
	left := false
	switch {
	case goodbye:
		_, left = s.rooms.Leave(p)
	case reason == engineio.ReasonSocketClosed:
		_, left = s.rooms.LoseFor(p, p.Delivered(), s.briefHold)
	default:
		_, left = s.rooms.Lose(p, p.Delivered())
	}
	if left {
		p.Log().Info().Bool("goodbye", goodbye).Msg("left a room")
	}
}
