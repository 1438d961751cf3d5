package netpoll

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test.
const patience = 5 * time.Second

// collector is a Handler that keeps what it is told.
type collector struct {
	mu      sync.Mutex // guards what follows
	got     []byte
	pauseAt int // bytes, after which it wants no more; 0 is never
	errs    []error
	written []error
}

func (c *collector) OnRead(b []byte) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, b...)
	return c.pauseAt == 0 || len(c.got) < c.pauseAt
}

func (c *collector) OnReadError(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs = append(c.errs, err)
}

func (c *collector) OnWritten(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = append(c.written, err)
}

func (c *collector) read() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.got)
}

func (c *collector) ended() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.errs
}

func (c *collector) writes() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written
}

// recordingCork knows how often it was put in.
type recordingCork struct {
	mu   sync.Mutex // guards what follows
	in   bool
	puts int
}

func (c *recordingCork) Put() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in {
		return false
	}
	c.in = true
	c.puts++
	return true
}

func (c *recordingCork) Pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = false
}

func (c *recordingCork) state() (in bool, puts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.in, c.puts
}

// eachKind runs a test with each kind of connection: the client's end, and the
// server's.
func eachKind(t *testing.T, test func(t *testing.T, client net.Conn, conn Conn)) {
	for name, pair := range map[string]func(*testing.T) (client, server net.Conn){
		"tcp": tcpPair, "tls": tlsPair, "pipe": func(*testing.T) (client, server net.Conn) { return net.Pipe() },
	} {
		t.Run(name, func(t *testing.T) {
			p := New(new(recordingCork))
			client, server := pair(t)
			conn := p.Adopt(server)
			test(t, client, conn)
			conn.Close()
			_ = client.Close()
			p.Stop()
		})
	}
}

func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := l.Accept()
		accepted <- conn
	}()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

func tlsPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	trusting := web.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusting.ServerName = "example.com" // which the certificate names
	inner, outer := tcpPair(t)
	c, s := tls.Client(inner, trusting), tls.Server(outer, web.TLS)
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	if err := errors.Join(c.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	return c, s
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.IntN(256))
	}
	return b
}

// Everything arrives, in order, in pieces of any size, and then the end.
func TestRead(t *testing.T) {
	eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
		h, sent := new(collector), randomBytes(300_000)
		conn.Start(h)
		for rest := sent; len(rest) > 0; {
			n := min(1+rand.IntN(9000), len(rest))
			if _, err := client.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		_ = client.Close()
		eventually(t, "the end is read", func() bool { return len(h.ended()) > 0 })
		if !bytes.Equal(h.read(), sent) {
			t.Errorf("%d of %d bytes were read, or others", len(h.read()), len(sent))
		}
		if errs := h.ended(); len(errs) != 1 || !errors.Is(errs[0], io.EOF) {
			t.Errorf("the end is %v", errs)
		}
	})
}

// A slow reader gets everything in the end, and nobody waits for it.
func TestWriteToSlowReader(t *testing.T) {
	eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
		h, sent := new(collector), randomBytes(20<<20)
		conn.Start(h)
		n, err := conn.TryWrite(sent)
		if err != nil || n == len(sent) {
			t.Fatalf("%d bytes were written at once, %v", n, err)
		}
		conn.QueueWrite(sent[n:])
		time.Sleep(20 * time.Millisecond)
		if len(h.writes()) > 0 {
			t.Fatal("it is written though nobody reads")
		}
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("read something else, %v", err)
		}
		eventually(t, "the handler is told", func() bool { return len(h.writes()) == 1 })
		if err := h.writes()[0]; err != nil {
			t.Error(err)
		}
	})
}

// A handler that wants no more gets no more, until it does. To resume before
// reading has paused counts, too.
func TestPauseAndResume(t *testing.T) {
	eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
		h := &collector{pauseAt: 1}
		conn.Start(h)
		go func() { _, _ = client.Write(bytes.Repeat([]byte("x"), 200_000)) }()
		eventually(t, "the first bytes are read", func() bool { return len(h.read()) > 0 })
		time.Sleep(20 * time.Millisecond)
		if n := len(h.read()); n > 16<<10 {
			t.Errorf("%d bytes were read after the pause", n)
		}
		for len(h.read()) < 200_000 {
			before := len(h.read())
			conn.ResumeReading()
			eventually(t, "more is read", func() bool { return len(h.read()) > before })
		}
	})
}

// StopReading hands on what has arrived, and then pauses; later the rest comes.
func TestStopReading(t *testing.T) {
	for _, paused := range []bool{false, true} {
		eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
			h, arrived := new(collector), 100_000
			if client.LocalAddr().Network() == "pipe" {
				arrived = 1 // a pipe buffers nothing
			}
			if paused {
				h.pauseAt = 1
			}
			conn.Start(h)
			if _, err := client.Write(bytes.Repeat([]byte("x"), arrived)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the first bytes are read", func() bool { return len(h.read()) > 0 })
			conn.StopReading()
			if paused {
				time.Sleep(2 * stopTime)
				if len(h.ended()) > 0 {
					t.Error("it stopped before what had arrived was read")
				}
				h.mu.Lock()
				h.pauseAt = 0
				h.mu.Unlock()
				conn.ResumeReading()
			}
			eventually(t, "reading stops", func() bool { return len(h.ended()) == 1 })
			if err := h.ended()[0]; !errors.Is(err, ErrStopped) {
				t.Errorf("it stopped with %v", err)
			}
			if n := len(h.read()); n != arrived {
				t.Errorf("%d of %d bytes were read", n, arrived)
			}
			go func() { _, _ = client.Write([]byte("y")) }()
			time.Sleep(20 * time.Millisecond)
			if n := len(h.read()); n != arrived {
				t.Errorf("%d bytes were read after the stop", n-arrived)
			}
			conn.ResumeReading()
			eventually(t, "the rest is read", func() bool { return len(h.read()) == arrived+1 })
			_ = client.Close()
			eventually(t, "the end is read", func() bool { return len(h.ended()) == 2 })
		})
	}
}

// After CloseWrite the other end reads what was written, and then the end; it can
// still be read.
func TestCloseWrite(t *testing.T) {
	eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
		if client.LocalAddr().Network() == "pipe" {
			return // a pipe has no halves
		}
		h := new(collector)
		conn.Start(h)
		last := []byte("last words")
		if n, err := conn.TryWrite(last); err != nil {
			t.Fatal(err)
		} else if n < len(last) {
			conn.QueueWrite(last[n:])
			eventually(t, "it is written", func() bool { return len(h.writes()) == 1 })
		}
		conn.CloseWrite()
		_ = client.SetReadDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(client); err != nil || !bytes.Equal(got, last) {
			t.Errorf("read %q, %v", got, err)
		}
		if _, err := client.Write([]byte("still here")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is read", func() bool { return string(h.read()) == "still here" })
	})
}

// Close ends a read and a write that wait, in any order, and what comes later
// does no harm.
func TestClose(t *testing.T) {
	eachKind(t, func(t *testing.T, client net.Conn, conn Conn) {
		h := new(collector)
		conn.Start(h)
		b := randomBytes(20 << 20)
		n, _ := conn.TryWrite(b)
		conn.QueueWrite(b[n:])
		var closing sync.WaitGroup
		for range 3 {
			closing.Go(conn.Close)
		}
		closing.Wait()
		conn.ResumeReading()
		conn.StopReading()
		conn.CloseWrite()
		if n, _ := conn.TryWrite([]byte("late")); n > 0 {
			t.Error("a closed connection was written to")
		}
		_ = client.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, client); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the other end does not see it closed")
		}
	})
}

// Stop closes what is still open, waits for all goroutines, and refuses what
// comes later.
func TestStop(t *testing.T) {
	for name, pair := range map[string]func(*testing.T) (client, server net.Conn){"tcp": tcpPair, "tls": tlsPair} {
		t.Run(name, func(t *testing.T) {
			p := New(new(recordingCork))
			client, server := pair(t)
			defer client.Close()
			h := new(collector)
			conn := p.Adopt(server)
			conn.Start(h)
			p.Stop()
			_ = client.SetReadDeadline(time.Now().Add(patience))
			if n, err := client.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Error("the connection is open")
			}
			late, lateServer := pair(t)
			defer late.Close()
			lateConn := p.Adopt(lateServer)
			lateConn.Start(h)
			lateConn.QueueWrite([]byte("late"))
			lateConn.Close()
			p.Stop()
		})
	}
}
