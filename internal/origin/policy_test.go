package origin

import (
	"bytes"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestPolicy(t *testing.T) {
	listed := Policy{Listed: parsed(t, "https://a.example:443", "HTTP://B.example.:8080", "capacitor://localhost", "ionic://localhost", "file://", "https://[::1]:9443")}
	for _, tt := range []struct {
		name         string
		policy       Policy
		host         string
		origin, site string // headers Origin and Sec-Fetch-Site
		want         bool
	}{
		{"no browser", Policy{}, "chat.example", "", "", true},
		{"a page of ours", Policy{}, "chat.example", "", "same-origin", true},
		{"typed into the address bar", Policy{}, "chat.example", "", "none", true},
		{"an element of another site", Policy{}, "chat.example", "", "cross-site", false},
		{"an element of a neighbour", Policy{}, "chat.example", "", "same-site", false},
		{"a script of ours", Policy{}, "chat.example", "https://chat.example", "same-origin", true},
		{"behind a TLS proxy", Policy{}, "chat.example", "http://chat.example", "", true},
		{"in capitals", Policy{}, "chat.example", "https://CHAT.example", "", true},
		{"a host in capitals", Policy{}, "CHAT.example", "https://chat.example", "", true},
		{"another port", Policy{}, "chat.example", "https://chat.example:444", "", false},
		{"another site", Policy{}, "chat.example", "https://evil.example", "", false},
		{"a longer name", Policy{}, "chat.example", "https://chat.example.evil.example", "", false},
		{"a sandboxed frame", Policy{}, "chat.example", "null", "", false},
		{"nonsense", Policy{}, "chat.example", "https://%zz", "", false},
		{"a default port in Host", Policy{}, "chat.example:443", "https://chat.example", "", true},
		{"a default port in Origin", Policy{}, "chat.example", "https://chat.example:443", "", true},
		{"the default port of http", Policy{}, "chat.example:80", "http://chat.example", "", true},
		{"the default port of the other scheme", Policy{}, "chat.example:443", "http://chat.example", "", false},
		{"the same port", Policy{}, "chat.example:8443", "https://chat.example:8443", "", true},
		{"no port in Host", Policy{}, "chat.example", "https://chat.example:8443", "", false},
		{"a WebSocket's scheme", Policy{}, "chat.example:443", "wss://chat.example", "", true},
		{"a WebSocket's scheme, without TLS", Policy{}, "chat.example:8080", "ws://chat.example:8080", "", true},
		{"an app's scheme", Policy{}, "chat.example", "capacitor://chat.example", "", false},
		{"a trailing dot", Policy{}, "chat.example", "https://chat.example.", "", true},
		{"a trailing dot in Host", Policy{}, "chat.example.:443", "https://chat.example", "", true},
		{"an address of version 6", Policy{}, "[2001:DB8::1]:443", "https://[2001:db8::1]", "", true},
		{"no host", Policy{}, "", "https://", "", false},
		{"listed", listed, "chat.example", "https://a.example", "cross-site", true},
		{"listed, with its default port", listed, "chat.example", "https://A.example:443", "", true},
		{"listed, as a WebSocket", listed, "chat.example", "wss://a.example", "", true},
		{"listed with a port", listed, "chat.example", "http://b.example:8080", "", true},
		{"listed with another scheme", listed, "chat.example", "http://a.example", "", false},
		{"listed without its port", listed, "chat.example", "http://b.example", "", false},
		{"listed, with a path", listed, "chat.example", "https://a.example/x", "", false},
		{"a listed address", listed, "chat.example", "https://[::1]:9443", "", true},
		{"a listed app", listed, "chat.example", "capacitor://localhost", "", true},
		{"another listed app", listed, "chat.example", "ionic://localhost", "", true},
		{"listed files", listed, "chat.example", "file://", "", true},
		{"listed, but not null", listed, "chat.example", "null", "", false},
		{"null", Policy{Listed: parsed(t, "null")}, "chat.example", "null", "", true},
		{"ours beside a list", listed, "chat.example", "https://chat.example", "", true},
		{"not listed", listed, "chat.example", "https://evil.example", "", false},
		{"anyone", Policy{Any: true}, "chat.example", "https://evil.example", "cross-site", true},
		{"anyone, without a name", Policy{Any: true}, "chat.example", "null", "cross-site", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Host = tt.host
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if err := tt.policy.Check(r); (err == nil) != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func parsed(t *testing.T, entries ...string) (origins []string) {
	t.Helper()
	for _, entry := range entries {
		origin, err := Parse(entry)
		if err != nil {
			t.Fatal(err)
		}
		origins = append(origins, origin)
	}
	return origins
}

// nginx with "proxy_set_header Host $host" takes the port away. Other headers
// may still have it.
func TestProxiesSayHowTheServerIsCalled(t *testing.T) {
	trusted := Policy{Proxies: Proxies{Hops: 1}}
	for _, tt := range []struct {
		name                     string
		policy                   Policy
		forwardedHost, forwarded string
		want                     bool
	}{
		{"nothing", trusted, "", "", false},
		{"the port", trusted, "", "8443", true},
		{"another port", trusted, "", "443", false},
		{"the host", trusted, "chat.example:8443", "", true},
		{"the host of two proxies", trusted, "chat.example:8443, inner", "", true},
		{"host and port", trusted, "chat.example", "8443", true},
		{"another host", trusted, "evil.example:8443", "", false},
		{"a proxy not to be trusted", Policy{}, "chat.example:8443", "8443", false},
		{"a network to be trusted", Policy{Proxies: Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}, "", "8443", true},
		{"another network", Policy{Proxies: Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}, "", "8443", false},
	} {
		r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1
		r.Host = "chat.example"
		r.Header.Set("Origin", "https://chat.example:8443")
		if tt.forwardedHost != "" {
			r.Header.Set("X-Forwarded-Host", tt.forwardedHost)
		}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-Port", tt.forwarded)
		}
		if err := tt.policy.Check(r); (err == nil) != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestRefusedOriginsAreLoggedOnceAMinute(t *testing.T) {
	var log bytes.Buffer
	now := time.Now()
	g := NewGuard(Policy{}, zerolog.New(&log), func() time.Time { return now })
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "chat.example"
	r.Header.Set("Origin", "https://chat.example:8443")
	for range 3 {
		err := g.Check(r)
		if err == nil || err.Error() != "the page is of https://chat.example:8443, but the request is for chat.example" {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), `"origin":"https://chat.example:8443","host":"chat.example"`) {
		t.Errorf("%d lines: %s", got, &log)
	}
	log.Reset()
	now = now.Add(logInterval)
	r.Host = "192.0.2.1:4000"
	r.Header.Set("Origin", "http://[2001:db8::1]:4001")
	if g.Check(r) == nil || !strings.Contains(log.String(), `"origin":"http://an-address:4001","host":"an-address:4000"`) {
		t.Errorf("logged %s", &log)
	}
	if r.Header.Del("Origin"); g.Check(r) != nil {
		t.Error("a program was refused")
	}
}
