package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// handshakeTime is how long a client may take for the TLS handshake, and for the
// first byte where that decides.
const handshakeTime = 10 * time.Second

// tlsListener speaks TLS, and passes on to HTTP or to TURN: firewalls that let
// nothing else out let port 443 out. Browsers ask for a protocol of HTTP in the
// handshake (ALPN, RFC 7301), and for none with a turns: URL. Other programs ask
// for none with HTTP either, so then the first byte decides.
type tlsListener struct {
	tcp    net.Listener
	config *tls.Config
	http   *acceptor
	turn   *acceptor // nil if TURN is not served here
	ended  sync.WaitGroup
}

// listenTLS starts to accept connections on a listener, which it owns.
func listenTLS(tcp net.Listener, config *tls.Config, withTURN bool) *tlsListener {
	l := &tlsListener{tcp: tcp, config: config}
	l.http = newAcceptor(l)
	if withTURN {
		l.turn = newAcceptor(l)
	}
	l.ended.Go(l.run)
	return l
}

// run accepts until the listener is closed.
func (l *tlsListener) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		conn, err := l.tcp.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many open files, for example: net/http waits a moment as well
			time.Sleep(acceptPause)
			continue
		}
		l.ended.Go(func() { l.route(ctx, tls.Server(conn, l.config)) })
	}
}

const acceptPause = 50 * time.Millisecond

// route passes a connection to who serves it.
func (l *tlsListener) route(ctx context.Context, conn *tls.Conn) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return
	}
	if conn.ConnectionState().NegotiatedProtocol != "" || l.turn == nil {
		l.http.pass(ctx, conn)
		return
	}
	first := make([]byte, 1)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	_, err := io.ReadFull(conn, first)
	if !stop() || err != nil {
		_ = conn.Close()
		return
	}
	peeked := &peekedConn{Conn: conn, first: first}
	if isTURN(first[0]) {
		l.turn.pass(ctx, peeked)
	} else {
		l.http.pass(ctx, peeked)
	}
}

// isTURN reports whether the first byte is that of a STUN message or of channel
// data (RFC 7983); a method of HTTP begins with a letter. STUN messages of TURN
// have a method below 0x40, and channels are 0x4000 to 0x4FFF, but one cannot be
// bound before there was a STUN message.
func isTURN(first byte) bool { return first <= 3 }

// Close closes the listener. Connections that were passed on stay open.
func (l *tlsListener) close() error {
	err := l.tcp.Close()
	l.http.stop()
	if l.turn != nil {
		l.turn.stop()
	}
	l.ended.Wait()
	return err
}

// peekedConn gives back a byte that was read to look at it.
type peekedConn struct {
	*tls.Conn
	first []byte
}

// Read reads the first byte, and then the rest.
func (c *peekedConn) Read(p []byte) (int, error) {
	if len(c.first) > 0 && len(p) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// acceptor is a net.Listener for connections that a tlsListener passes on.
type acceptor struct {
	of     *tlsListener
	conns  chan net.Conn
	closed chan struct{}
	stop   func()
}

func newAcceptor(of *tlsListener) *acceptor {
	a := &acceptor{of: of, conns: make(chan net.Conn), closed: make(chan struct{})}
	a.stop = sync.OnceFunc(func() { close(a.closed) })
	return a
}

func (a *acceptor) pass(ctx context.Context, conn net.Conn) {
	select {
	case a.conns <- conn:
	case <-a.closed:
		_ = conn.Close()
	case <-ctx.Done():
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (a *acceptor) Accept() (net.Conn, error) {
	select {
	case conn := <-a.conns:
		return conn, nil
	case <-a.closed:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (a *acceptor) Addr() net.Addr { return a.of.tcp.Addr() }

// Close implements net.Listener. The other acceptor goes on: the HTTP server closes
// its listener first, and TURN relays until the end.
func (a *acceptor) Close() error {
	a.stop()
	return nil
}
