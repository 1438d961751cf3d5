package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/servertest"
)

// drainTimeout is the default of DRAIN_TIMEOUT.
const drainTimeout = 10 * time.Second

// While the server drains, it still answers that it is alive, that it is not ready,
// and that new sessions shall come later. Operators can watch until the end.
func TestDraining(t *testing.T) {
	s := servertest.Start(t, nil)
	sid := s.Dial(4, servertest.Polling).SID
	slow := s.DialTCP() // half a body, for which the shutdown waits a while
	_, _ = io.WriteString(slow, "POST "+servertest.Handshake+"&sid="+sid+" HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n42[")
	time.Sleep(100 * time.Millisecond)
	s.BeginStop()
	for _, tt := range []struct {
		name string
		got  servertest.Answer
		want int
		body string
	}{
		{"ready", s.Ask("GET", "/readyz"), http.StatusServiceUnavailable, "draining"},
		{"ready, for operators", s.Admin.Ask("GET", "/readyz"), http.StatusServiceUnavailable, "draining"},
		{"alive", s.Ask("GET", "/healthz"), http.StatusOK, "ok"},
		{"alive, for operators", s.Admin.Ask("GET", "/healthz"), http.StatusOK, "ok"},
		{"a new session", s.Ask("GET", servertest.Handshake), http.StatusServiceUnavailable, "restarting"},
		{"metrics", s.Admin.Ask("GET", "/metrics"), http.StatusOK, "vidchat_sessions"},
	} {
		if tt.got.StatusCode != tt.want || !strings.Contains(tt.got.Text, tt.body) {
			t.Errorf("%s: %s, %.80q", tt.name, tt.got.Status, tt.got.Text)
		}
		if told := tt.got.Header.Get("Retry-After") != ""; told != (tt.name == "a new session") {
			t.Errorf("%s: Retry-After is %q", tt.name, tt.got.Header.Get("Retry-After"))
		}
	}
}

// The shutdown answers a waiting poll instead of cutting it.
func TestTheEndAnswersPolls(t *testing.T) {
	t.Parallel() // it mostly waits
	s := servertest.Start(t, nil)
	opened := s.Ask("GET", servertest.Handshake).Text
	_, rest, _ := strings.Cut(opened, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	s.Send("POST", servertest.Handshake+"&sid="+sid, "40")
	if got := s.Ask("GET", servertest.Handshake+"&sid="+sid); !strings.HasPrefix(got.Text, "40") {
		t.Fatalf("the poll for the namespace got %s, %q", got.Status, got.Text)
	}
	polled := make(chan servertest.Answer, 1)
	go func() {
		defer close(polled) // also if the request fails
		polled <- s.Ask("GET", servertest.Handshake+"&sid="+sid)
	}()
	time.Sleep(500 * time.Millisecond) // the poll waits
	start := time.Now()
	if err := s.Stop(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if took := time.Since(start); took > drainTimeout {
		t.Errorf("it took %v", took)
	}
	if got, ok := <-polled; !ok || got.StatusCode != 200 || !strings.Contains(got.Text, `42["restarting"`) {
		t.Errorf("the poll got %q", got.Text)
	}
}

// A client that is between two polls when the shutdown begins is told by the next.
func TestTheEndWaitsForTheNextPoll(t *testing.T) {
	s := servertest.Start(t, nil)
	opened := s.Ask("GET", "/socket.io/?EIO=3&transport=polling").Text
	_, rest, _ := strings.Cut(opened, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	s.BeginStop()
	time.Sleep(300 * time.Millisecond)                        // as long as an answer and the next request take over a slow line
	for _, want := range []string{`42["restarting"`, "1:1"} { // each in an answer of its own
		got := s.Ask("GET", "/socket.io/?EIO=3&transport=polling&sid="+sid)
		if got.StatusCode != 200 || !strings.Contains(got.Text, want) {
			t.Errorf("the next poll got %s, %q", got.Status, got.Text)
		}
	}
}
