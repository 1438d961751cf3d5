package main

import (
	"slices"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
)

// behindProxy is how a proxy in front passes on a request of a client. Loopback
// itself is not limited.
func behindProxy(client string) []string { return []string{"X-Forwarded-For", client} }

func TestCredentialsAreLimitedByAddress(t *testing.T) {
	s := start(t, builtClient, map[string]string{"TRUST_PROXY": "true", "CREDENTIALS_PER_ADDRESS": "0.1/2"})
	for _, step := range []struct {
		name, forwarded, site string
		status                int
	}{
		{"the first", "192.0.2.1", "", 200},
		{"a page of another site uses nothing up", "192.0.2.1", "cross-site", 403},
		{"the second", "192.0.2.1", "", 200},
		{"one too many", "192.0.2.1", "", 429},
		{"with an address of its own in front", "203.0.113.9, 192.0.2.1", "", 429},
		{"another address", "192.0.2.2", "", 200},
		{"IPv6", "2001:db8::1", "", 200},
		{"a neighbour in the same /64", "2001:db8::2", "", 200},
		{"a third one", "2001:db8::3", "", 429},
		{"this machine", "127.0.0.1", "", 200},
	} {
		got := s.ask("GET", "/turn-server-config", append(behindProxy(step.forwarded), "Sec-Fetch-Site", step.site)...)
		if got.StatusCode != step.status {
			t.Errorf("%s: %s", step.name, got.Status)
		}
		if got.StatusCode != 429 {
			continue
		}
		expectHeader(t, got, "Retry-After", "10")
		expectHeader(t, got, "Content-Type", "application/json")
		expectHeader(t, got, "Cache-Control", "no-store")
		if !strings.HasPrefix(got.body, `{"message":"Too many requests`) {
			t.Errorf("%s: %q", step.name, got.body)
		}
	}
	s.expectMetrics(`vidchat_turn_credentials_total{result="issued"} 6`,
		`vidchat_turn_credentials_total{result="forbidden"} 1`, `vidchat_turn_credentials_total{result="limited"} 3`)
}

func TestRetryAfterIsAtLeastASecond(t *testing.T) {
	s := start(t, builtClient, map[string]string{"TRUST_PROXY": "true", "CREDENTIALS_PER_ADDRESS": "5/1"})
	s.ask("GET", "/turn-server-config", behindProxy("192.0.2.1")...)
	got := s.ask("GET", "/turn-server-config", behindProxy("192.0.2.1")...)
	if got.StatusCode != 429 {
		t.Fatal(got.Status)
	}
	expectHeader(t, got, "Retry-After", "1")
}

func TestNewSessionsAreLimited(t *testing.T) {
	for _, tt := range []struct {
		name    string
		env     map[string]string
		clients []string
		want    []int
	}{
		{"rate of an address", map[string]string{"NEW_SESSIONS_PER_ADDRESS": "0.1/1"}, []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, []int{200, 429, 200}},
		{"sessions of an address", map[string]string{"SESSIONS_PER_ADDRESS": "1"}, []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, []int{200, 429, 200}},
		{"sessions in all", map[string]string{"MAX_SESSIONS": "1"}, []string{"192.0.2.1", "192.0.2.2"}, []int{200, 429}},
		{"no proxy to trust", map[string]string{"SESSIONS_PER_ADDRESS": "1", "TRUST_PROXY": "false"}, []string{"192.0.2.1", "192.0.2.1"}, []int{200, 200}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"TRUST_PROXY": "true"}
			for name, value := range tt.env {
				env[name] = value
			}
			s := start(t, builtClient, env)
			var statuses []int
			for _, client := range tt.clients {
				got := s.ask("GET", handshake, behindProxy(client)...)
				statuses = append(statuses, got.StatusCode)
				if told := got.Header.Get("Retry-After") != ""; told != (got.StatusCode == 429) {
					t.Errorf("%s with Retry-After %q", got.Status, got.Header.Get("Retry-After"))
				}
			}
			if !slices.Equal(statuses, tt.want) {
				t.Errorf("answered %v, want %v", statuses, tt.want)
			}
		})
	}
}

func TestSessionsThatSendTooMuchEnd(t *testing.T) {
	for _, tt := range []struct{ setting, value, reason string }{
		{"PACKETS_PER_SESSION", "1/20", "too many packets"},
		{"BYTES_PER_SESSION", "1/65536", "too many bytes"},
	} {
		t.Run(tt.setting, func(t *testing.T) {
			s := start(t, builtClient, map[string]string{tt.setting: tt.value})
			p := s.dial(4, dialer.WebSocket)
			p.join("room")
			p.flood(`2["message","` + strings.Repeat("x", 4000) + `"]`)
			s.stopNow()
			if log := s.log.String(); !strings.Contains(log, `"reason":"`+tt.reason+`"`) {
				t.Errorf("the log does not say %q:\n%s", tt.reason, log)
			}
		})
	}
}

func TestRoomsAreLimited(t *testing.T) {
	s := start(t, builtClient, map[string]string{"MAX_ROOMS": "1"})
	first, second := s.dial(4, dialer.WebSocket), s.dial(3, dialer.WebSocket)
	if got := first.join("one"); !strings.HasPrefix(got, `2["created"`) {
		t.Errorf("the first got %s", got)
	}
	if got := second.join("two"); got != `2["busy","two"]` {
		t.Errorf("the second got %s", got)
	}
}
