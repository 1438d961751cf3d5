// Package balancer is a load balancer for tests. It gives each request to the next of
// several servers, wherever the requests before it went, and each WebSocket too; only
// handshakes have a server of their own.
package balancer

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// Balancer is the balancer in front of some servers.
type Balancer struct {
	URL     string
	first   *url.URL   // for handshakes
	targets []*url.URL // for all others
	next    atomic.Uint64
}

func parse(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Start starts a balancer for the servers at some URLs, until the test ends. Handshakes go
// to the first of them.
func Start(t testing.TB, first string, targets ...string) *Balancer {
	t.Helper()
	b := &Balancer{first: parse(t, first)}
	for _, target := range targets {
		b.targets = append(b.targets, parse(t, target))
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(b.target(r.In))
			r.Out.Host = r.In.Host
		},
		Transport: transport,
		ErrorLog:  log.New(io.Discard, "", 0), // clients come and go
	})
	b.URL = s.URL
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		transport.CloseIdleConnections()
	})
	return b
}

func (b *Balancer) target(r *http.Request) *url.URL {
	if !r.URL.Query().Has("sid") {
		return b.first
	}
	return b.targets[b.next.Add(1)%uint64(len(b.targets))]
}
