// Package socketkind runs the tests of a package over both kinds of socket of package
// netpoll: TCP, which uses the poller, and TLS, which blocks.
package socketkind

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

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
