package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/web"
)

// scripted is signaling that does what a test says.
type scripted struct {
	http.Handler
	run      func(context.Context) error
	shutdown func(context.Context) error
}

func (s scripted) Run(ctx context.Context) error      { return s.run(ctx) }
func (s scripted) Sessions() int                      { return 0 }
func (s scripted) Shutdown(ctx context.Context) error { return s.shutdown(ctx) }

func untilDone(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func atOnce(context.Context) error        { return nil }

// shortDrain is the drain time in tests that use up all of it.
const shortDrain = time.Second

// runProcess runs a process around a handler and returns its address, its end and
// its log.
func runProcess(t *testing.T, ctx context.Context, s scripted) (url string, ended <-chan error, log *lockedBuffer) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log = &lockedBuffer{}
	logger := zerolog.New(log)
	end := make(chan error, 1)
	p := &process{public: listener, http: web.NewServer(s.Handler, logger), signaling: s, drain: shortDrain, log: logger}
	go func() { end <- p.run(ctx) }()
	return "http://" + listener.Addr().String(), end, log
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// newClient has connections of its own, which a test closes at its end.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
}

func TestProcessEndsWithWhatBrokeIt(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct{ give, want error }{{broken, broken}, {nil, errEndedEarly}} {
		_, ended, _ := runProcess(t, t.Context(), scripted{
			http.NotFoundHandler(), func(context.Context) error { return tt.give }, atOnce,
		})
		if err := <-ended; !errors.Is(err, tt.want) {
			t.Errorf("ended with %v, want %v", err, tt.want)
		}
	}
}

func TestProcessDoesNotWaitForEver(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	_, ended, _ := runProcess(t, ctx, scripted{
		http.NotFoundHandler(), func(context.Context) error { <-release; return nil }, atOnce,
	})
	cancel()
	if err := <-ended; !errors.Is(err, errOverdue) {
		t.Errorf("ended with %v, want %v", err, errOverdue)
	}
}

// A request that runs when the shutdown begins is answered, and signaling says
// goodbye while new clients still get an answer.
func TestProcessAnswersWhatRunsBeforeItEnds(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(arrived)
			<-release
		}
		_, _ = io.WriteString(w, "answered")
	})
	client := newClient()
	defer client.CloseIdleConnections()
	var url string
	ctx, cancel := context.WithCancel(t.Context())
	url, ended, _ := runProcess(t, ctx, scripted{handler, untilDone, func(context.Context) error {
		defer close(release)
		response, err := client.Get(url + "/late")
		if err != nil {
			return err
		}
		return response.Body.Close()
	}})
	got := make(chan string, 1)
	go func() {
		response, err := client.Get(url + "/slow")
		if err != nil {
			got <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		got <- string(body)
	}()
	<-arrived
	cancel()
	if body := <-got; body != "answered" {
		t.Errorf("the running request got %q", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A request that does not end by itself is cut, still in time.
func TestProcessCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	arrived := make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	url, ended, log := runProcess(t, ctx, scripted{handler, untilDone, untilDone})
	client := newClient()
	defer client.CloseIdleConnections()
	got := make(chan error, 1)
	go func() {
		response, err := client.Get(url)
		if err == nil {
			err = response.Body.Close()
		}
		got <- err
	}()
	<-arrived
	start := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(start); took > shortDrain+wait.Timeout {
		t.Errorf("took %v", took)
	}
	if err := <-got; err == nil {
		t.Error("the endless request was answered")
	}
	for _, line := range []string{"some clients could not be told", "some requests had to be cut"} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("%q is not in the log", line)
		}
	}
}
