package main

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddr is the address that limits count by. Behind a trusted proxy it is
// the entry of X-Forwarded-For that the proxy itself wrote, the right-most of
// the last line: whatever stands before came from the client, who could write a
// new one each time. What cannot be read counts as the proxy's own address.
func clientAddr(r *http.Request, trustProxy bool) netip.Addr {
	if trustProxy {
		if addr, ok := readAddr(lastEntry(r.Header.Values("X-Forwarded-For"))); ok {
			return addr
		}
	}
	addr, _ := readAddr(r.RemoteAddr)
	return addr
}

// readAddr takes what proxies write: an address, some with a port behind it or
// with brackets around it.
func readAddr(text string) (addr netip.Addr, ok bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil
}
