package engineio

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"vidchat/internal/engineio/wire"
)

// stalledWriter writes when it is let, as to a client that does not read.
type stalledWriter struct {
	*httptest.ResponseRecorder
	begun, let chan struct{}
	err        error
}

func newStalledWriter() *stalledWriter {
	return &stalledWriter{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), let: make(chan struct{})}
}

func (w *stalledWriter) Write(b []byte) (int, error) {
	close(w.begun)
	<-w.let
	if w.err != nil {
		return 0, w.err
	}
	return w.ResponseRecorder.Write(b)
}

func (w *stalledWriter) SetWriteDeadline(time.Time) error { return nil }

func pollRequest() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

// The next poll waits until an answer is written, and until then nothing counts as
// arrived.
func TestOneUnwrittenAnswer(t *testing.T) {
	e := newTestServer(Config{})
	s := polledSession(t, e, wire.EngineIO4{})
	s.SendTracked(wire.NewMessage("first"))
	first, second := newStalledWriter(), httptest.NewRecorder()
	ended := make(chan struct{}, 2)
	poll := func(w http.ResponseWriter) {
		s.serveGet(w, pollRequest())
		ended <- struct{}{}
	}
	go poll(first)
	<-first.begun
	s.SendTracked(wire.NewMessage("second"))
	go poll(second)
	eventually(t, "the second poll waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.polling.getting && s.polling.early
	})
	s.mu.Lock()
	waiting := len(s.outbox.queue)
	s.mu.Unlock()
	if waiting != 1 || s.Delivered() != 0 {
		t.Errorf("%d wait and %d have arrived, while the first is not written", waiting, s.Delivered())
	}
	if s.heldBytes.Load() == 0 {
		t.Error("what is not written does not count as held")
	}
	close(first.let)
	<-ended
	<-ended
	if got := second.Body.String(); got != "4second" {
		t.Errorf("the second answer is %q", got)
	}
	if s.Delivered() != 1 || s.Reason() != "" {
		t.Errorf("%d have arrived, want 1; the session ended as %q", s.Delivered(), s.Reason())
	}
	if held := s.heldBytes.Load(); held != 0 {
		t.Errorf("%d bytes are held in the end", held)
	}
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// What was not written is lost, and the session with it.
func TestUnwrittenAnswerEndsSession(t *testing.T) {
	for want, err := range map[Reason]error{ReasonSlowReader: timeoutError{}, ReasonConnectionLost: errors.New("reset")} {
		s := polledSession(t, newTestServer(Config{}), wire.EngineIO4{})
		s.Send(wire.NewMessage("lost"))
		w := newStalledWriter()
		w.err = err
		close(w.let)
		s.serveGet(w, pollRequest())
		if s.Reason() != want {
			t.Errorf("%v: the session ended as %q", err, s.Reason())
		}
	}
}
