package socketio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	gosocketio "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"
	"github.com/rs/zerolog"

	eio "vidchat/internal/engineio"
)

// Handler is told what happens on the root namespace. Except for OnDelivered,
// its methods are called one after the other for each socket.
type Handler interface {
	// OnOpen is called before anything of the client is read.
	OnOpen(s *Socket)
	// OnEvent gets an event, which is borrowed until it returns. It must not block.
	// What might, it returns as a function, which is called on another goroutine
	// before the socket's next event is handled.
	OnEvent(s *Socket, in Incoming) (deferred func())
	// OnDelivered says that the first n packets given to SendTracked are known to
	// have arrived. It must not block.
	OnDelivered(s *Socket, n uint64)
	// OnLeave is called when the client has left the root namespace, and when its
	// session is over; so it may come more than once.
	OnLeave(s *Socket)
}

// Config is what a Server can be told.
type Config struct {
	Log zerolog.Logger
	// Handler deals with events. It is required.
	Handler Handler
	// Engine is passed on, except for its Log, Handler and JSON.
	Engine eio.Config
	// ConnectTimeout is how long an Engine.IO 4 client may take to connect the
	// root namespace, 45 s by default.
	ConnectTimeout time.Duration
}

const defaultConnectTimeout = 45 * time.Second

// Server answers Socket.IO requests.
type Server struct {
	log            zerolog.Logger
	handler        Handler
	connectTimeout time.Duration
	engine         *eio.Server
	library        *gosocketio.Server
	metrics        metrics

	mu          sync.Mutex     // guards what follows, and Add against Wait
	closed      bool           // nothing more goes to the library
	idle        []*link        // that wait for the next event
	dispatching sync.WaitGroup // events that the library deals with
	closing     sync.Once
}

// NewServer makes a server. Events reach go-socket.io once Run is called.
func NewServer(cfg Config) *Server {
	s := &Server{log: cfg.Log, handler: cfg.Handler, connectTimeout: cfg.ConnectTimeout, metrics: newMetrics()}
	if s.connectTimeout == 0 {
		s.connectTimeout = defaultConnectTimeout
	}
	cfg.Engine.Log, cfg.Engine.Handler, cfg.Engine.JSON = cfg.Log, s, true
	s.engine = eio.NewServer(cfg.Engine)
	bridgeLibraryLog(cfg.Log)
	s.library = gosocketio.NewServer(&engineio.Options{
		Transports:         []transport.Transport{linkTransport{}},
		SessionIDGenerator: linkIDs{},
	})
	s.library.OnConnect(rootNamespace, onLinkConnect)
	return s
}

// OnEvent has go-socket.io call f for what Dispatch is given of this name. f takes
// a go-socket.io Conn, of which SocketOf knows the socket until f returns, and the
// event's arguments. What it returns, or emits by the Conn, nobody is sent.
func (s *Server) OnEvent(name string, f any) { s.library.OnEvent(rootNamespace, name, f) }

// ServeHTTP answers an Engine.IO request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// ServeForwarded answers a request for a session of this server that another node got.
func (s *Server) ServeForwarded(w http.ResponseWriter, r *http.Request) {
	s.engine.ServeForwarded(w, r)
}

// AfterBatch has the function of the engine's Config called once the packets are handled that
// are being handled now. It reports false if there are none.
func (s *Server) AfterBatch() bool { return s.engine.AfterBatch() }

// AnswerPoll lets the poll of a session that waits be answered at once.
func (s *Server) AnswerPoll(sid string) { s.engine.AnswerPoll(sid) }

// Sessions is the number of open sessions.
func (s *Server) Sessions() int { return s.engine.Sessions() }

// Draining reports whether the server refuses new sessions.
func (s *Server) Draining() bool { return s.engine.Draining() }

// Drain refuses new sessions from now on, and returns the sockets that are open.
func (s *Server) Drain() []*Socket {
	sessions := s.engine.Drain()
	open := make([]*Socket, 0, len(sessions))
	for _, session := range sessions {
		if socket, ok := session.Attachment.(*Socket); ok {
			open = append(open, socket)
		}
	}
	return open
}

// Socket finds a socket by its Engine.IO session id.
func (s *Server) Socket(sid string) (socket *Socket, ok bool) {
	session, ok := s.engine.Session(sid)
	if ok {
		socket, ok = session.Attachment.(*Socket)
	}
	return socket, ok
}

// shutdownTime is for a shutdown that only the end of Run's context asked for.
const shutdownTime = 5 * time.Second

// Run lets go-socket.io dispatch events until ctx is done or Shutdown is.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		_ = s.Shutdown(limit)
	})
	defer stop()
	if err := s.library.Serve(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("go-socket.io: %w", err)
	}
	return nil
}

// Shutdown refuses new sessions, lets what has arrived be handled, ends all
// sessions, and waits until they have ended or ctx is done.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.engine.Shutdown(ctx)
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.dispatching.Wait() // for no longer than go-socket.io takes to accept
	// Only now: a connection that it was given after this would make it panic.
	s.closing.Do(func() {
		for l := s.takeIdleLink(); l != nil; l = s.takeIdleLink() {
			l.detach()
		}
		_ = s.library.Close()
	})
	return err
}
