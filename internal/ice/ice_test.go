package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

var now = time.Unix(1_700_000_000, 999_000_000)

// The credential was computed by
// printf %s 1700014400:CHATSERVICE | openssl dgst -sha1 -hmac north -binary | base64
const (
	username   = "1700014400:CHATSERVICE"
	credential = "ihoiU4S6tfopkoiHqGwG4+UBfbs="
)

func TestServers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		want   string
	}{
		{"nothing", Config{}, `[]`},
		{"STUN alone", Config{STUN: []string{"stun:s.example:3478"}}, `[{"urls":"stun:s.example:3478"}]`},
		{
			"TURN and STUN",
			Config{TURN: []string{"turn:t.example"}, STUN: []string{"stun:s.example"}, Secret: "north", TTL: 4 * time.Hour},
			`[{"urls":"turn:t.example","credential":"` + credential + `","username":"` + username + `"},{"urls":"stun:s.example"}]`,
		},
		{
			"two TURN",
			Config{TURN: []string{"turn:t.example", "turns:t.example?transport=tcp"}, Secret: "north", TTL: 4 * time.Hour},
			`[{"urls":"turn:t.example","credential":"` + credential + `","username":"` + username + `"},` +
				`{"urls":"turns:t.example?transport=tcp","credential":"` + credential + `","username":"` + username + `"}]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.config.Servers(now))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestCredentialExpiresWithItsTTL(t *testing.T) {
	for _, ttl := range []time.Duration{time.Minute, 4 * time.Hour, 24 * time.Hour} {
		c := Config{TURN: []string{"turn:t.example"}, Secret: "north", TTL: ttl}
		entry := c.Servers(now)[0]
		expiry, _, _ := strings.Cut(entry.Username, ":")
		if want := strconv.FormatInt(now.Add(ttl).Unix(), 10); expiry != want {
			t.Errorf("ttl %v: expires at %s, want %s", ttl, expiry, want)
		}
		mac := hmac.New(sha1.New, []byte("north"))
		mac.Write([]byte(entry.Username))
		if raw, err := base64.StdEncoding.DecodeString(entry.Credential); err != nil || !hmac.Equal(raw, mac.Sum(nil)) {
			t.Errorf("ttl %v: credential %q is not the padded base64 of the HMAC (%v)", ttl, entry.Credential, err)
		}
	}
}
