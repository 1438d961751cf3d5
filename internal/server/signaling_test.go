package server_test

import (
	"slices"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

func TestSignalingIsMounted(t *testing.T) {
	t.Parallel() // it mostly waits
	alone := servertest.Start(t, map[string]string{"MAX_PACKET_BYTES": "5000"})
	open := servertest.Start(t, map[string]string{"ALLOWED_ORIGINS": "*"})
	for _, tt := range []struct {
		name   string
		server *servertest.Server
		path   string
		origin string
		status int
		body   string // a part of it
	}{
		{"Engine.IO 4", alone, servertest.Handshake, "", 200, `"maxPayload":5000`},
		{"Engine.IO 3", alone, "/socket.io/?EIO=3&transport=polling", "", 200, `"upgrades":["websocket"]`},
		{"without the slash", alone, "/socket.io?EIO=4&transport=polling", "", 200, `"sid":"`},
		{"our page", alone, servertest.Handshake, alone.URL, 200, `"sid":"`},
		{"another site", alone, servertest.Handshake, "https://evil.example", 403, `"code":4`},
		{"another site, let in", open, servertest.Handshake, "https://evil.example", 200, `"sid":"`},
		{"nonsense", alone, "/socket.io/?EIO=4&transport=pigeon", "", 400, `{"code":0,"message":"Transport unknown"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.origin != "" {
				headers = []string{"Origin", tt.origin}
			}
			got := tt.server.Ask("GET", tt.path, headers...)
			if got.StatusCode != tt.status || !strings.Contains(got.Text, tt.body) {
				t.Errorf("%s, %q", got.Status, got.Text)
			}
		})
	}
}

func TestNewSessionsAreLimited(t *testing.T) {
	t.Parallel() // it mostly waits
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
			s := servertest.Start(t, env)
			var statuses []int
			for _, client := range tt.clients {
				got := s.Ask("GET", servertest.Handshake, servertest.BehindProxy(client)...)
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
		{"PACKETS_PER_SESSION", "1/20", "too_many_packets"},
		{"BYTES_PER_SESSION", "1/65536", "too_many_bytes"},
	} {
		t.Run(tt.setting, func(t *testing.T) {
			s := servertest.Start(t, map[string]string{tt.setting: tt.value})
			p := s.Dial(4, servertest.WebSocket)
			p.Join("room")
			p.Flood(`2["message","` + strings.Repeat("x", 4000) + `"]`)
			s.StopCleanly()
			if log := s.Log.String(); !strings.Contains(log, `"reason":"`+tt.reason+`"`) {
				t.Errorf("the log does not say %q:\n%s", tt.reason, log)
			}
		})
	}
}

func TestRoomsAreLimited(t *testing.T) {
	s := servertest.Start(t, map[string]string{"MAX_ROOMS": "1"})
	first, second := s.Dial(4, servertest.WebSocket), s.Dial(3, servertest.WebSocket)
	if got := first.Join("one"); !strings.HasPrefix(got, `2["created"`) {
		t.Errorf("the first got %s", got)
	}
	if got := second.Join("two"); got != `2["busy","two"]` {
		t.Errorf("the second got %s", got)
	}
}
