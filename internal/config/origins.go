package config

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// OriginPolicy says which web sites may use the API. The zero value allows only
// the pages that this server serves.
type OriginPolicy struct {
	Any    bool     // every site
	Listed []string // other sites, written as browsers write them: scheme://host[:port]
}

// Allows reports whether the site that a request comes from may make it. Programs
// other than browsers send no Origin and are allowed: the check protects the user
// of a browser from other sites, not the server from programs.
func (p OriginPolicy) Allows(r *http.Request) bool {
	if p.Any {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return !crossSite(r)
	}
	return sameHost(origin, r.Host) || slices.Contains(p.Listed, strings.ToLower(origin))
}

// crossSite reports whether a browser sent the request for another site without
// an Origin, as it does for elements (script, img) and links. See Fetch Metadata.
func crossSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// sameHost ignores the scheme, which a server behind a TLS proxy does not know.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func readOrigins(c *Config, value string) error {
	for entry := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		if entry == "*" {
			c.Origins.Any = true
			continue
		}
		origin, err := parseOrigin(entry)
		if err != nil {
			return err
		}
		c.Origins.Listed = append(c.Origins.Listed, origin)
	}
	if c.Origins.Any && len(c.Origins.Listed) > 0 {
		return errors.New("* lets every site in, so remove it or the others")
	}
	return nil
}

// parseOrigin turns what an operator writes into what browsers send: lower case,
// no default port, no path.
func parseOrigin(entry string) (string, error) {
	u, err := url.Parse(strings.ToLower(entry))
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("write %q as https://host or https://host:port", entry)
	}
	if bare := (url.URL{Scheme: u.Scheme, Host: u.Host}); u.String() != bare.String() || strings.Contains(u.Host, "*") {
		return "", fmt.Errorf("write %q as %s://host, with nothing before or behind the host and without wildcards", entry, u.Scheme)
	}
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Scheme + "://" + u.Host, nil
}
