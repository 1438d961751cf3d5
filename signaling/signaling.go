// Package signaling implements the event protocol of PROTOCOL.md on Socket.IO's root
// namespace. It gives clients seats in rooms, and relays their session descriptions
// and candidates.
//
// Read signaling.go first (setup and shutdown), then events.go (which event is
// handled where), create_or_join.go (how the original's clients enter a room) and
// enter.go (how vidchat's own do), message.go and notify.go (the hot path: messages
// are relayed byte for byte), probe.go and limits.go (what strangers may ask for), and
// protocol.go (names and encoding). Rooms that are shared with other nodes begin in
// cluster.go.
package signaling

import (
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/engineio"
	"vidchat/internal/socketio"
	"vidchat/rooms"
)

// Config configures a Server.
type Config struct {
	Log zerolog.Logger
	// Engine is passed on to Engine.IO.
	Engine engineio.Config
	// ConnectTimeout is passed on to Socket.IO.
	ConnectTimeout time.Duration
	// MaxRooms is the maximum number of rooms; 0 means no limit.
	MaxRooms int
	// MaxCapacity is the maximum number of seats per room, at least 2.
	MaxCapacity int
	// SeatHold is how long a seat is held after its connection is lost; 0 frees it
	// at once.
	SeatHold time.Duration
	// BriefHold is how long, 5 s by default, a seat is held after its WebSocket was
	// closed in order, but without a goodbye. A page that is closed does that, and so
	// does a proxy that reloads, whose clients come back at their first or second
	// attempt.
	BriefHold time.Duration
	// ICEServers returns the iceServers of an enter ack as JSON, for a session of a
	// client. It must return the same when asked again soon, since clients may enter
	// as often as they like. If it is nil, the list is empty.
	ICEServers func(client netip.Prefix, session string) json.RawMessage
	// NewMemberWait is how long, 5 s by default, a new member that needs a seat waits
	// for a member that does not respond, or is away, before it gets its seat.
	NewMemberWait time.Duration
	// Cluster is nil, unless rooms are shared with other nodes.
	Cluster Cluster
}

// Limits of what is kept for a seat without a connection.
const (
	keptMessages = 64
	keptBytes    = 256 << 10
	keptInAll    = 24 << 20 // for all seats, with what was sent and is not confirmed
)

const defaultBriefHold = 5 * time.Second

// Server is the http.Handler for the path of Socket.IO.
type Server struct {
	log        zerolog.Logger
	sockets    *socketio.Server
	rooms      *rooms.Registry[*participant, details]
	metrics    metrics
	holdsSeats bool // so it matters what has arrived
	seatHold   time.Duration
	briefHold  time.Duration
	ice        func(client netip.Prefix, session string) json.RawMessage

	cluster       *cluster // nil unless rooms are shared with other nodes
	limits        limits
	newMemberWait time.Duration
	probes        sync.WaitGroup // those that run; sessions start them
}

// New returns a Server. Call Run to start it.
func New(cfg Config) *Server {
	s := &Server{
		log: cfg.Log, metrics: newMetrics(), holdsSeats: cfg.SeatHold > 0,
		ice: cfg.ICEServers, seatHold: cfg.SeatHold, briefHold: cmp.Or(cfg.BriefHold, defaultBriefHold),
		limits: newLimits(), newMemberWait: cmp.Or(cfg.NewMemberWait, defaultNewMemberWait),
	}
	if s.ice == nil {
		s.ice = func(netip.Prefix, string) json.RawMessage { return json.RawMessage("[]") }
	}
	limits := rooms.Config{
		MaxRooms:     cfg.MaxRooms,
		MaxCapacity:  max(cfg.MaxCapacity, rooms.MinCapacity),
		Hold:         cfg.SeatHold,
		MinAway:      s.newMemberWait,
		KeptMessages: keptMessages,
		KeptBytes:    keptBytes,
		KeptInAll:    keptInAll,
	}
	if cfg.Cluster != nil {
		s.cluster = newCluster(s, cfg.Cluster)
		cfg.Engine.AfterBatch = cfg.Cluster.Flush
		limits.Changed = s.cluster.recordChanged
	}
	s.rooms = rooms.New(limits, s.notify)
	s.sockets = socketio.NewServer(socketio.Config{
		Log: cfg.Log, Handler: s, Engine: cfg.Engine, ConnectTimeout: cfg.ConnectTimeout,
	})
	s.sockets.OnEvent(eventCreateOrJoin, s.onCreateOrJoin)
	return s
}

// ServeHTTP answers an Engine.IO request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.sockets.ServeHTTP(w, r) }

// ServeForwarded answers an Engine.IO request that another node got.
func (s *Server) ServeForwarded(w http.ResponseWriter, r *http.Request) {
	s.sockets.ServeForwarded(w, r)
}

// AnswerPoll lets the poll of a session that waits be answered at once.
func (s *Server) AnswerPoll(sid string) { s.sockets.AnswerPoll(sid) }

// Run handles events until ctx is done or Shutdown has completed.
func (s *Server) Run(ctx context.Context) error {
	if s.cluster == nil {
		return s.sockets.Run(ctx)
	}
	defer s.cluster.run(ctx)()
	if err := s.sockets.Run(ctx); err != nil {
		return err
	}
	select {
	case <-s.cluster.flushed: // until then, owners have to be found
	case <-ctx.Done():
	}
	return nil
}

// After a restart, each client reconnects after a random time between these, so that
// they do not all come at once. Few of them need less: their relayed media waits too.
const (
	minReconnect        = 500 * time.Millisecond
	maxReconnect        = 4 * time.Second
	reconnectPerSession = 2 * time.Millisecond
	minReconnectSpread  = 200 * time.Millisecond
)

// reconnectAfter is when one of so many clients should reconnect.
func reconnectAfter(sessions int) time.Duration {
	spread := max(minReconnectSpread, time.Duration(sessions)*reconnectPerSession)
	return minReconnect + rand.N(min(spread, maxReconnect-minReconnect))
}

// Shutdown refuses new sessions, asks the clients to reconnect later, closes all
// sessions, and waits until they have ended or ctx is done.
func (s *Server) Shutdown(ctx context.Context) error {
	sockets := s.sockets.Drain()
	for _, socket := range sockets {
		socket.Send(restartingEvent(reconnectAfter(len(sockets))))
	}
	if s.cluster != nil {
		s.cluster.handOverAll(ctx)
	}
	err := s.sockets.Shutdown(ctx)
	if s.cluster != nil {
		s.cluster.sayGoodbyes()
		s.cluster.flush(ctx)
		s.cluster.setFlushed()
		s.cluster.stop() // so that no room is taken any longer
	}
	s.rooms.Clear()
	if err == nil {
		s.probes.Wait() // which notice within a moment that the sessions have ended
	}
	return err
}

// Sessions returns the number of open sessions.
func (s *Server) Sessions() int { return s.sockets.Sessions() }

// Draining reports whether the server refuses new sessions.
func (s *Server) Draining() bool { return s.sockets.Draining() }

// OnOpen attaches a participant to a new socket.
func (s *Server) OnOpen(socket *socketio.Socket) {
	socket.Attachment = &participant{Socket: socket}
}

// OnDelivered tells the rooms which events have arrived.
func (s *Server) OnDelivered(socket *socketio.Socket, n uint64) {
	p := participantOf(socket)
	if m := p.member.Load(); m != nil {
		s.cluster.delivered(m, n)
		return
	}
	s.rooms.Delivered(p, n)
}

// OnLeave is called when a session has ended or the client has left the namespace.
func (s *Server) OnLeave(socket *socketio.Socket) { s.removeParticipant(participantOf(socket)) }

func participantOf(socket *socketio.Socket) *participant {
	return socket.Attachment.(*participant)
}

// removeParticipant removes a participant from its room when its connection is over.
// During a shutdown, a client that has not closed its session keeps the seat: what it
// sent is still relayed, and its peers do not hang up on a client that will be back.
func (s *Server) removeParticipant(p *participant) {
	reason := p.Reason()
	leftNamespace := reason == "" // and the session goes on
	if p.remote != nil {
		s.rooms.Lose(p, p.Delivered())
		return
	}
	if s.cluster != nil && s.cluster.removed(p, reason) {
		return
	}
	if s.Draining() && (leftNamespace || reason == engineio.ReasonShutdown) {
		return
	}
	goodbye := leftNamespace || reason.Goodbye()
	lose := func() (left bool) {
		switch {
		case goodbye:
			_, left = s.rooms.Leave(p)
		case reason == engineio.ReasonSocketClosed:
			_, left = s.rooms.LoseFor(p, p.Delivered(), s.briefHold)
		default:
			_, left = s.rooms.Lose(p, p.Delivered())
		}
		return left
	}
	left := lose()
	if !left && s.cluster != nil {
		if s.movedMember(p) != nil && s.cluster.removed(p, reason) {
			return
		}
		left = lose()
	}
	if left {
		p.Log().Once(resultLeft).Bool("goodbye", goodbye).Msg("left a room")
	}
}
