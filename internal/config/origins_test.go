package config

import (
	"net/http/httptest"
	"testing"
)

func TestOriginPolicy(t *testing.T) {
	listed := OriginPolicy{Listed: []string{"https://a.example", "http://b.example:8080"}}
	for _, tt := range []struct {
		name         string
		policy       OriginPolicy
		origin, site string // headers Origin and Sec-Fetch-Site
		want         bool
	}{
		{"no browser", OriginPolicy{}, "", "", true},
		{"a page of ours", OriginPolicy{}, "", "same-origin", true},
		{"typed into the address bar", OriginPolicy{}, "", "none", true},
		{"an element of another site", OriginPolicy{}, "", "cross-site", false},
		{"an element of a neighbour", OriginPolicy{}, "", "same-site", false},
		{"a script of ours", OriginPolicy{}, "https://chat.example", "same-origin", true},
		{"behind a TLS proxy", OriginPolicy{}, "http://chat.example", "", true},
		{"in capitals", OriginPolicy{}, "https://CHAT.example", "", true},
		{"another port", OriginPolicy{}, "https://chat.example:444", "", false},
		{"another site", OriginPolicy{}, "https://evil.example", "", false},
		{"a longer name", OriginPolicy{}, "https://chat.example.evil.example", "", false},
		{"a sandboxed frame", OriginPolicy{}, "null", "", false},
		{"nonsense", OriginPolicy{}, "https://%zz", "", false},
		{"listed", listed, "https://a.example", "cross-site", true},
		{"listed with a port", listed, "http://b.example:8080", "", true},
		{"listed with another scheme", listed, "http://a.example", "", false},
		{"listed without its port", listed, "http://b.example", "", false},
		{"ours beside a list", listed, "https://chat.example", "", true},
		{"not listed", listed, "https://evil.example", "", false},
		{"anyone", OriginPolicy{Any: true}, "https://evil.example", "cross-site", true},
		{"anyone, without a name", OriginPolicy{Any: true}, "null", "cross-site", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://chat.example/", nil)
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if got := tt.policy.Allows(r); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
