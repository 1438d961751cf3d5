package web_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidchat/internal/ice"
	"vidchat/internal/servertest"
)

// iceConfig is the answer of /turn-server-config.
type iceConfig struct {
	ICEServers []ice.Server `json:"iceServers"`
}

func TestCredentials(t *testing.T) {
	const stun = `{"urls":"stun:stun.l.google.com:19302"}`
	s := servertest.Start(t, nil)
	if got, want := s.Ask("GET", "/turn-server-config").Text, `{"iceServers":[`+stun+"]}\n"; got != want {
		t.Errorf("without TURN: %q, want %q", got, want)
	}
	s = servertest.Start(t, map[string]string{"STUN_URLS": "none"})
	if got, want := s.Ask("GET", "/turn-server-config").Text, "{\"iceServers\":[]}\n"; got != want {
		t.Errorf("without anything: %q, want %q", got, want)
	}
	s = servertest.Start(t, map[string]string{"TURN_SERVER_URL": "t.example:3478,turns:u.example?transport=tcp", "TURN_SECRET": "north", "TURN_TTL": "2h"})
	var got iceConfig
	if err := json.Unmarshal([]byte(s.Ask("GET", "/turn-server-config").Text), &got); err != nil {
		t.Fatal(err)
	}
	expiry, user, _ := strings.Cut(got.ICEServers[0].Username, ":")
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if left := time.Until(time.Unix(seconds, 0)); err != nil || left < 59*time.Minute || left > 2*time.Hour {
		t.Errorf("the credential is good for %v (%v), want 1 to 2 h", left, err)
	}
	username, credential := ice.Credential("north", user, time.Unix(seconds, 0))
	want := []ice.Server{
		{URLs: "turn:t.example:3478", Credential: credential, Username: username},
		{URLs: "turns:u.example?transport=tcp", Credential: credential, Username: username},
		{URLs: "stun:stun.l.google.com:19302"},
	}
	if len(got.ICEServers) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got.ICEServers[i] != want[i] {
			t.Errorf("entry %d is %+v, want %+v", i, got.ICEServers[i], want[i])
		}
	}
}

func TestCredentialsOfOtherSites(t *testing.T) {
	alone := servertest.Start(t, nil)
	listed := servertest.Start(t, map[string]string{"ALLOWED_ORIGINS": "https://a.example"})
	open := servertest.Start(t, map[string]string{"ALLOWED_ORIGINS": "*"})
	for _, tt := range []struct {
		name         string
		server       *servertest.Server
		origin, site string
		status       int
		allowed      string // Access-Control-Allow-Origin
	}{
		{"no browser", alone, "", "", 200, ""},
		{"our page", alone, "", "same-origin", 200, ""},
		{"our page, with its origin", alone, alone.URL, "same-origin", 200, alone.URL},
		{"another site", alone, "https://a.example", "cross-site", 403, ""},
		{"an image of another site", alone, "", "cross-site", 403, ""},
		{"a listed site", listed, "https://a.example", "cross-site", 200, "https://a.example"},
		{"a site not listed", listed, "https://b.example", "cross-site", 403, ""},
		{"any site", open, "https://b.example", "cross-site", 200, "*"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			headers := []string{"Sec-Fetch-Site", tt.site}
			if tt.origin != "" {
				headers = append(headers, "Origin", tt.origin)
			}
			got := tt.server.Ask("GET", "/turn-server-config", headers...)
			if got.StatusCode != tt.status || strings.Contains(got.Text, "iceServers") != (tt.status == 200) {
				t.Errorf("%s, %q", got.Status, got.Text)
			}
			expectHeader(t, got, "Access-Control-Allow-Origin", tt.allowed)
			expectHeader(t, got, "Vary", "Origin")
			expectHeader(t, got, "Cache-Control", "no-store")

			headers = append(headers, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "x-app")
			preflight := tt.server.Ask("OPTIONS", "/turn-server-config", headers...)
			if want := map[int]int{200: 204, 403: 403}[tt.status]; preflight.StatusCode != want {
				t.Errorf("the preflight got %s, want %d", preflight.Status, want)
			}
			expectHeader(t, preflight, "Access-Control-Allow-Origin", tt.allowed)
			if tt.status == 200 {
				expectHeader(t, preflight, "Access-Control-Allow-Methods", "GET, HEAD")
				expectHeader(t, preflight, "Access-Control-Allow-Headers", "x-app")
			}
		})
	}
}

// Behind nginx with "proxy_set_header Host $host", the answer says what is wrong.
func TestARefusedPageIsToldWhy(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true"})
	const differ = "the page is of https://chat.example:8443, but the request is for "
	for _, path := range []string{"/turn-server-config", servertest.Handshake} {
		got := s.Ask("GET", path, "Origin", "https://chat.example:8443", "Accept", "application/json")
		var answer struct{ Message string }
		if err := json.Unmarshal([]byte(got.Text), &answer); err != nil || got.StatusCode != 403 || !strings.Contains(answer.Message, differ+strings.TrimPrefix(s.URL, "http://")) {
			t.Errorf("%s: %s, %q (%v)", path, got.Status, got.Text, err)
		}
		if got := s.Ask("GET", path, "Origin", "https://chat.example:8443", "X-Forwarded-Host", "chat.example:8443"); got.StatusCode != 200 {
			t.Errorf("%s with X-Forwarded-Host: %s", path, got.Status)
		}
	}
	s.StopCleanly() // the log is whole only then
	if n := strings.Count(s.Log.String(), "a page was refused"); n != 1 {
		t.Errorf("the log has %d lines about it", n)
	}
}

func TestCredentialsAreLimitedByAddress(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "CREDENTIALS_PER_ADDRESS": "0.1/2", "TURN_SERVER_URL": "t.example", "TURN_SECRET": "north"})
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
		got := s.Ask("GET", "/turn-server-config", append(servertest.BehindProxy(step.forwarded), "Sec-Fetch-Site", step.site)...)
		if got.StatusCode != step.status {
			t.Errorf("%s: %s", step.name, got.Status)
		}
		if got.StatusCode != 429 {
			continue
		}
		expectHeader(t, got, "Retry-After", "10")
		expectHeader(t, got, "Content-Type", "application/json")
		expectHeader(t, got, "Cache-Control", "no-store")
		if !strings.HasPrefix(got.Text, `{"message":"Too many requests`) {
			t.Errorf("%s: %q", step.name, got.Text)
		}
	}
	expectMetrics(t, s, `vidchat_turn_credentials_total{result="issued"} 6`,
		`vidchat_turn_credentials_total{result="forbidden"} 1`, `vidchat_turn_credentials_total{result="limited"} 3`)
}

func TestRetryAfterIsAtLeastASecond(t *testing.T) {
	s := servertest.Start(t, map[string]string{"TRUST_PROXY": "true", "CREDENTIALS_PER_ADDRESS": "5/1"})
	s.Ask("GET", "/turn-server-config", servertest.BehindProxy("192.0.2.1")...)
	got := s.Ask("GET", "/turn-server-config", servertest.BehindProxy("192.0.2.1")...)
	if got.StatusCode != 429 {
		t.Fatal(got.Status)
	}
	expectHeader(t, got, "Retry-After", "1")
}
