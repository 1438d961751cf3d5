// Package origin says where a request comes from: from a page of which site, and
// from which address, behind whatever proxies there are.
//
// Read policy.go first; guard.go logs what it refuses.
package origin

import (
	"fmt"
	"net/http"
	"slices"
)

// Policy says which sites may use the API. The zero value allows only the pages
// that this server serves.
type Policy struct {
	Any     bool     // every site
	Listed  []string // other sites, as Parse returns them
	Proxies Proxies  // which say how the server is called outside
}

// Refused is why a request may not be made: the two values that differ. They are
// empty if the browser said only that the page is another site's.
type Refused struct{ Origin, Host string }

func (e *Refused) Error() string {
	if e.Origin == "" {
		return "the page is of another site"
	}
	return fmt.Sprintf("the page is of %s, but the request is for %s", e.Origin, e.Host)
}

// maxShown is how much of a value is shown, in bytes.
const maxShown = 200

// Check returns a *Refused if the site that a request comes from may not make it.
// Programs other than browsers send no Origin and may: the check protects the
// user of a browser from other sites, not the server from programs.
func (p Policy) Check(r *http.Request) error {
	origin := r.Header.Get("Origin")
	switch {
	case p.Any, origin == "" && !crossSite(r):
		return nil
	case origin == "":
		return &Refused{}
	}
	if hosts := p.Proxies.hosts(r); slices.ContainsFunc(hosts, func(host string) bool { return isHost(origin, host) }) {
		return nil
	}
	if named, ok := canonical(origin); ok && slices.Contains(p.Listed, named) {
		return nil
	}
	return &Refused{origin[:min(len(origin), maxShown)], r.Host[:min(len(r.Host), maxShown)]}
}

// crossSite reports whether a browser sent the request for another site without
// an Origin, as it does for elements (script, img) and links. See Fetch Metadata.
func crossSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}
