package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	now    = time.Unix(1_700_000_000, 999_000_000)
	client = netip.MustParsePrefix("192.0.2.1/32")
)

// The password was computed by
// printf %s 1700014400:CHATSERVICE | openssl dgst -sha1 -hmac north -binary | base64
func TestCredential(t *testing.T) {
	username, credential := Credential("north", "CHATSERVICE", time.Unix(1_700_014_400, 0))
	if username != "1700014400:CHATSERVICE" || credential != "ihoiU4S6tfopkoiHqGwG4+UBfbs=" {
		t.Errorf("got %s, %s", username, credential)
	}
}

func TestServers(t *testing.T) {
	username, credential := Credential("north", user("north", client, "a"), time.Unix(1_700_013_600, 0)) // 4 h after 22:00
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
			got, err := json.Marshal(tt.config.Servers(client, "a", now))
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
		seen := make(map[string]bool)
		for later := time.Duration(0); later < 4*ttl; later += ttl / 100 {
			entry := c.Servers(client, "a", now.Add(later))[0]
			expiry, _, _ := strings.Cut(entry.Username, ":")
			seconds, err := strconv.ParseInt(expiry, 10, 64)
			if left := time.Unix(seconds, 0).Sub(now.Add(later)); err != nil || left < ttl/2-time.Second || left > ttl {
				t.Errorf("ttl %v: it is valid for %v (%v)", ttl, left, err)
			}
			mac := hmac.New(sha1.New, []byte("north"))
			mac.Write([]byte(entry.Username))
			if raw, err := base64.StdEncoding.DecodeString(entry.Credential); err != nil || !hmac.Equal(raw, mac.Sum(nil)) {
				t.Errorf("ttl %v: credential %q is not the padded base64 of the HMAC (%v)", ttl, entry.Credential, err)
			}
			seen[entry.Username] = true
		}
		if len(seen) > 9 {
			t.Errorf("ttl %v: %d credentials in four times that", ttl, len(seen))
		}
	}
}

// However many sessions an address opens, they are a few users, which nobody else is.
func TestUsersOfAnAddress(t *testing.T) {
	users := make(map[string]int)
	for _, tt := range []struct {
		client string
		most   int
	}{
		{"192.0.2.1/32", usersPerAddress}, {"192.0.2.2/32", usersPerAddress}, {"2001:db8::/64", usersPerAddress},
		{"2001:db8:0:1::/64", usersPerAddress}, {"127.0.0.1/32", 1000}, {"::/64", 1000},
	} {
		before := len(users)
		for i := range 1000 {
			name := user("north", netip.MustParsePrefix(tt.client), strconv.Itoa(i))
			users[name]++
			if len(name) != 12 || name != user("north", netip.MustParsePrefix(tt.client), strconv.Itoa(i)) {
				t.Errorf("the name is %q", name)
			}
		}
		if n := len(users) - before; n != tt.most && tt.client[:2] != "::" {
			t.Errorf("%s: %d users", tt.client, n)
		}
	}
}
