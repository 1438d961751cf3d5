package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

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

// shortDrain is the time to drain in tests that need all of it.
const shortDrain = time.Second

// live runs a process around a handler and returns its address, its end and its log.
func live(t *testing.T, ctx context.Context, s scripted) (url string, ended <-chan error, log *logCatcher) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log = &logCatcher{}
	logger := zerolog.New(log)
	end := make(chan error, 1)
	p := &process{http: web.NewServer(s.Handler, logger), signaling: s, drain: shortDrain, log: logger}
	go func() { end <- p.live(ctx, listener, nil) }()
	return "http://" + listener.Addr().String(), end, log
}

func TestProcessEndsWithWhatBrokeIt(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct{ give, want error }{{broken, broken}, {nil, errEndedEarly}} {
		_, ended, _ := live(t, t.Context(), scripted{
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
	_, ended, _ := live(t, ctx, scripted{
		http.NotFoundHandler(), func(context.Context) error { <-release; return nil }, atOnce,
	})
	cancel()
	if err := <-ended; !errors.Is(err, errOverdue) {
		t.Errorf("ended with %v, want %v", err, errOverdue)
	}
}

// A request that runs when the end comes is answered, and signaling says goodbye
// while new clients can still be turned away.
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
	url, ended, _ := live(t, ctx, scripted{handler, untilDone, func(context.Context) error {
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

// What does not end by itself is cut, still in time.
func TestProcessCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel() // it takes a while beside others that wait
	arrived := make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	url, ended, log := live(t, ctx, scripted{handler, untilDone, untilDone})
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
	begun := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(begun); took > shortDrain+time.Second {
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
