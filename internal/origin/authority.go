package origin

import (
	"fmt"
	"net/url"
	"strings"
)

// authority is the host and the port of a URL.
type authority struct{ host, port string }

// defaultPorts are those of the schemes that can name a page of this server. A
// WebSocket has the authority of the page it belongs to, and some apps send its
// scheme as that of their origin.
var defaultPorts = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}

// authorityOf reads host[:port]. Without a port, it has the one given.
func authorityOf(host, port string) authority {
	u := url.URL{Host: strings.ToLower(host)}
	if own := u.Port(); own != "" {
		port = own
	}
	return authority{strings.TrimSuffix(u.Hostname(), "."), port}
}

func (a authority) String() string {
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.port == "" {
		return host
	}
	return host + ":" + a.port
}

// isHost reports whether an origin is a page of a host, as a Host header names
// it. The schemes are not compared, since a server behind a TLS proxy does not
// know its own.
func isHost(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	port, ok := defaultPorts[strings.ToLower(u.Scheme)]
	return ok && authorityOf(u.Host, port) == authorityOf(host, port)
}

// canonical is the one form of an origin by which origins are compared.
func canonical(origin string) (text string, ok bool) {
	origin = strings.ToLower(origin)
	if origin == "null" {
		return origin, true
	}
	u, err := url.Parse(origin)
	if err != nil || !strings.Contains(origin, "://") || !isBare(u) {
		return "", false
	}
	port, web := defaultPorts[u.Scheme]
	if !web { // an app's own, of which file:// has no host
		return u.Scheme + "://" + u.Host, true
	}
	a := authorityOf(u.Host, port)
	if a.port == port {
		a.port = ""
	}
	return strings.Replace(u.Scheme, "ws", "http", 1) + "://" + a.String(), a.host != ""
}

// isBare reports whether a URL is nothing but scheme and host.
func isBare(u *url.URL) bool {
	return u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil && !u.ForceQuery
}

// Parse reads an origin as an operator writes it.
func Parse(entry string) (string, error) {
	origin, ok := canonical(entry)
	u, err := url.Parse(strings.ToLower(entry))
	switch {
	case ok && !strings.Contains(origin, "*"):
		return origin, nil
	case err != nil || u.Scheme == "" || u.Hostname() == "":
		return "", fmt.Errorf("write %q as https://host or https://host:port", entry)
	}
	return "", fmt.Errorf("write %q as %s://host, with nothing before or behind the host and without wildcards", entry, u.Scheme)
}
