package turn

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
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

func TestICE(t *testing.T) {
	for _, tt := range []struct {
		name    string
		servers Servers
		want    string
	}{
		{"nothing", Servers{}, `[]`},
		{"STUN alone", Servers{STUN: []string{"stun:s.example:3478"}}, `[{"urls":"stun:s.example:3478"}]`},
		{
			"TURN and STUN",
			Servers{TURN: []string{"turn:t.example"}, STUN: []string{"stun:s.example"}, Secret: "north", TTL: 4 * time.Hour},
			`[{"urls":"turn:t.example","credential":"` + credential + `","username":"` + username + `"},{"urls":"stun:s.example"}]`,
		},
		{
			"two TURN",
			Servers{TURN: []string{"turn:t.example", "turns:t.example?transport=tcp"}, Secret: "north", TTL: 4 * time.Hour},
			`[{"urls":"turn:t.example","credential":"` + credential + `","username":"` + username + `"},` +
				`{"urls":"turns:t.example?transport=tcp","credential":"` + credential + `","username":"` + username + `"}]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.servers.ICE(now))
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
		s := Servers{TURN: []string{"turn:t.example"}, Secret: "north", TTL: ttl}
		entry := s.ICE(now)[0]
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

func TestParseTURN(t *testing.T) {
	for _, tt := range []struct {
		list string
		want []string
		err  error
	}{
		{"", nil, nil},
		{"turn.example.org:3478", []string{"turn:turn.example.org:3478"}, nil},
		{"turn.example.org", []string{"turn:turn.example.org"}, nil},
		{"coturn:3478", []string{"turn:coturn:3478"}, nil},
		{"192.0.2.7:3478", []string{"turn:192.0.2.7:3478"}, nil},
		{"[2001:db8::7]:3478", []string{"turn:[2001:db8::7]:3478"}, nil},
		{"turn:[2001:db8::7]", []string{"turn:[2001:db8::7]"}, nil},
		{"t.example:80?transport=tcp", []string{"turn:t.example:80?transport=tcp"}, nil},
		{"TURNS:t.example:443?transport=tcp", []string{"turns:t.example:443?transport=tcp"}, nil},
		{"a.example, turn:b.example,,c.example", []string{"turn:a.example", "turn:b.example", "turn:c.example"}, nil},
		{"a.example turn:a.example", []string{"turn:a.example"}, nil},
		{"turn://t.example:3478", nil, ErrSlashes},
		{"https://t.example", nil, ErrSlashes},
		{"stun:t.example", nil, ErrScheme},
		{"turn:", nil, ErrNoHost},
		{":3478", nil, ErrNoHost},
		{"t.example:0", nil, ErrPort},
		{"t.example:65536", nil, ErrPort},
		{"t.example:port", nil, ErrPort},
		{"t.example?transport=sctp", nil, ErrTransport},
		{"t.example?", nil, ErrTransport},
		{"2001:db8::7", nil, ErrHost},
		{"[t.example]:3478", nil, ErrHost},
		{"[192.0.2.7]:3478", nil, ErrHost},
		{"[fe80::1%eth0]:3478", nil, ErrHost},
		{"t.example/path", nil, ErrHost},
		{`t"example`, nil, ErrHost},
		{"user:password@t.example", nil, ErrUser},
	} {
		got, err := ParseTURN(tt.list)
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("ParseTURN(%q) = %q, %v; want %q, %v", tt.list, got, err, tt.want, tt.err)
		}
	}
}

func TestParseTURNKeepsPasswordsOutOfItsErrors(t *testing.T) {
	if _, err := ParseTURN("turn:user:hunter2@t.example"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
}

func TestParseSTUN(t *testing.T) {
	for _, tt := range []struct {
		list string
		want []string
		err  error
	}{
		{"stun:s.example:19302", []string{"stun:s.example:19302"}, nil},
		{"s.example", []string{"stun:s.example"}, nil},
		{"stuns:s.example", []string{"stuns:s.example"}, nil},
		{"turn:s.example", nil, ErrScheme},
		{"stun:s.example?transport=udp", nil, errQueryOnSTUN},
	} {
		got, err := ParseSTUN(tt.list)
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("ParseSTUN(%q) = %q, %v; want %q, %v", tt.list, got, err, tt.want, tt.err)
		}
	}
}

// Whatever is accepted is a URL of its scheme, and stays what it is when read again.
func FuzzParseTURN(f *testing.F) {
	for _, seed := range []string{"t.example:3478", "turns:[::1]:443?transport=tcp", "turn://x", "a,b c", "user@host"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		urls, err := ParseTURN(list)
		if err != nil {
			return
		}
		for _, url := range urls {
			if !strings.HasPrefix(url, "turn:") && !strings.HasPrefix(url, "turns:") {
				t.Fatalf("%q has no TURN scheme", url)
			}
		}
		again, err := ParseTURN(strings.Join(urls, ","))
		if err != nil || !slices.Equal(again, urls) {
			t.Fatalf("%q read again is %q, %v", urls, again, err)
		}
	})
}
