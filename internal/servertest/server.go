// Package servertest starts the whole server in a test, wired as in production. Its
// clients send requests (client.go) or take part in calls (peer.go).
package servertest

import (
	"context"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"vidchat/internal/config"
	"vidchat/internal/enginetest/wait"
	"vidchat/internal/server"
)

// Timeout limits every wait of a test.
const Timeout = wait.Timeout

// Server is the whole program in a test, apart from its command line.
type Server struct {
	*Client         // of the main listener
	Admin   *Client // of the listener for operators
	Log     *Log

	t      testing.TB
	cancel context.CancelFunc
	stop   func() error
}

// Start runs a server with the BuiltClient.
func Start(t testing.TB, env map[string]string) *Server {
	t.Helper()
	return StartWith(t, BuiltClient, env)
}

// StartWith runs a server until the test ends, on free ports of the loopback interface
// and in a directory of its own. env has additional settings.
func StartWith(t testing.TB, client fs.FS, env map[string]string) *Server {
	t.Helper()
	c, err := Load(t, env)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Log: NewLog(), t: t}
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, server.Environment{Now: time.Now, LogTo: s.Log, Client: client, System: fstest.MapFS{}})
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		s.CloseIdleConnections()
		s.Admin.CloseIdleConnections()
		return <-ended
	})
	select {
	case address := <-s.Log.Listening():
		s.Client = NewClient(t, address)
		s.Admin = NewClient(t, s.Log.adminURL())
	case err := <-ended:
		t.Fatalf("the server ended at once: %v", err)
	}
	t.Cleanup(s.StopCleanly)
	return s
}

// Load returns the settings of a server on free ports, with those of env.
func Load(t testing.TB, env map[string]string) (config.Config, error) {
	t.Helper()
	free := map[string]string{"HOST": "127.0.0.1", "PORT": "0", "HTTP_PORT": "0", "ADMIN_ADDR": "127.0.0.1:0", "LOG_LEVEL": "debug"}
	return config.Load(func(name string) string {
		if value, set := env[name]; set {
			return value
		}
		return free[name]
	}, t.TempDir())
}

// BeginStop starts the shutdown without waiting for its end.
func (s *Server) BeginStop() { s.cancel() }

// Stop ends the server and waits. It always returns the same result.
func (s *Server) Stop() error { return s.stop() }

// StopCleanly ends the server, and fails the test if it ends with an error.
func (s *Server) StopCleanly() {
	s.t.Helper()
	if err := s.stop(); err != nil {
		s.t.Errorf("the server ended with: %v", err)
	}
}

// Dial connects a client.
func (s *Server) Dial(version int, transport string) *Peer {
	s.t.Helper()
	return Dial(s.t, s.URL, version, transport)
}

// HostPort returns the address of the main listener.
func (s *Server) HostPort() (host, port string) {
	u, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Hostname(), u.Port()
}

// BuiltClient is a compiled client, as the build creates it.
var BuiltClient = fstest.MapFS{
	".gitkeep":             {},
	"index.html":           {Data: page("landing")},
	"call/index.html":      {Data: page("call")},
	"assets/call-Abc1.js":  {Data: []byte(strings.Repeat("console.log('call');\n", 100))},
	"assets/call-Abc1.css": {Data: []byte(strings.Repeat("body { margin: 0 }\n", 100))},
	"assets/i-Abc1.woff2":  {Data: []byte("wOF2....")},
	"assets/figtree-latin-wght-normal-Abc1.woff2": {Data: []byte("wOF2....")},
	"assets/call.js.map":                          {Data: []byte("{}")},
	"assets/.secret":                              {Data: []byte("dot")},
	"favicon.svg":                                 {Data: []byte("<svg/>")},
	"manifest.webmanifest":                        {Data: []byte("{}")},
	"sw.js":                                       {Data: []byte("addEventListener('fetch'")},
	"robots.txt":                                  {Data: []byte("User-agent: *")},
}

// UnbuiltClient is what is embedded if npm has not run.
var UnbuiltClient = fstest.MapFS{".gitkeep": {}}

func page(title string) []byte {
	return []byte("<!doctype html><title>" + title + "</title>" + strings.Repeat("<p>words, words, words</p>", 50))
}
