package server_test

import (
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// A client whose address changes with each request, as behind some routers of mobile
// networks, stays in its session, which counts for the address that opened it.
func TestPollsFromChangingAddresses(t *testing.T) {
	t.Parallel() // it mostly waits
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "SESSIONS_PER_ADDRESS": "1", "NEW_SESSIONS_PER_ADDRESS": "1/1"})
	requests := 0
	ask := func(method, query, body string) string {
		t.Helper()
		requests++
		got := s.Send(method, servertest.Handshake+query, body, servertest.BehindProxy(fmt.Sprintf("192.0.2.%d", requests))...)
		if got.StatusCode != 200 {
			t.Fatalf("request %d, %s %s: %s, %q", requests, method, body, got.Status, got.Text)
		}
		return got.Text
	}
	_, rest, _ := strings.Cut(ask("GET", "", ""), `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	of := "&sid=" + sid
	ask("POST", of, "40")
	ask("GET", of, "")
	ask("POST", of, `42["create or join","room"]`)
	if got := ask("GET", of, ""); !strings.HasPrefix(got, `42["created","room"`) {
		t.Errorf("polled %q", got)
	}
	for n := range 20 {
		ask("POST", of, fmt.Sprintf(`421["enter","room",{},%d]`, n)) // each is answered with an ack
		if got := ask("GET", of, ""); !strings.Contains(got, `43`) {
			t.Errorf("polled %q", got)
		}
	}
	for address, want := range map[string]int{"192.0.2.1": 429, "192.0.2.2": 200} {
		if got := s.Ask("GET", servertest.Handshake, servertest.BehindProxy(address)...); got.StatusCode != want {
			t.Errorf("a new session of %s: %s, want %d", address, got.Status, want)
		}
	}
}
