package web_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/origin"
	"vidchat/internal/servertest"
	"vidchat/internal/web"
)

// startSite serves the routes around signaling that a test scripts.
func startSite(t *testing.T, signaling http.HandlerFunc) (*servertest.Client, *servertest.Log) {
	t.Helper()
	log := servertest.NewLog()
	site, err := web.New(web.Options{Guard: origin.NewGuard(origin.Policy{}, zerolog.New(log), time.Now), Log: zerolog.New(log), Now: time.Now, Client: servertest.BuiltClient, Signaling: signaling})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(site.Public(), zerolog.New(log))
	server.Start()
	t.Cleanup(server.Close)
	return servertest.NewClient(t, server.URL), log
}

func TestSocketPathsReachSignaling(t *testing.T) {
	s, _ := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
	})
	for _, method := range []string{"GET", "POST", "OPTIONS", "PUT"} {
		for _, path := range []string{"/socket.io", "/socket.io/", "/socket.io/deeper"} {
			got := s.Ask(method, path+"?EIO=4&transport=polling")
			if want := method + " " + path; got.Text != want {
				t.Errorf("%s: %s, %q", want, got.Status, got.Text)
			}
			for _, name := range []string{"Content-Security-Policy", "X-Frame-Options", "Content-Encoding"} {
				expectHeader(t, got, name, "")
			}
		}
	}
}

func TestSignalingCanTakeTheConnection(t *testing.T) {
	s, _ := startSite(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\n\r\ntaken")
	})
	conn := s.DialTCP()
	_, _ = io.WriteString(conn, "GET /socket.io/ HTTP/1.1\r\nHost: h\r\n\r\n")
	if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "taken") {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestAPanicEndsOneRequest(t *testing.T) {
	s, log := startSite(t, func(http.ResponseWriter, *http.Request) { panic("north") })
	got := s.Ask("GET", "/socket.io/?sid=secret", "Accept", "text/html")
	if got.StatusCode != 500 || strings.Contains(got.Text, "north") || !strings.Contains(got.Text, "Something went wrong") {
		t.Errorf("%s, %.200q", got.Status, got.Text)
	}
	if text := log.String(); !strings.Contains(text, "north") || !strings.Contains(text, "middleware_test.go") {
		t.Errorf("the log lacks the panic or its stack: %s", text)
	}
	if got := s.Ask("GET", "/healthz"); got.StatusCode != 200 {
		t.Errorf("afterwards /healthz answered %s", got.Status)
	}
}

func TestAccessLog(t *testing.T) {
	s, log := startSite(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	s.Ask("GET", "/socket.io/?EIO=4&sid=secret")
	s.Ask("GET", "/call?room=secret")
	s.Ask("GET", "/secret")
	s.Ask("GET", "/turn-server-config?secret", "Origin", "https://other.example")
	want := []string{
		`"level":"debug","method":"GET","route":"/socket.io/*","status":400`,
		`"level":"debug","method":"GET","route":"/call","status":200`,
		`"level":"debug","method":"GET","route":"","status":404`,
		`"level":"warn","origin":"https://other.example","host":"an-address:`,
		`"level":"debug","method":"GET","route":"/turn-server-config","status":403`,
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %s", len(lines), lines)
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) {
			t.Errorf("line %d is %s, want %s", i, line, want[i])
		}
		for _, secret := range []string{"secret", "127.0.0.1"} {
			if strings.Contains(line, secret) {
				t.Errorf("line %d shows %q: %s", i, secret, line)
			}
		}
	}
}

func TestLibrariesLogThroughOurs(t *testing.T) {
	log := servertest.NewLog()
	web.NewServer(nil, zerolog.New(log)).ErrorLog.Print("http: something")
	if want := `{"level":"warn","from":"http","message":"http: something"}` + "\n"; log.String() != want {
		t.Errorf("got %s, want %s", log, want)
	}
}

// bodyTimeout is how long a client may take with a body that nobody asked for.
const bodyTimeout = 10 * time.Second

// Our deadlines for pages must not outlive them on a connection that a poll uses
// next, and an unwanted body must not hold a connection for ever.
func TestDeadlinesOfPagesEndWithThem(t *testing.T) {
	t.Parallel() // it waits as long as a body may take
	s, _ := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(bodyTimeout + time.Second)
		if r.Context().Err() == nil {
			_, _ = io.WriteString(w, "polled")
		}
	})
	stuck := s.DialTCP()
	_, _ = io.WriteString(stuck, "GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
	conn := s.DialTCP()
	answers := bufio.NewReader(conn)
	for _, path := range []string{"/healthz", "/socket.io/"} {
		_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(path, err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || (path == "/socket.io/" && string(body) != "polled") {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
	_ = stuck.SetReadDeadline(time.Now().Add(bodyTimeout))
	if _, err := io.Copy(io.Discard, stuck); err != nil {
		t.Errorf("the connection with half a body is still open: %v", err)
	}
}
