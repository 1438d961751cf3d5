package ice

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

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
