package engine

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

	"github.com/googollee/go-socket.io/engineio/frame"
	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/googollee/go-socket.io/engineio/transport"
)

// link is a connection as go-socket.io sees it: whole packets go in and out, and
// whatever carries them is the session's affair.
//
// The library keeps three goroutines for each of its connections, with stacks
// that make up two thirds of what a session would need, and every garbage
// collection looks at them. Most sessions have nothing to say to it most of the
// time. So with a Gate, a session is linked only while an event of its is
// dispatched. Without one, every message is the library's, and the link lasts
// as long as the session.
type link struct {
	session *Session
	packets chan *packetReader // what the library shall see; closed at the end
	asked   chan struct{}      // the library has dealt with the one before
	gone    chan struct{}      // closed when the library has closed its connection
	leave   sync.Once
	parting atomic.Bool // we end the link, not the library
}

// linkName is that of the one transport go-socket.io is given. It has to be one
// that the library knows.
const linkName = "websocket"

type linkKey struct{}

// linkTransport makes links of requests that attach has made up.
type linkTransport struct{}

func (linkTransport) Name() string { return linkName }

func (linkTransport) Accept(_ http.ResponseWriter, r *http.Request) (transport.Conn, error) {
	if l, ok := r.Context().Value(linkKey{}).(*link); ok {
		return l, nil
	}
	return nil, errors.New("engine: give requests to the Engine, not to go-socket.io")
}

func (linkTransport) Dial(*url.URL, http.Header) (transport.Conn, error) {
	return nil, errors.New("engine: transports are for servers")
}

// linkRequest is what go-socket.io takes for the handshake of a link.
var linkRequest = &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: "transport=" + linkName}}

// nowhere is for answers that go-socket.io gives to nobody.
type nowhere struct{}

func (nowhere) Header() http.Header         { return make(http.Header) }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// attach makes a session a connection of go-socket.io, and returns when that
// is ready for a packet. It fails once the engine has shut down.
func (s *Session) attach() (*link, bool) {
	if !s.engine.mayAttach() {
		return nil, false
	}
	defer s.engine.attaching.Done()
	l := &link{
		session: s,
		packets: make(chan *packetReader),
		asked:   make(chan struct{}, 1),
		gone:    make(chan struct{}),
	}
	s.engine.library.ServeHTTP(nowhere{}, linkRequest.WithContext(context.WithValue(context.Background(), linkKey{}, l)))
	return l, l.answered()
}

// mayAttach tells whether go-socket.io still serves; a connection given to it
// later would be a panic. What is begun has to be followed by attaching.Done.
func (e *Engine) mayAttach() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed || e.library == nil {
		return false
	}
	e.attaching.Add(1)
	return true
}

// answered waits until the library asks for a packet. It fails when the library
// has closed its connection instead.
func (l *link) answered() bool {
	select {
	case <-l.asked:
		return true
	case <-l.gone:
		return false
	}
}

// dispatch has the library deal with a packet, and waits until it has.
func (l *link) dispatch(r *packetReader) {
	select {
	case l.packets <- r:
		l.answered()
	case <-l.gone:
	}
}

// detach ends the link. The library's goroutines end with it.
func (l *link) detach() {
	l.parting.Store(true)
	close(l.packets)
	<-l.gone
}

// NextReader gives go-socket.io the next packet, and io.EOF at the end.
func (l *link) NextReader() (frame.Type, packet.Type, io.ReadCloser, error) {
	signal(l.asked)
	r, ok := <-l.packets
	if !ok {
		return 0, 0, nil, io.EOF
	}
	return r.frame, packet.MESSAGE, r, nil
}

// NextWriter takes a packet from go-socket.io, which is sent when the writer is
// closed. It never fails: what is written after the end is dropped, and the
// library learns of the end where it reads.
func (l *link) NextWriter(ft frame.Type, pt packet.Type) (io.WriteCloser, error) {
	return &packetWriter{session: l.session, frame: ft, packet: pt}, nil
}

// Close is called by go-socket.io when it is done. Unless that was wanted, the
// session ends. During a shutdown it does not: the engine ends all sessions
// once they have been heard out.
func (l *link) Close() error {
	wanted := l.parting.Load() // before detach can tell that it is over
	l.leave.Do(func() { close(l.gone) })
	if !wanted && !l.session.engine.Draining() {
		l.session.end(ReasonServerClosed)
	}
	return nil
}

// linkAddr is how a session is found from what go-socket.io hands out.
type linkAddr struct{ session *Session }

func (linkAddr) Network() string  { return "tcp" }
func (a linkAddr) String() string { return a.session.publicID }

// SessionOf finds the session behind a connection of go-socket.io's.
func SessionOf(conn interface{ RemoteAddr() net.Addr }) (s *Session, ok bool) {
	a, ok := conn.RemoteAddr().(linkAddr)
	return a.session, ok
}

// The rest of transport.Conn. Deadlines are the heartbeat's business here, and
// no header or URL is kept.

func (l *link) URL() url.URL                       { return url.URL{} }
func (l *link) LocalAddr() net.Addr                { return nil }
func (l *link) RemoteAddr() net.Addr               { return linkAddr{l.session} }
func (l *link) RemoteHeader() http.Header          { return nil }
func (l *link) SetReadDeadline(_ time.Time) error  { return nil }
func (l *link) SetWriteDeadline(_ time.Time) error { return nil }

// packetReader hands one packet to the library, which uses its ReadByte and
// UnreadByte instead of allocating a bufio.Reader.
type packetReader struct {
	bytes.Reader
	frame frame.Type
}

func newPacketReader(ft frame.Type, data []byte) *packetReader {
	r := &packetReader{frame: ft}
	r.Reset(data)
	return r
}

func (*packetReader) Close() error { return nil }

// packetWriter collects one packet of the library's.
type packetWriter struct {
	bytes.Buffer
	session *Session
	frame   frame.Type
	packet  packet.Type
}

// Flush is there so that the library does not wrap the writer in a
// bufio.Writer.
func (*packetWriter) Flush() error { return nil }

// Close sends the packet, unless it says what the client has heard already: that
// the session is open and the root namespace connected.
func (w *packetWriter) Close() error {
	defer w.session.survive()
	data := bytes.TrimSuffix(w.Bytes(), []byte("\n")) // the library's JSON encoder leaves it
	switch {
	case w.packet == packet.OPEN, w.session.engine.cfg.Gate != nil && len(data) > 0 && data[0] == connectPacket:
	case w.frame == frame.Binary:
		w.session.Send(w.session.dialect.binaryMessage(data))
	default:
		w.session.Send(newText(w.packet, string(data)))
	}
	return nil
}
