package forward

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vidchat/internal/cluster"
	"vidchat/internal/enginetest/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLink is a link between two nodes in one process.
type fakeLink struct {
	self    cluster.NodeID
	other   *fakeLink
	frames  chan []byte
	receive func(cluster.NodeID, []byte)
	lost    func(cluster.NodeID)
	backlog atomic.Int64
	sent    atomic.Int64
}

func (l *fakeLink) Send(_ cluster.NodeID, _ byte, body []byte) {
	l.sent.Add(int64(len(body)))
	l.other.frames <- bytes.Clone(body)
}
func (l *fakeLink) Handle(_ byte, receive func(cluster.NodeID, []byte)) { l.receive = receive }
func (l *fakeLink) OnLost(told func(cluster.NodeID))                    { l.lost = told }
func (l *fakeLink) Knows(id cluster.NodeID) bool                        { return id == l.other.self }
func (l *fakeLink) Backlog(cluster.NodeID) int                          { return int(l.backlog.Load()) }

// sessions answers what is forwarded, and notes which polls are to be answered.
type sessions struct {
	http.HandlerFunc
	answered chan string
}

func (s sessions) ServeForwarded(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r) }
func (s sessions) AnswerPoll(sid string)                                 { s.answered <- sid }

// pair is an edge behind HTTP and a home.
type pair struct {
	edge, home         *Server
	edgeLink, homeLink *fakeLink
	url                string
	answered           chan string
}

func startPair(t *testing.T, h http.HandlerFunc) *pair {
	t.Helper()
	p := &pair{answered: make(chan string, 10)}
	p.edgeLink, p.homeLink = &fakeLink{self: "edge", frames: make(chan []byte, 10_000)}, &fakeLink{self: "home", frames: make(chan []byte, 10_000)}
	p.edgeLink.other, p.homeLink.other = p.homeLink, p.edgeLink
	p.edge, p.home = New(p.edgeLink, 1000), New(p.homeLink, 1000)
	p.edge.Serve(sessions{})
	p.home.Serve(sessions{h, p.answered})
	ended := make(chan struct{})
	var dispatching sync.WaitGroup
	for _, l := range []*fakeLink{p.edgeLink, p.homeLink} {
		dispatching.Go(func() {
			for {
				select {
				case body := <-l.frames:
					l.receive(l.other.self, body)
				case <-ended:
					return
				}
			}
		})
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.edge.Forward(w, r, "home") {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	p.url = s.URL
	t.Cleanup(func() {
		p.edge.Close()
		p.home.Close()
		s.CloseClientConnections()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		close(ended)
		dispatching.Wait()
	})
	return p
}

func (p *pair) ask(t *testing.T, method, body string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(wait.Context(t), method, p.url+"/socket.io/?sid=s", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://o.example")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	all, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all)
}

func TestForward(t *testing.T) {
	p := startPair(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("X", r.Header.Get("Origin"))
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.Method+r.URL.Query().Get("sid")+string(body))
		if err == nil {
			err = http.NewResponseController(w).Flush()
		}
		if err != nil {
			t.Errorf("%v", err)
		}
	})
	if status, text := p.ask(t, "POST", "body"); status != 202 || text != "POSTsbody" {
		t.Errorf("got %d, %q", status, text)
	}
	if _, text := p.ask(t, "POST", strings.Repeat("x", 5000)); len(text) != len("POSTs")+1001 {
		t.Errorf("of a body that is too large, %d bytes were forwarded", len(text))
	}
	// A node that is behind gets nothing more.
	p.edgeLink.backlog.Store(maxBacklog)
	late := make(chan int, 1)
	go func() { status, _ := p.ask(t, "POST", "body"); late <- status }()
	sent := p.edgeLink.sent.Load()
	wait.Until(t, "the request waits", func() bool { return p.edge.open() == 1 })
	if p.edgeLink.sent.Load() != sent {
		t.Error("a request was sent to a node that is behind")
	}
	p.edgeLink.backlog.Store(0)
	if status := <-late; status != 202 {
		t.Errorf("got %d", status)
	}
}

// Whoever waits is told when the home is lost, and the home when the client, or its
// edge, has gone.
func TestForwardEnds(t *testing.T) {
	ended := make(chan error, 10)
	p := startPair(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		ended <- r.Context().Err()
	})
	begin := func(ctx context.Context) chan int {
		status := make(chan int, 1)
		go func() {
			r, _ := http.NewRequestWithContext(ctx, "GET", p.url+"/socket.io/?sid=s", nil)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				status <- 0
				return
			}
			_ = answer.Body.Close()
			status <- answer.StatusCode
		}()
		wait.Until(t, "the request is at its home", func() bool { p.home.mu.Lock(); defer p.home.mu.Unlock(); return len(p.home.homes) == 1 })
		return status
	}
	for name, end := range map[string]func(context.CancelFunc){
		"the client goes": func(cancel context.CancelFunc) { cancel() },
		"the edge is lost": func(context.CancelFunc) {
			p.home.lose("edge")
			p.edge.lose("home")
		},
	} {
		ctx, cancel := context.WithCancel(wait.Context(t))
		status := begin(ctx)
		end(cancel)
		<-ended
		if got := <-status; got != 0 && got != http.StatusTeapot {
			t.Errorf("%s: %d", name, got)
		}
		wait.Until(t, name+": nothing is left", func() bool {
			p.home.mu.Lock()
			defer p.home.mu.Unlock()
			return len(p.home.homes) == 0 && p.edge.open() == 0
		})
		cancel()
	}

	status := begin(wait.Context(t))
	draining := make(chan struct{})
	go func() { defer close(draining); p.edge.Drain(wait.Context(t)) }()
	if sid := <-p.answered; sid != "s" {
		t.Errorf("the poll of %q was to be answered", sid)
	}
	p.home.lose("edge")
	p.edge.lose("home")
	<-status
	<-draining
	if status, _ := p.ask(t, "GET", ""); status != http.StatusTeapot {
		t.Errorf("a node that stops forwarded a request: %d", status)
	}
}

// A client that does not read holds up its own WebSocket, and no more than a window of
// it is on its way.
func TestStreamsAreBounded(t *testing.T) {
	var written atomic.Int64
	p := startPair(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			for chunk := make([]byte, 1000); ; {
				n, err := conn.Write(chunk)
				written.Add(int64(n))
				if err != nil {
					return
				}
			}
		}()
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /socket.io/?sid=s HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	wait.Until(t, "the stream runs", func() bool { return written.Load() > 0 })
	last := int64(-1)
	wait.Until(t, "the writer waits", func() bool {
		time.Sleep(100 * time.Millisecond)
		now := written.Load()
		same := now == last
		last = now
		return same
	})
	p.edge.mu.Lock()
	for _, e := range p.edge.edges {
		st := e.stream.Load()
		st.mu.Lock()
		if len(st.queue) > window {
			t.Errorf("%d bytes wait for the client", len(st.queue))
		}
		st.mu.Unlock()
	}
	p.edge.mu.Unlock()
	// It reads on, and everything arrives.
	if n, err := io.CopyN(io.Discard, conn, last+10_000); err != nil {
		t.Errorf("after %d bytes: %v", n, err)
	}
	_ = conn.Close()
	wait.Until(t, "the stream ends at both", func() bool {
		p.home.mu.Lock()
		defer p.home.mu.Unlock()
		return len(p.home.homes) == 0 && p.edge.open() == 0
	})
}
