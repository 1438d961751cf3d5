package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// OriginPolicy says which web sites may use the API. The zero value lets in
// only the pages this server serves.
type OriginPolicy struct {
	Any    bool     // every site
	Listed []string // other sites, written as browsers write them: scheme://host[:port]
}

// Allows tells whether the site a request comes from may make it. Programs that
// are no browsers send no Origin and are let in: the check protects a browser's
// user from other sites, not the server from programs.
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

// crossSite finds the requests that browsers send for other sites without an
// Origin: those made by elements (script, img) and by links. See Fetch Metadata.
func crossSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// sameHost leaves the scheme aside, which a server behind a TLS proxy does not know.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
