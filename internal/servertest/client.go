package servertest

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Handshake opens an Engine.IO 4 session over polling.
const Handshake = "/socket.io/?EIO=4&transport=polling"

// Client sends requests to one listener. It returns responses unchanged: it follows no
// redirect and decompresses nothing.
type Client struct {
	URL string

	t    testing.TB
	http *http.Client
}

// NewClient returns a client of the server at a URL without a path.
func NewClient(t testing.TB, url string) *Client {
	c := &Client{URL: url, t: t, http: &http.Client{
		Transport:     &http.Transport{DisableCompression: true, TLSClientConfig: anyCertificate.Clone(), ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       2 * Timeout,
	}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// anyCertificate trusts every server: whom a certificate is for is tested elsewhere.
var anyCertificate = &tls.Config{InsecureSkipVerify: true}

// Answer is a response whose body was read.
type Answer struct {
	*http.Response
	Text string
}

// Ask sends a request without a body. Headers are name, value, name, value.
func (c *Client) Ask(method, path string, headers ...string) Answer {
	c.t.Helper()
	return c.Send(method, path, "", headers...)
}

// Send sends a request with a body.
func (c *Client) Send(method, path, body string, headers ...string) Answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return Answer{response, string(text)}
}

// BehindProxy returns the header with which a proxy forwards a request from an address.
// Limits do not apply to loopback addresses.
func BehindProxy(address string) []string { return []string{"X-Forwarded-For", address} }

// DialTCP opens a connection on which a test writes its own bytes.
func (c *Client) DialTCP() net.Conn {
	c.t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(c.URL, "http://"), Timeout)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// CloseIdleConnections closes the connections that no request uses.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }
