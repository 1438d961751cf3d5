package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr is the address that limits count by. Behind a trusted proxy it is
// the entry of X-Forwarded-For that the proxy itself wrote, the right-most of the
// last line: everything before it came from the client, who could write a new one
// each time. If the entry is not an address, the proxy's own address counts.
func ClientAddr(r *http.Request, trustProxy bool) netip.Addr {
	if trustProxy {
		if addr, ok := parseAddr(lastEntry(r.Header.Values("X-Forwarded-For"))); ok {
			return addr
		}
	}
	addr, _ := parseAddr(r.RemoteAddr)
	return addr
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

// IsHTTPS reports whether the browser spoke TLS, to this server or to a trusted
// proxy.
func IsHTTPS(r *http.Request, trustProxy bool) bool {
	return r.TLS != nil || trustProxy && strings.EqualFold(lastEntry(r.Header.Values("X-Forwarded-Proto")), "https")
}

// lastEntry is what the nearest proxy wrote; entries before it came from outside.
func lastEntry(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}
