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
	"vidchat/internal/engineio/wire"
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
	l := newLink(s)
	request := linkRequest.WithContext(context.WithValue(context.Background(), linkKey{}, l))
	s.server.library.ServeHTTP(noResponse{}, request)
	if l.awaitAsked() {
		l.dispatch(string(eventPacket) + `["` + name + `",` + args + `]`)
		l.detach()
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

// SocketOf finds the socket behind a connection of go-socket.io's.
func SocketOf(conn gosocketio.Conn) (s *Socket, ok bool) {
	a, ok := conn.RemoteAddr().(linkAddr)
	return a.socket, ok
}

// link is a connection as go-socket.io sees it: whole packets go in and out.
//
// The library keeps three goroutines for each of its connections, whose stacks
// are most of what an idle session would need, and most sessions have nothing to
// say to it most of the time. So a socket has a link only while an event of its
// is dispatched.
type link struct {
	socket  *Socket
	packets chan string   // what the library shall see; closed at the end
	asked   chan struct{} // the library has dealt with the one before
	gone    chan struct{} // closed when the library has closed its connection
	once    sync.Once
	ending  atomic.Bool // we end the link, not the library
}

func newLink(s *Socket) *link {
	return &link{
		socket:  s,
		packets: make(chan string),
		asked:   make(chan struct{}, 1),
		gone:    make(chan struct{}),
	}
}

// awaitAsked waits until the library asks for a packet. It fails when the library
// has closed its connection instead.
func (l *link) awaitAsked() bool {
	select {
	case <-l.asked:
		return true
	case <-l.gone:
		return false
	}
}

// dispatch has the library deal with a packet, and waits until it has.
func (l *link) dispatch(packet string) {
	select {
	case l.packets <- packet:
		l.awaitAsked()
	case <-l.gone:
	}
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

// NextWriter takes a packet from go-socket.io, which is sent when the writer is
// closed. It never fails: what is written after the end is dropped, and the
// library learns of the end where it reads.
func (l *link) NextWriter(ft frame.Type, pt enginepacket.Type) (io.WriteCloser, error) {
	return &packetWriter{socket: l.socket, sent: ft == frame.String && pt == enginepacket.MESSAGE}, nil
}

// Close is called by go-socket.io when it is done. Unless that was wanted, the
// session ends. During a shutdown it does not: the server ends all sessions once
// what they sent was handled.
func (l *link) Close() error {
	wanted := l.ending.Load() // before detach can see that it is over
	l.once.Do(func() { close(l.gone) })
	if !wanted && !l.socket.server.Draining() {
		l.socket.End(engineio.ReasonServerClosed)
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

// noResponse is for answers that go-socket.io gives to nobody.
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

// packetWriter collects one packet of the library's.
type packetWriter struct {
	bytes.Buffer
	socket *Socket
	sent   bool // when it is closed
}

// Flush is there so that the library does not wrap the writer in a bufio.Writer.
func (*packetWriter) Flush() error { return nil }

// Close sends the packet, unless it says what the client was told already: that
// the session is open and the root namespace connected.
func (w *packetWriter) Close() error {
	data := bytes.TrimSuffix(w.Bytes(), []byte("\n")) // the library's JSON encoder leaves it
	if w.sent && len(data) > 0 && data[0] != connectPacket {
		w.socket.Send(wire.NewMessage(string(data)))
	}
	return nil
}

// Links is the number of connections that go-socket.io holds.
func (s *Server) Links() int { return s.library.Count() }
