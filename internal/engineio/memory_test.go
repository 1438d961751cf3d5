package engineio

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/limit"
)

// fromHeader is a limited address that a client chooses.
func fromHeader(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddr(r.Header.Get("Test-Address"))
	if err != nil {
		return netip.MustParseAddr("192.0.2.1")
	}
	return addr
}

// dialUnread opens a session of an address whose socket is not read.
func (s *site) dialUnread(address string) *Session {
	s.t.Helper()
	c := s.rawSocket(address)
	return s.of(&dialer.Conn{SID: c.sid})
}

type rawSocket struct {
	net.Conn
	sid string
}

// rawSocket opens a session by a WebSocket for a test's own frames.
func (s *site) rawSocket(address string) rawSocket {
	s.t.Helper()
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP{"Test-Address": {address}}, TLSConfig: s.tls}
	conn, early, _, err := d.Dial(timed(s.t, patience), strings.Replace(s.url, "http", "ws", 1)+"?EIO=4&transport=websocket")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	in := io.Reader(conn)
	if early != nil {
		in = early
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	head := make([]byte, 2)
	if _, err = io.ReadFull(in, head); err == nil {
		open := make([]byte, head[1])
		_, err = io.ReadFull(in, open)
		_, sid, _ := strings.Cut(string(open), `"sid":"`)
		if err == nil && len(sid) > idSize {
			return rawSocket{conn, sid[:idSize]}
		}
	}
	s.t.Fatalf("no OPEN packet: %v", err)
	return rawSocket{}
}

// Where too much waits for the sessions of an address, those end for which the most
// does, and no others.
func TestHeldOfAnAddressIsBounded(t *testing.T) {
	const message = 10_000
	e := serve(t, Config{
		ClientAddr: fromHeader, OutboxBytes: 100 * message, OutboxPackets: 1000,
		Limits: Limits{Address: limit.Allowance{Held: 40 * message}},
	})
	large, small, other := e.dialUnread("192.0.2.1"), e.dialUnread("192.0.2.1"), e.dialUnread("192.0.2.2")
	for _, s := range []*Session{large, small, other} {
		e.stall(s)
	}
	text := strings.Repeat("x", message)
	for range 5 {
		small.Send(wire.NewMessage(text))
		other.Send(wire.NewMessage(text))
	}
	for n := 0; large.Send(wire.NewMessage(text)); n++ {
		if n > 40 {
			t.Fatal("more is held than may be")
		}
	}
	if why := large.Reason(); why != ReasonMemory {
		t.Errorf("it ended as %q", why)
	}
	if small.Reason() != "" || other.Reason() != "" {
		t.Errorf("the others ended as %q and %q", small.Reason(), other.Reason())
	}
	if n := e.Metrics.Ended(ReasonMemory); n != 1 {
		t.Errorf("%d ended", n)
	}
}

// stall makes a session behave as if its socket took nothing: somebody else has the
// right to write, and does not.
func (s *site) stall(session *Session) {
	s.t.Helper()
	eventually(s.t, "nobody writes", func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		free := !session.outbox.flushing
		session.outbox.flushing = true
		return free
	})
}

// All together have a limit too, and there the addresses with the most give way.
func TestHeldOfAllIsBounded(t *testing.T) {
	const message = 10_000
	e := serve(t, Config{
		ClientAddr: fromHeader, OutboxBytes: 100 * message, OutboxPackets: 1000, Limits: Limits{Held: 60 * message},
	})
	calm := e.dialUnread("192.0.2.1")
	e.stall(calm)
	calm.Send(wire.NewMessage(strings.Repeat("x", message)))
	var greedy []*Session
	for i := range 4 {
		s := e.dialUnread(fmt.Sprint("198.51.100.", i))
		e.stall(s)
		greedy = append(greedy, s)
	}
	for range 40 {
		for _, s := range greedy {
			s.Send(wire.NewMessage(strings.Repeat("x", message)))
		}
		if held := e.usages.Held(); held > 61*message {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if why := calm.Reason(); why != "" {
		t.Errorf("who had little ended as %q", why)
	}
	if e.Metrics.Ended(ReasonMemory) == 0 {
		t.Error("nobody ended")
	}
}

// What completes nothing is charged for: fragments, parts of frames, parts of bodies.
func TestBarrenReadsAreCharged(t *testing.T) {
	limits := Limits{Packets: limit.Rate{PerSecond: 0.001, Burst: 100}}
	frame := func(op ws.OpCode, fin bool, payload string) string {
		return string(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, fin, []byte(payload)))))
	}
	for name, send := range map[string]func(c rawSocket) error{
		"empty fragments": func(c rawSocket) error {
			_, err := io.WriteString(c, frame(ws.OpText, false, "4")+strings.Repeat(frame(ws.OpContinuation, false, ""), 200))
			return err
		},
		"fragments of many messages": func(c rawSocket) error {
			message := frame(ws.OpText, false, "4") + frame(ws.OpContinuation, false, "") + frame(ws.OpContinuation, true, "x")
			_, err := io.WriteString(c, strings.Repeat(message, 50))
			return err
		},
		"pings between fragments": func(c rawSocket) error {
			_, err := io.WriteString(c, frame(ws.OpText, false, "4")+strings.Repeat(frame(ws.OpPing, true, ""), 200))
			return err
		},
		"empty messages": func(c rawSocket) error {
			_, err := io.WriteString(c, strings.Repeat(frame(ws.OpText, true, "4"), 200))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := serve(t, Config{Limits: limits})
			c := e.rawSocket("")
			s := e.of(&dialer.Conn{SID: c.sid})
			if err := send(c); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the session ends", func() bool { return s.Reason() == ReasonTooManyPackets })
		})
	}
}

// A frame or a body that comes byte by byte is charged for each. The bytes are sent one
// after the other, each when the one before was read.
func TestSingleBytesAreCharged(t *testing.T) {
	t.Run("frame", func(t *testing.T) {
		e := serve(t, Config{Limits: Limits{Packets: limit.Rate{PerSecond: 0.001, Burst: 20}}})
		c := e.rawSocket("")
		s := e.of(&dialer.Conn{SID: c.sid})
		_, _ = c.Write([]byte("\x81\xfe\x10\x00\x00\x00\x00\x00")) // a frame of 4,096 bytes
		eventually(t, "the session ends", func() bool {
			_, _ = c.Write([]byte("4"))
			return s.Reason() == ReasonTooManyPackets
		})
	})
	t.Run("body", func(t *testing.T) {
		e := newTestServer(Config{Limits: Limits{Packets: limit.Rate{PerSecond: 0.001, Burst: 20}}})
		s := polledSession(t, e, wire.EngineIO4{})
		body := chargedBody{io.NopCloser(oneByte{strings.NewReader(strings.Repeat("x", 100))}), s}
		if _, err := io.ReadAll(body); err != errTooManyReads {
			t.Errorf("the error is %v", err)
		}
		if s.Reason() != ReasonTooManyPackets {
			t.Errorf("the session ended as %q", s.Reason())
		}
	})
}

// oneByte reads a byte at a time.
type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

// All sessions of an address together may send only so much.
func TestPacketsOfAnAddress(t *testing.T) {
	e := serve(t, Config{ClientAddr: fromHeader, Limits: Limits{
		Address: limit.Allowance{Packets: limit.Rate{PerSecond: 0.001, Burst: 100}},
	}})
	packet := ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewTextFrame([]byte("4"))))
	for range 3 {
		c := e.rawSocket("192.0.2.1")
		for range 50 {
			_, _ = c.Write(packet)
		}
	}
	eventually(t, "a session ends", func() bool { return e.Metrics.Ended(ReasonAddressPackets) > 0 })
	other := e.rawSocket("192.0.2.2")
	s := e.of(&dialer.Conn{SID: other.sid})
	if _, err := other.Write(packet); err != nil || s.Reason() != "" {
		t.Errorf("another address ended as %q, %v", s.Reason(), err)
	}
}

// A candidate that sends pings and reads nothing is given up.
func TestRepliesAreBounded(t *testing.T) {
	e := newTestServer(Config{})
	defer e.poller.Stop()
	s := polledSession(t, e, wire.EngineIO4{})
	_, server := socketPair(t)
	if !s.beginUpgrade(server) {
		t.Fatal("no upgrade")
	}
	s.mu.Lock()
	w := s.candidate
	w.upgrade.replies.flushing = true // as if the socket took nothing
	s.mu.Unlock()
	for range maxReplies + 1 {
		w.reply(wire.NewControl(ws.OpPong, nil))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.candidate != nil || s.ended {
		t.Error("the upgrade goes on, or the session has ended")
	}
}
