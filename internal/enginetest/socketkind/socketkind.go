// Package socketkind runs the tests of a package over both kinds of socket of package
// netpoll: TCP, which uses the poller, and TLS, which blocks.
package socketkind

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// overTLS is set while the tests run over TLS.
var overTLS bool

var only = flag.String("sockets", "", "run the tests over one kind of socket only: tcp or tls")

// sideBySide is how many parallel tests run at once unless -parallel says otherwise:
// they mostly wait, so that the number of processors is too low.
const sideBySide = "32"

// Main runs all tests over TCP and then over TLS. It is for TestMain. It fails if a
// goroutine remains.
func Main(m *testing.M) {
	if err := flag.Set("test.parallel", sideBySide); err != nil {
		panic(err)
	}
	flag.Parse()
	code := 0
	for _, kind := range kinds() {
		overTLS = kind == "tls"
		if code = m.Run(); code == 0 {
			code = leaks(kind)
		}
		if code != 0 {
			fmt.Fprintf(os.Stderr, "failed over %s sockets; -sockets=%s runs these alone\n", kind, kind)
			break
		}
	}
	os.Exit(code)
}

// kinds returns the kinds to use. Benchmarks and fuzzing use one.
func kinds() []string {
	switch {
	case *only != "":
		return []string{*only}
	case isSet("test.bench"), isSet("test.fuzz"), isSet("test.list"):
		return []string{"tcp"}
	}
	return []string{"tcp", "tls"}
}

func isSet(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != ""
}

func leaks(kind string) (code int) {
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintf(os.Stderr, "over %s sockets: %v\n", kind, err)
		return 1
	}
	return 0
}

// Serve serves a handler over the kind of socket under test.
func Serve(h http.Handler) *httptest.Server {
	if overTLS {
		return httptest.NewTLSServer(h)
	}
	return httptest.NewServer(h)
}

// ClientTLS returns the settings with which clients trust a server from Serve. They are
// nil over TCP.
func ClientTLS(s *httptest.Server) *tls.Config {
	if t, ok := s.Client().Transport.(*http.Transport); ok && s.TLS != nil {
		return t.TLSClientConfig
	}
	return nil
}

// OverTLS reports whether the tests run over TLS.
func OverTLS() bool { return overTLS }

// Secure turns both ends of a TCP connection into a TLS connection.
func Secure(t testing.TB, client, server net.Conn) (secureClient, secureServer net.Conn) {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	settings := ClientTLS(web).Clone()
	settings.ServerName = "example.com" // which the certificate names
	c, s := tls.Client(client, settings), tls.Server(server, web.TLS)
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	if err := errors.Join(c.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	return c, s
}

// Client returns the client's end of a TLS connection to a server on loopback.
func Client(conn net.Conn, settings *tls.Config) net.Conn {
	settings = settings.Clone()
	settings.ServerName = "127.0.0.1"
	return tls.Client(conn, settings)
}
