package engineio

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio/netpoll"
	"vidchat/internal/engineio/wire"
)

// recordingConn takes everything and keeps each write.
type recordingConn struct {
	handler netpoll.Handler
	mu      sync.Mutex // guards what follows
	writes  [][]byte
	closed  bool
}

func (r *recordingConn) TryWrite(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, bytes.Clone(b))
	return len(b), nil
}

// QueueWrite is for a sender that has written enough for others.
func (r *recordingConn) QueueWrite(b []byte) {
	_, _ = r.TryWrite(b)
	go r.handler.OnWritten(nil)
}

func (*recordingConn) Start(netpoll.Handler) {}
func (*recordingConn) ResumeReading()        {}
func (*recordingConn) StopReading()          {}
func (*recordingConn) CloseWrite()           {}

func (r *recordingConn) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *recordingConn) wrote() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

// recordedSession is a session whose writes are kept.
func recordedSession(t *testing.T) (*Session, *recordingConn) {
	t.Helper()
	e, conn := newTestServer(Config{OutboxPackets: 256}), new(recordingConn)
	e.register()
	s := e.newSession(handshakeRequest, wire.EngineIO3{}, netip.Addr{}, e.opening.Done, nil)
	s.carryBy(s.newWebSocket(conn, carrying))
	conn.handler = s.socket
	t.Cleanup(func() { s.timer.Stop() })
	return s, conn
}

// checkFree checks that nobody has the right to write.
func checkFree(t *testing.T, s *Session) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outbox.flushing || s.outbox.corked || len(s.outbox.queue) > 0 {
		t.Error("the outbox is not idle")
	}
}

// What is sent while the cork is in leaves in one write when it is pulled, in
// order, and what is sent later in writes of its own.
func TestCork(t *testing.T) {
	s, conn := recordedSession(t)
	var want []byte
	s.server.cork.Put()
	for n := range maxCorked - 1 {
		o := wire.NewMessage(fmt.Sprint(n))
		want = append(want, o.Frame()...)
		s.Send(o)
	}
	if early := len(conn.wrote()); early != 0 {
		t.Errorf("%d writes while the cork was in", early)
	}
	s.server.cork.Pull()
	later := wire.NewMessage("later")
	s.Send(later)
	if got := conn.wrote(); len(got) != 2 || !bytes.Equal(got[0], want) || !bytes.Equal(got[1], later.Frame()) {
		t.Errorf("%d writes: %q", len(got), got)
	}
	checkFree(t, s)
}

// discardingConn takes everything and keeps nothing.
type discardingConn struct{ *recordingConn }

func (discardingConn) TryWrite(b []byte) (int, error) { return len(b), nil }

// To keep back one packet takes no memory: under load that happens to each.
func TestCorkAllocations(t *testing.T) {
	s, conn := recordedSession(t)
	s.socket.conn = discardingConn{conn}
	o := wire.NewMessage("kept back")
	allocations := testing.AllocsPerRun(100, func() {
		s.server.cork.Put()
		s.Send(o)
		s.server.cork.Pull()
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
	checkFree(t, s)
}

// A cork keeps back so much and no more: an outbox that it let run full would
// end the session as if its client did not read.
func TestCorkLetsGo(t *testing.T) {
	s, conn := recordedSession(t)
	const count = 5 * 256
	var want []byte
	s.server.cork.Put()
	for n := range count {
		o := wire.NewMessage(fmt.Sprint(n))
		want = append(want, o.Frame()...)
		if !s.Send(o) {
			t.Fatalf("message %d was not taken: %s", n, s.Reason())
		}
	}
	s.server.cork.Pull()
	got := conn.wrote()
	if !bytes.Equal(bytes.Join(got, nil), want) {
		t.Error("something was lost or changed places")
	}
	if most := count/maxCorked + 1; len(got) > most {
		t.Errorf("%d writes, at most %d should do", len(got), most)
	}
	checkFree(t, s)
}

// A session that ends while the cork is in says its last words behind what was
// kept back.
func TestEndWhileCorked(t *testing.T) {
	s, conn := recordedSession(t)
	s.server.cork.Put()
	o := wire.NewMessage("kept back")
	s.Send(o)
	s.End(ReasonMoved)
	s.server.cork.Pull()
	want := append(bytes.Clone(o.Frame()), wire.NewClose(ws.StatusNormalClosure, ReasonMoved.text()).Frame()...)
	if got := bytes.Join(conn.wrote(), nil); !bytes.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	s.server.opening.Wait()
	checkFree(t, s)
}

// What is to be sent after a batch is sent when the cork is pulled, once, and waits for nothing
// without a cork.
func TestAfterBatch(t *testing.T) {
	count := 0
	e := NewServer(Config{AfterBatch: func() { count++ }})
	if e.AfterBatch() || count > 0 {
		t.Error("something waits though the cork is out")
	}
	e.cork.Put()
	for range 3 {
		if !e.AfterBatch() || count > 0 {
			t.Error("something is sent though the cork is in")
		}
	}
	e.cork.Pull()
	e.cork.Put()
	e.cork.Pull()
	if count != 1 {
		t.Errorf("sent %d times", count)
	}
}

// One reader at a time can put the cork in.
func TestCorkIsPutOnce(t *testing.T) {
	var c cork
	if !c.Put() || c.Put() {
		t.Error("the cork was put in twice, or never")
	}
	c.Pull()
	if !c.Put() {
		t.Error("the cork was not pulled")
	}
}

// What others send at the same time is kept in order, too.
func TestCorkAmongOthers(t *testing.T) {
	s, conn := recordedSession(t)
	const count = 2000
	s.server.cfg.OutboxPackets = 2 * count
	var sending sync.WaitGroup
	for _, from := range []string{"a", "b"} {
		sending.Go(func() {
			for n := range count {
				s.Send(wire.NewMessage(fmt.Sprintf("%s%d.", from, n)))
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		sending.Wait()
	}()
	for over := false; !over; {
		s.server.cork.Put()
		s.server.cork.Pull()
		select {
		case <-done:
			over = true
		default:
		}
	}
	eventually(t, "everything is written", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.outbox.flushing
	})
	checkFree(t, s)
	all := bytes.Join(conn.wrote(), nil)
	for _, from := range []string{"a", "b"} {
		at := 0
		for n := range count {
			i := bytes.Index(all[at:], fmt.Appendf(nil, "4%s%d.", from, n))
			if i < 0 {
				t.Fatalf("%s%d is not behind those before it", from, n)
			}
			at += i
		}
	}
}
