package netpoll

import (
	"errors"
	"net"
)

// Conn is a socket. Its methods can be called from any goroutine and never
// block, but only one goroutine at a time may write.
type Conn interface {
	// Start begins to read for a handler. It is called once.
	Start(h Handler)
	// TryWrite writes what the socket takes at once and reports how much that
	// was. It must not be called while a QueueWrite is pending.
	TryWrite(b []byte) (n int, err error)
	// QueueWrite writes b when the socket can take it. The handler's OnWritten
	// follows, and b must not change before. Start has to come first.
	QueueWrite(b []byte)
	// ResumeReading goes on after OnRead returned false, or after ErrStopped. It
	// may be called before reading has paused, and then prevents that once.
	ResumeReading()
	// StopReading lets the handler have what has arrived until now, and pauses.
	// OnReadError follows, with ErrStopped unless the connection ended before.
	// Reading that is paused already has to be resumed for this.
	StopReading()
	// CloseWrite says that nothing more is written. It is called when all is
	// written.
	CloseWrite()
	// Close closes the socket. A pending write is dropped.
	Close()
}

// Handler is told what happens to a Conn. Its methods must not block. OnRead and
// OnReadError are called one after the other. After Close, each may come once
// more, or not at all.
type Handler interface {
	// OnRead gets bytes that arrived, which are valid until it returns. It
	// reports whether to go on reading.
	OnRead(b []byte) (more bool)
	// OnReadError says that nothing more will be read, with io.EOF when the other
	// end closed the connection; or, by ErrStopped, that reading has paused.
	OnReadError(err error)
	// OnWritten says that a queued write is done, or why it failed.
	OnWritten(err error)
}

// Cork is put in while several connections are read one after the other. What their
// handlers send meanwhile may be kept back until it is pulled.
type Cork interface {
	// Put reports whether the cork was not in already. Then Pull follows.
	Put() bool
	Pull()
}

// ErrStopped is the end of reading that StopReading asked for.
var ErrStopped = errors.New("reading was stopped")

// Adopt makes a Conn of a connection, which must not be used directly
// afterwards.
func (p *Poller) Adopt(conn net.Conn) Conn {
	if c, ok := p.adoptDescriptor(conn); ok {
		return c
	}
	return newBlockingConn(p, conn)
}
