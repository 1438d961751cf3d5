package engine

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// relayed is a gate that passes "message" on to one other session.
type relayed struct {
	bystander
	to *Session
}

func (r *relayed) Event(s *Session, e *Event) string {
	r.to.Send(NewMessage(`2["message",`, e.Args[0], `,"`, s.PublicID(), `"]`))
	return ""
}

// pairOf is a session that relays to another; both are carried by WebSockets.
// What the first client sends is read by read, what the second gets goes to
// its socket.
func pairOf(t testing.TB) (from *Session, in, out net.Conn) {
	t.Helper()
	gate := new(relayed)
	e := New(quiet(Config{Gate: gate}))
	in, serverIn := socketPair(t)
	out, serverOut := socketPair(t)
	from = carried(t, e, serverIn)
	gate.to = carried(t, e, serverOut)
	return from, in, out
}

func carried(t testing.TB, e *Engine, conn net.Conn) *Session {
	e.register()
	s := newSession(e, engineIO3{}, func() {}, newFrames(conn, e.cfg.MaxPacket), nil)
	t.Cleanup(func() { s.timer.Stop() })
	return s
}

// relay reads one packet of a session and handles it.
func relay(s *Session) bool {
	p, err := s.readPacket(s.carrier)
	if err == nil {
		s.handle(p)
	}
	return err == nil
}

func offerOf(size int) []byte {
	return clientFrame(ws.OpText, true, `42["message",{"room":"x","sdp":"`+strings.Repeat("a", size)+`"}]`)
}

// Relaying a packet allocates twice at most.
func TestRelayAllocations(t *testing.T) {
	for _, size := range []int{200, 2500} {
		from, in, out := pairOf(t)
		frame, buf := offerOf(size), make([]byte, 2*size+200)
		round := func() {
			if _, err := in.Write(frame); err != nil || !relay(from) {
				t.Fatal("not relayed", err)
			}
			n, err := io.ReadAtLeast(out, buf, size)
			if err != nil || !bytes.HasSuffix(buf[:n], []byte(`"]`)) {
				t.Fatalf("got %.40q, %v", buf[:n], err)
			}
		}
		allocs := testing.AllocsPerRun(500, round)
		if allocs > 2 {
			t.Errorf("%d bytes: %v allocations", size, allocs)
		}
	}
}

func BenchmarkRelay(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			from, in, out := pairOf(b)
			frame, buf := offerOf(size), make([]byte, 2*size+200)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				_, _ = in.Write(frame)
				if !relay(from) {
					b.Fatal("not relayed")
				}
				if _, err := io.ReadAtLeast(out, buf, size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
