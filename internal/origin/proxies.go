package origin

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Proxies are those in front of the server. What they write into the headers of
// a request is believed; what was there before came from outside. The zero value
// is none.
type Proxies struct {
	Hops     int            // how many there are, one behind the other
	Networks []netip.Prefix // where they are, instead of their number
}

// Trusts reports whether a request came through the proxies.
func (p Proxies) Trusts(r *http.Request) bool {
	addr, _ := parseAddr(r.RemoteAddr)
	return p.Hops > 0 || p.contains(addr)
}

// Are reports whether connections from an address are those of a proxy. If only the
// number of proxies is known, all are.
func (p Proxies) Are(addr netip.Addr) bool { return p.Hops > 0 || p.contains(addr) }

func (p Proxies) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// ClientAddr is the address that limits count by: the entry of X-Forwarded-For
// that the outermost proxy wrote. A client could write a new one before it each
// time. If the entry is not an address, the nearest one that is known counts.
func (p Proxies) ClientAddr(r *http.Request) netip.Addr {
	addr, _ := parseAddr(r.RemoteAddr)
	entries := entriesOf(r, "X-Forwarded-For")
	if p.Hops > 0 {
		if client, ok := parseAddr(p.entry(entries)); ok {
			return client
		}
		return addr
	}
	for len(entries) > 0 && p.contains(addr) {
		before, ok := parseAddr(entries[len(entries)-1])
		if !ok {
			break
		}
		addr, entries = before, entries[:len(entries)-1]
	}
	return addr
}

// entry is what the outermost proxy wrote, if each added one. Where their number
// is unknown, it is the first.
func (p Proxies) entry(entries []string) string {
	switch {
	case len(entries) == 0:
		return ""
	case p.Hops == 0:
		return entries[0]
	}
	return entries[max(0, len(entries)-p.Hops)]
}

// HTTPS reports whether the browser spoke TLS, to this server or to a proxy.
func (p Proxies) HTTPS(r *http.Request) bool {
	if r.TLS != nil || !p.Trusts(r) {
		return r.TLS != nil
	}
	return strings.EqualFold(p.entry(entriesOf(r, "X-Forwarded-Proto")), "https")
}

// hosts are the names under which a request may have been made: its Host, and
// what the proxies say in X-Forwarded-Host and X-Forwarded-Port. A page of
// another site cannot set these without a preflight, which is refused.
func (p Proxies) hosts(r *http.Request) []string {
	all := []string{r.Host}
	if !p.Trusts(r) {
		return all
	}
	all = append(all, entriesOf(r, "X-Forwarded-Host")...)
	if port := p.entry(entriesOf(r, "X-Forwarded-Port")); port != "" {
		for _, host := range all {
			if u := (url.URL{Host: host}); u.Port() == "" {
				all = append(all, host+":"+port)
			}
		}
	}
	return all
}

// entriesOf are the entries of a header that is a list, on however many lines.
func entriesOf(r *http.Request, name string) []string {
	lines := r.Header.Values(name)
	if len(lines) == 0 {
		return nil
	}
	entries := strings.Split(strings.Join(lines, ","), ",")
	for i, entry := range entries {
		entries[i] = strings.TrimSpace(entry)
	}
	return entries
}

// parseAddr reads what proxies write: an address, sometimes in brackets or with a
// port.
func parseAddr(text string) (addr netip.Addr, ok bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil
}
