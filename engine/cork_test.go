package engine

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// recording is a socket that takes everything and keeps each write.
type recording struct {
	mu     sync.Mutex // guards what follows
	writes [][]byte
	closed bool
}

func (r *recording) try(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, bytes.Clone(b))
	return len(b), nil
}

func (r *recording) patient() (net.Conn, error) { return recordingConn{recording: r}, nil }
func (r *recording) hearOut()                   {}
func (r *recording) hasten(time.Duration)       {}

func (r *recording) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}

// recordingConn is the same for who is patient.
type recordingConn struct {
	net.Conn
	*recording
}

func (c recordingConn) Write(b []byte) (int, error)    { return c.try(b) }
func (recordingConn) SetWriteDeadline(time.Time) error { return nil }
func (recordingConn) SetReadDeadline(time.Time) error  { return nil }
func (recordingConn) Read([]byte) (int, error)         { return 0, io.EOF }
func (c recordingConn) Close() error                   { return c.recording.Close() }

func (r *recording) wrote() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

// corked is a session whose writes are recorded.
func corked(t *testing.T) (*Session, *recording) {
	t.Helper()
	e, socket := New(quiet(Config{Gate: deaf{}, OutboxPackets: 256})), new(recording)
	e.register()
	s := newSession(e, engineIO3{}, func() {}, &frames{conn: socket}, nil)
	t.Cleanup(func() { s.timer.Stop() })
	return s, socket
}

// What is sent while the cork is in leaves in one write when it is pulled, in
// order, and what is sent later in writes of its own.
func TestCork(t *testing.T) {
	s, socket := corked(t)
	var want []byte
	s.engine.cork.put()
	for n := range maxCorked - 1 {
		m := NewMessage(fmt.Sprint(n))
		want = append(want, m.frame...)
		s.Send(m)
	}
	if early := len(socket.wrote()); early != 0 {
		t.Errorf("%d writes while the cork was in", early)
	}
	s.engine.cork.pull()
	later := NewMessage("later")
	s.Send(later)
	if got := socket.wrote(); len(got) != 2 || !bytes.Equal(got[0], want) || !bytes.Equal(got[1], later.frame) {
		t.Errorf("%d writes: %q", len(got), got)
	}
	s.engine.tasks.Wait() // nobody has the right to write any more
}

// A cork keeps back so much and no more: an outbox that it let run full would
// end the session as if its client did not read.
func TestCorkLetsGo(t *testing.T) {
	s, socket := corked(t)
	const count = 5 * 256
	var want []byte
	s.engine.cork.put()
	for n := range count {
		m := NewMessage(fmt.Sprint(n))
		want = append(want, m.frame...)
		if !s.Send(m) {
			t.Fatalf("message %d was not taken: %s", n, s.Reason())
		}
	}
	s.engine.cork.pull()
	got := socket.wrote()
	if !bytes.Equal(bytes.Join(got, nil), want) {
		t.Error("something was lost or changed places")
	}
	if most := count/maxCorked + 1; len(got) > most {
		t.Errorf("%d writes, at most %d should do", len(got), most)
	}
	s.engine.tasks.Wait()
}

// A session that ends while the cork is in says its last words behind what was
// kept back.
func TestEndWhileCorked(t *testing.T) {
	s, socket := corked(t)
	s.engine.cork.put()
	m := NewMessage("kept back")
	s.Send(m)
	s.end(ReasonMoved)
	s.engine.cork.pull()
	want := append(bytes.Clone(m.frame), closeFrame(1000, string(ReasonMoved)).frame...)
	if got := bytes.Join(socket.wrote(), nil); !bytes.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	s.engine.sessions.Wait()
	s.engine.tasks.Wait()
}

// What others send at the same time is kept in order, too.
func TestCorkAmongOthers(t *testing.T) {
	s, socket := corked(t)
	const count = 2000
	s.engine.cfg.OutboxPackets = 2 * count
	var sending sync.WaitGroup
	for _, from := range []string{"a", "b"} {
		sending.Go(func() {
			for n := range count {
				s.Send(NewMessage(fmt.Sprintf("%s%d.", from, n)))
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		sending.Wait()
	}()
	for over := false; !over; {
		s.engine.cork.put()
		s.engine.cork.pull()
		select {
		case <-done:
			over = true
		default:
		}
	}
	s.engine.tasks.Wait()
	all := bytes.Join(socket.wrote(), nil)
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
