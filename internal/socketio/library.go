package socketio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	gosocketio "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio/frame"
	enginepacket "github.com/googollee/go-socket.io/engineio/packet"
	"github.com/googollee/go-socket.io/engineio/transport"

	"vidchat/internal/engineio"
)

const rootNamespace = "/"

// Dispatch has go-socket.io deal with an event: it calls the function that
// OnEvent was given for the name. args are the arguments as JSON, with commas
// between them. Dispatch blocks until that is done, and drops the event once the
// server has shut down.
func (s *Socket) Dispatch(name, args string) {
	if !s.server.mayDispatch() {
		return
	}
	defer s.server.dispatching.Done()
	l, ok := s.server.takeLink(s)
	if ok && l.dispatch(string(eventPacket)+`["`+name+`",`+args+`]`) {
		s.server.keepLink(l)
	}
}

// mayDispatch reports whether go-socket.io still serves; an event given to it
// later would be a panic. What is begun has to be followed by dispatching.Done.
func (s *Server) mayDispatch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.dispatching.Add(1)
	return true
}

// SocketOf finds the socket whose event a function for OnEvent is called for. The
// function must not ask for it, or use the Conn, after it has returned.
func SocketOf(conn gosocketio.Conn) (s *Socket, ok bool) {
	a, ok := conn.RemoteAddr().(linkAddr)
	return a.socket, ok
}

// link is a connection as go-socket.io sees it: whole packets go in, and nothing
// comes out.
//
// The library keeps three goroutines for each of its connections, whose stacks
// are most of what an idle session would need, and making a connection takes longer
// than the event. So a few are kept, and each is used by one socket after the other.
type link struct {
	socket  *Socket       // whose event is dispatched, or nil; changed while the library waits
	packets chan string   // what the library shall see; closed at the end
	asked   chan struct{} // the library has dealt with the one before
	gone    chan struct{} // closed when the library has closed its connection
	once    sync.Once
	ending  atomic.Bool // we end the link, not the library
}

// maxIdleLinks is how many links wait for the next event. Few events are dispatched at
// the same time.
const maxIdleLinks = 4

// takeLink returns a link for an event of a socket. It fails when the library does not
// accept one.
func (s *Server) takeLink(socket *Socket) (l *link, ok bool) {
	if l = s.takeIdleLink(); l != nil {
		l.socket = socket
		return l, true
	}
	l = &link{
		socket:  socket,
		packets: make(chan string),
		asked:   make(chan struct{}, 1),
		gone:    make(chan struct{}),
	}
	s.library.ServeHTTP(noResponse{}, linkRequest.WithContext(context.WithValue(context.Background(), linkKey{}, l)))
	return l, l.awaitAsked()
}

// takeIdleLink returns nil if there is none.
func (s *Server) takeIdleLink() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return nil
	}
	l := s.idle[n-1]
	s.idle[n-1] = nil
	s.idle = s.idle[:n-1]
	return l
}

// keepLink keeps a link, unless enough of them wait.
func (s *Server) keepLink(l *link) {
	l.socket = nil
	s.mu.Lock()
	kept := len(s.idle) < maxIdleLinks
	if kept {
		s.idle = append(s.idle, l)
	}
	s.mu.Unlock()
	if !kept {
		l.detach()
	}
}

// awaitAsked waits until the library asks for a packet. It fails when the library
// has closed its connection instead.
func (l *link) awaitAsked() bool {
	select {
	case <-l.asked:
	case <-l.gone:
	}
	select {
	case <-l.gone:
		return false
	default:
		return true
	}
}

// dispatch has the library deal with a packet, and waits until it has. It reports
// whether the link can be used again.
func (l *link) dispatch(packet string) bool {
	select {
	case l.packets <- packet:
	case <-l.gone:
	}
	if l.awaitAsked() {
		return true
	}
	close(l.packets)
	return false
}

// detach ends the link. The library's goroutines end with it.
func (l *link) detach() {
	l.ending.Store(true)
	close(l.packets)
	<-l.gone
}

// NextReader gives go-socket.io the next packet, and io.EOF at the end.
func (l *link) NextReader() (frame.Type, enginepacket.Type, io.ReadCloser, error) {
	select {
	case l.asked <- struct{}{}:
	default:
	}
	p, ok := <-l.packets
	if !ok {
		return 0, 0, nil, io.EOF
	}
	r := new(packetReader)
	r.Reset([]byte(p))
	return frame.String, enginepacket.MESSAGE, r, nil
}

// NextWriter drops what go-socket.io writes: that a connection is open, which clients
// were told already. Functions answer by the socket.
func (l *link) NextWriter(frame.Type, enginepacket.Type) (io.WriteCloser, error) {
	return discardWriter{}, nil
}

// Close is called by go-socket.io when it is done. Unless that was wanted, the
// session ends. During a shutdown it does not: the server ends all sessions once
// what they sent was handled.
func (l *link) Close() error {
	wanted := l.ending.Load() // before detach can see that it is over
	l.once.Do(func() { close(l.gone) })
	if s := l.socket; s != nil && !wanted && !s.server.Draining() {
		s.End(engineio.ReasonServerClosed)
	}
	return nil
}

// The rest of transport.Conn. Deadlines are the session's business, and no header
// or URL is kept.

func (l *link) URL() url.URL                       { return url.URL{} }
func (l *link) LocalAddr() net.Addr                { return nil }
func (l *link) RemoteAddr() net.Addr               { return linkAddr{l.socket} }
func (l *link) RemoteHeader() http.Header          { return nil }
func (l *link) SetReadDeadline(_ time.Time) error  { return nil }
func (l *link) SetWriteDeadline(_ time.Time) error { return nil }

// linkAddr is how a socket is found from what go-socket.io hands out.
type linkAddr struct{ socket *Socket }

func (linkAddr) Network() string  { return "tcp" }
func (a linkAddr) String() string { return a.socket.PublicID() }

// linkName is that of the one transport go-socket.io is given. It has to be one
// that the library knows.
const linkName = "websocket"

type linkKey struct{}

// linkTransport makes links of requests that Dispatch has made up.
type linkTransport struct{}

func (linkTransport) Name() string { return linkName }

func (linkTransport) Accept(_ http.ResponseWriter, r *http.Request) (transport.Conn, error) {
	if l, ok := r.Context().Value(linkKey{}).(*link); ok {
		return l, nil
	}
	return nil, errors.New("socketio: give requests to Server, not to go-socket.io")
}

func (linkTransport) Dial(*url.URL, http.Header) (transport.Conn, error) {
	return nil, errors.New("socketio: transports are for servers")
}

// linkRequest is what go-socket.io takes for the handshake of a link.
var linkRequest = &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: "transport=" + linkName}}

// linkIDs names links. Clients do not learn the names.
type linkIDs struct{}

func (linkIDs) NewID() string { return engineio.NewID() }

// noResponse discards the answers of go-socket.io.
type noResponse struct{}

func (noResponse) Header() http.Header         { return make(http.Header) }
func (noResponse) Write(b []byte) (int, error) { return len(b), nil }
func (noResponse) WriteHeader(int)             {}

// onLinkConnect is called by go-socket.io for each link.
func onLinkConnect(c gosocketio.Conn) error {
	// The library puts each connection in a room of its own, and walks all rooms
	// whenever one leaves. This keeps its map of rooms empty.
	c.Leave(c.ID())
	return nil
}

// packetReader hands one packet to the library, which uses its ReadByte and
// UnreadByte instead of allocating a bufio.Reader.
type packetReader struct{ bytes.Reader }

func (*packetReader) Close() error { return nil }

// discardWriter discards what the library writes. It has what the library would otherwise
// wrap in a bufio.Writer.
type discardWriter struct{}

func (discardWriter) Write(b []byte) (int, error) { return len(b), nil }
func (discardWriter) WriteByte(byte) error        { return nil }
func (discardWriter) Flush() error                { return nil }
func (discardWriter) Close() error                { return nil }

// Links is the number of connections that go-socket.io holds, besides those that wait
// for the next event.
func (s *Server) Links() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.library.Count() - len(s.idle)
}
