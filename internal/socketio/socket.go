package socketio

import (
	"sync/atomic"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
)

// Socket is a client on the root namespace.
type Socket struct {
	*engineio.Session
	server *Server
	id     string

	// Attachment is for the Handler: it is set in OnOpen, and never here.
	Attachment any

	left         bool        // the client left the namespace; used by who handles its packets
	connected    atomic.Bool // the root namespace
	connectTimer *time.Timer // ends the session unless the client connects; nil in Engine.IO 3
}

// ID is what the client knows as its own id: the Engine.IO session id in version
// 3, where it is a secret, and an id made for the purpose in version 4.
func (s *Socket) ID() string { return s.id }

// Refusal is why a packet was not let through, as a code for logs and metrics.
type Refusal string

// The reasons to refuse a packet. The session goes on.
const (
	RefusedBinary    Refusal = "binary"
	RefusedMalformed Refusal = "malformed"
	RefusedType      Refusal = "packet_type"
	RefusedNamespace Refusal = "unknown_namespace"
	RefusedEvent     Refusal = "unknown_event"
	RefusedRoom      Refusal = "not_in_that_room"
	RefusedArguments Refusal = "unusable_arguments"
)

// Refuse counts and logs a packet that was not let through.
func (s *Socket) Refuse(why Refusal) {
	s.server.metrics.refused.WithLabelValues(string(why)).Inc()
	if s.server.log.Debug().Enabled() {
		s.Log().Debug().Str("reason", string(why)).Msg("packet refused")
	}
}

// clientConnects reports whether the client asks for the root namespace. In
// Engine.IO 3 it is connected unasked.
func clientConnects(s *engineio.Session) bool { return s.Version() >= 4 }

// OnOpen makes a session a socket. In Engine.IO 3 it is connected at once.
func (s *Server) OnOpen(session *engineio.Session) (first []wire.Outgoing) {
	socket := &Socket{Session: session, server: s, id: session.SID()}
	session.Attachment = socket
	if clientConnects(session) {
		socket.id = engineio.NewID()
		socket.connectTimer = time.AfterFunc(s.connectTimeout, socket.giveUp)
	} else {
		socket.connected.Store(true)
		first = []wire.Outgoing{socket.connectAnswer()}
	}
	s.handler.OnOpen(socket)
	return first
}

// giveUp is called when the client has not connected the root namespace in time.
func (s *Socket) giveUp() {
	if !s.connected.Load() {
		s.End(engineio.ReasonNotConnected)
	}
}

// connectAnswer is the packet that confirms the root namespace.
func (s *Socket) connectAnswer() wire.Outgoing {
	if clientConnects(s.Session) {
		return wire.NewMessage(`0{"sid":"`, s.id, `"}`)
	}
	return wire.NewMessage("0")
}

// OnMessage handles a Socket.IO packet.
func (s *Server) OnMessage(session *engineio.Session, m wire.Packet) (deferred func()) {
	socket := session.Attachment.(*Socket)
	if m.Binary {
		socket.Refuse(RefusedBinary)
		return nil
	}
	p, ok := parsePacket(m.Data)
	switch {
	case !ok:
		socket.Refuse(RefusedMalformed)
	case len(p.namespace) > 0:
		socket.refuseNamespace(p)
	case p.kind == connectPacket:
		socket.handleConnect()
	case p.kind == disconnectPacket:
		socket.handleDisconnect()
	case p.kind == eventPacket:
		return socket.handleEvent(p)
	default:
		socket.Refuse(RefusedType) // nothing asks clients for acks; errors and binary events are not for them
	}
	return nil
}

func (s *Socket) refuseNamespace(p packet) {
	s.Refuse(RefusedNamespace)
	if p.kind == disconnectPacket || len(p.namespace) > maxNamespaceSize {
		return
	}
	reason := `,"Invalid namespace"`
	if clientConnects(s.Session) {
		reason = `,{"message":"Invalid namespace"}`
	}
	s.Send(wire.NewMessage("4", string(p.namespace), reason))
}

// handleConnect connects the root namespace: for the first time, again after the
// client has left it, or once more, which Node confirms too.
func (s *Socket) handleConnect() {
	s.connected.Store(true)
	s.left = false
	s.SaidGoodbye(false)
	s.Send(s.connectAnswer())
}

func (s *Socket) handleDisconnect() {
	if !s.left {
		s.left = true
		s.SaidGoodbye(true)
		s.server.handler.OnLeave(s)
	}
}

func (s *Socket) handleEvent(p packet) (deferred func()) {
	switch {
	case !s.connected.Load():
		s.End(engineio.ReasonNotConnected)
		return nil
	case s.left:
		s.Refuse(RefusedNamespace)
		return nil
	}
	in, ok := parseEvent(p)
	if !ok {
		s.Refuse(RefusedMalformed)
		return nil
	}
	return s.server.handler.OnEvent(s, in)
}

// OnDelivered passes on what the transport knows.
func (s *Server) OnDelivered(session *engineio.Session, n uint64) {
	s.handler.OnDelivered(session.Attachment.(*Socket), n)
}

// OnClose is called when everything that the client sent was handled.
func (s *Server) OnClose(session *engineio.Session) {
	socket := session.Attachment.(*Socket)
	if socket.connectTimer != nil {
		socket.connectTimer.Stop()
	}
	s.handler.OnLeave(socket)
}
