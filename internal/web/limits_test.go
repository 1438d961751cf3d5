package web_test

import (
	"net/http"
	"testing"

	"vidchat/internal/servertest"
)

// An address that sends too many requests waits for its answers, and is then refused.
// Others are answered.
func TestRequestsAreLimited(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "REQUESTS_PER_ADDRESS": "0.001/3"})
	one, other := servertest.BehindProxy("192.0.2.1"), servertest.BehindProxy("192.0.2.2")
	for range 3 {
		if got := s.Ask(http.MethodGet, "/healthz", one...); got.StatusCode != http.StatusOK {
			t.Fatalf("within the burst: %s", got.Status)
		}
	}
	for _, path := range []string{"/healthz", servertest.Handshake} {
		got := s.Ask(http.MethodGet, path, one...)
		if got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s past the burst: %s, Retry-After %q", path, got.Status, got.Header.Get("Retry-After"))
		}
	}
	for name, headers := range map[string][]string{"another address": other, "this machine": servertest.BehindProxy("127.0.0.1")} {
		if got := s.Ask(http.MethodGet, "/healthz", headers...); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, got.Status)
		}
	}
}

// One that sends a few too many is answered a moment later.
func TestRequestsWait(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "REQUESTS_PER_ADDRESS": "3/1"})
	for i := range 3 {
		if got := s.Ask(http.MethodGet, "/healthz", servertest.BehindProxy("192.0.2.1")...); got.StatusCode != http.StatusOK {
			t.Errorf("request %d: %s", i, got.Status)
		}
	}
}
