package dialer

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// socket is the client's end of a WebSocket.
type socket struct {
	conn net.Conn
	in   io.Reader // the connection, after what arrived with the handshake
}

func (c *Conn) dialSocket(ctx context.Context) (*socket, error) {
	dialer := ws.Dialer{Header: ws.HandshakeHeaderHTTP(c.opts.Header), TLSConfig: c.opts.TLS, NetDial: c.dialTCP}
	conn, early, _, err := dialer.Dial(ctx, strings.Replace(c.url(WebSocket), "http", "ws", 1))
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn, in: conn}
	if early != nil {
		s.in = early
	}
	return s, nil
}

func (s *socket) write(packet string) error { return s.send(ws.OpText, []byte(packet)) }

// send writes a frame with one call, since a pong may be sent concurrently.
func (s *socket) send(op ws.OpCode, data []byte) error {
	_, err := s.conn.Write(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, true, data))))
	return err
}

// next reads a packet. It answers control frames that precede it.
func (s *socket) next() (string, error) {
	r := wsutil.Reader{Source: s.in, State: ws.StateClientSide, CheckUTF8: true, OnIntermediate: s.control}
	for {
		h, err := r.NextFrame()
		if err != nil {
			return "", err
		}
		if h.OpCode.IsControl() {
			if err := s.control(h, &r); err != nil {
				return "", err
			}
			continue
		}
		data, err := io.ReadAll(&r)
		if h.OpCode == ws.OpBinary {
			return "b" + string(data), err
		}
		return string(data), err
	}
}

// CloseError is the close frame with which the server closed a WebSocket.
type CloseError struct {
	Code int
	Text string
}

func (e *CloseError) Error() string { return fmt.Sprintf("dialer: closed with %d %s", e.Code, e.Text) }

func (s *socket) control(h ws.Header, r io.Reader) error {
	data, err := io.ReadAll(r)
	switch {
	case err != nil:
		return err
	case h.OpCode == ws.OpPing:
		return s.send(ws.OpPong, data)
	case h.OpCode == ws.OpClose:
		code, text := ws.ParseCloseFrameData(data)
		_ = s.send(ws.OpClose, data[:min(2, len(data))])
		return &CloseError{int(code), text}
	}
	return nil
}

func (c *Conn) openSocket(ctx context.Context) ([]string, error) {
	s, err := c.dialSocket(ctx)
	if err != nil {
		return nil, err
	}
	c.socket = s
	p, err := s.next()
	return []string{p}, err
}

func (c *Conn) read(s *socket) {
	for {
		p, err := s.next()
		if err != nil {
			c.cancel(err)
			_ = s.conn.Close()
			return
		}
		c.deliver([]string{p})
	}
}

// Upgrade moves the session from polling to a WebSocket as engine.io-client does: it
// probes, waits for pending requests, and sends the UPGRADE packet.
func (c *Conn) Upgrade(ctx context.Context) error {
	s, err := c.dialSocket(ctx)
	if err != nil {
		return err
	}
	if err := s.probe(); err != nil {
		_ = s.conn.Close()
		return err
	}
	c.mu.Lock() // waits for a post
	defer c.mu.Unlock()
	c.pausing.Store(true)
	<-c.paused
	if err := s.write("5"); err != nil {
		return err
	}
	c.socket = s
	c.routines.Go(func() { c.read(s) })
	return nil
}

func (s *socket) probe() error {
	if err := s.write("2probe"); err != nil {
		return err
	}
	p, err := s.next()
	if err == nil && p != "3probe" {
		err = fmt.Errorf("dialer: probe answered with %q", p)
	}
	return err
}
