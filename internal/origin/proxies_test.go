package origin

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientAddr(t *testing.T) {
	const proxy = "198.51.100.1"
	for _, tt := range []struct {
		name      string
		trust     bool
		remote    string
		forwarded []string // header lines
		want      string
	}{
		{"no proxy", false, proxy + ":555", nil, proxy},
		{"no proxy, IPv6", false, "[2001:db8::1]:555", nil, "2001:db8::1"},
		{"no proxy, IPv4 in IPv6", false, "[::ffff:192.0.2.1]:555", nil, "192.0.2.1"},
		{"written by a client without a proxy", false, proxy + ":555", []string{"192.0.2.1"}, proxy},
		{"behind a proxy", true, proxy + ":555", []string{"192.0.2.1"}, "192.0.2.1"},
		{"written by the client", true, proxy + ":555", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1"},
		{"written by the client, without a blank", true, proxy + ":555", []string{"203.0.113.9,192.0.2.1"}, "192.0.2.1"},
		{"a line of the client's own", true, proxy + ":555", []string{"203.0.113.9, 203.0.113.8", "192.0.2.1"}, "192.0.2.1"},
		{"the client claims to be this machine", true, proxy + ":555", []string{"127.0.0.1, 192.0.2.1"}, "192.0.2.1"},
		{"with a port", true, proxy + ":555", []string{"192.0.2.1:4711"}, "192.0.2.1"},
		{"IPv6", true, proxy + ":555", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", true, proxy + ":555", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with a port", true, proxy + ":555", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		{"nothing from the proxy", true, proxy + ":555", nil, proxy},
		{"an empty last line", true, proxy + ":555", []string{"192.0.2.1", ""}, proxy},
		{"an empty last entry", true, proxy + ":555", []string{"192.0.2.1,"}, proxy},
		{"rubbish", true, proxy + ":555", []string{"192.0.2.1, unknown"}, proxy},
		{"a name", true, proxy + ":555", []string{"client.example"}, proxy},
		{"a socket without addresses", true, "@", nil, "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		r.Header["X-Forwarded-For"] = tt.forwarded
		proxies := Proxies{}
		if tt.trust {
			proxies.Hops = 1
		}
		if got := proxies.ClientAddr(r).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSeveralProxies(t *testing.T) {
	cdn := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("10.0.0.0/8")}}
	for _, tt := range []struct {
		name      string
		proxies   Proxies
		remote    string
		forwarded string
		want      string
	}{
		{"a CDN and a router", Proxies{Hops: 2}, "10.0.0.1:5", "192.0.2.1, 198.51.100.7", "192.0.2.1"},
		{"written by the client", Proxies{Hops: 2}, "10.0.0.1:5", "203.0.113.9, 192.0.2.1, 198.51.100.7", "192.0.2.1"},
		{"past the CDN", Proxies{Hops: 2}, "10.0.0.1:5", "192.0.2.1", "192.0.2.1"},
		{"rubbish", Proxies{Hops: 2}, "10.0.0.1:5", "unknown, 198.51.100.7", "10.0.0.1"},
		{"networks", cdn, "10.0.0.1:5", "192.0.2.1, 198.51.100.7", "192.0.2.1"},
		{"networks, written by the client", cdn, "10.0.0.1:5", "203.0.113.9, 192.0.2.1, 198.51.100.7", "192.0.2.1"},
		{"networks, past the CDN with one of its own", cdn, "10.0.0.1:5", "203.0.113.9, 192.0.2.1", "192.0.2.1"},
		{"networks, not through a proxy", cdn, "192.0.2.1:5", "203.0.113.9", "192.0.2.1"},
		{"networks, from the proxy itself", cdn, "10.0.0.1:5", "", "10.0.0.1"},
		{"networks, rubbish", cdn, "10.0.0.1:5", "unknown, 198.51.100.7", "198.51.100.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		r.Header.Set("X-Forwarded-For", tt.forwarded)
		if got := tt.proxies.ClientAddr(r).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestHTTPSIsWhatTheOutermostProxySaw(t *testing.T) {
	for _, tt := range []struct {
		proxies Proxies
		proto   string
		want    bool
	}{
		{Proxies{}, "https", false},
		{Proxies{Hops: 1}, "https", true},
		{Proxies{Hops: 1}, "https, http", false},
		{Proxies{Hops: 2}, "https, http", true},
		{Proxies{Hops: 2}, "https", true},
		{Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, "HTTPS", true},
		{Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, "https, http", true},
		{Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/32")}}, "https", false},
	} {
		r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1
		r.Header.Set("X-Forwarded-Proto", tt.proto)
		if got := tt.proxies.HTTPS(r); got != tt.want {
			t.Errorf("%+v, %s: %v", tt.proxies, tt.proto, got)
		}
	}
}

// Whatever a client puts in front, the proxy's entry counts.
func FuzzClientAddr(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "[::1]:80, ", "\"", ",,", "[[", "::1%eth0"} {
		f.Add(seed)
	}
	want := netip.MustParseAddr("192.0.2.1")
	f.Fuzz(func(t *testing.T, ours string) {
		for _, lines := range [][]string{{ours + ", 192.0.2.1"}, {ours + ",192.0.2.1:5"}, {ours, "192.0.2.1"}} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Forwarded-For"] = lines
			if got := (Proxies{Hops: 1}).ClientAddr(r); got != want {
				t.Errorf("%q: %s", lines, got)
			}
		}
	})
}

func TestProxiesAre(t *testing.T) {
	inside, outside := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("192.0.2.1")
	networks := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for name, test := range map[string]struct {
		proxies             Proxies
		insideIs, outsideIs bool
	}{"none": {Proxies{}, false, false}, "one": {Proxies{Hops: 1}, true, true}, "networks": {networks, true, false}} {
		if test.proxies.Are(inside) != test.insideIs || test.proxies.Are(outside) != test.outsideIs {
			t.Errorf("%s: %v and %v", name, test.proxies.Are(inside), test.proxies.Are(outside))
		}
	}
}
