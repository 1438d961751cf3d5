package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidchat/internal/ice"
)

// iceConfig is the answer of /turn-server-config.
type iceConfig struct {
	ICEServers []ice.Server `json:"iceServers"`
}

func TestCredentials(t *testing.T) {
	const stun = `{"urls":"stun:stun.l.google.com:19302"}`
	s := start(t, builtClient, nil)
	if got, want := s.ask("GET", "/turn-server-config").body, `{"iceServers":[`+stun+"]}\n"; got != want {
		t.Errorf("without TURN: %q, want %q", got, want)
	}
	s = start(t, builtClient, map[string]string{"STUN_URLS": "none"})
	if got, want := s.ask("GET", "/turn-server-config").body, "{\"iceServers\":[]}\n"; got != want {
		t.Errorf("without anything: %q, want %q", got, want)
	}
	s = start(t, builtClient, map[string]string{"TURN_SERVER_URL": "t.example:3478,turns:u.example?transport=tcp", "TURN_SECRET": "north", "TURN_TTL": "2h"})
	var got iceConfig
	if err := json.Unmarshal([]byte(s.ask("GET", "/turn-server-config").body), &got); err != nil {
		t.Fatal(err)
	}
	expiry, _, _ := strings.Cut(got.ICEServers[0].Username, ":")
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if left := time.Until(time.Unix(seconds, 0)); err != nil || left < 119*time.Minute || left > 2*time.Hour {
		t.Errorf("the credential is good for %v (%v), want 2 h", left, err)
	}
	username, credential := ice.Credential("north", time.Unix(seconds, 0))
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
	alone := start(t, builtClient, nil)
	listed := start(t, builtClient, map[string]string{"ALLOWED_ORIGINS": "https://a.example"})
	open := start(t, builtClient, map[string]string{"ALLOWED_ORIGINS": "*"})
	for _, tt := range []struct {
		name         string
		server       *running
		origin, site string
		status       int
		allowed      string // Access-Control-Allow-Origin
	}{
		{"no browser", alone, "", "", 200, ""},
		{"our page", alone, "", "same-origin", 200, ""},
		{"our page, with its origin", alone, alone.url, "same-origin", 200, alone.url},
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
			got := tt.server.ask("GET", "/turn-server-config", headers...)
			if got.StatusCode != tt.status || strings.Contains(got.body, "iceServers") != (tt.status == 200) {
				t.Errorf("%s, %q", got.Status, got.body)
			}
			expectHeader(t, got, "Access-Control-Allow-Origin", tt.allowed)
			expectHeader(t, got, "Vary", "Origin")
			expectHeader(t, got, "Cache-Control", "no-store")

			headers = append(headers, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "x-app")
			preflight := tt.server.ask("OPTIONS", "/turn-server-config", headers...)
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
