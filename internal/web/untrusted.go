package web

import (
	"net/netip"

	"github.com/labstack/echo/v4"
)

// warnOfProxy logs, once, that requests come through a proxy that the server was
// not told about: its clients share one limit, or have none if it is on this
// machine. A client that writes the header itself has a public address.
func (s *Site) warnOfProxy(next echo.HandlerFunc) echo.HandlerFunc {
	if p := s.config.Proxies; p.Hops > 0 || len(p.Networks) > 0 {
		return next
	}
	return func(c echo.Context) error {
		r := c.Request()
		if r.Header.Get("X-Forwarded-For") != "" && isNear(r.RemoteAddr) {
			s.proxyWarning.Do(func() {
				s.log.Warn().Msg("requests come through a proxy, so limits by address do not work: set TRUST_PROXY")
			})
		}
		return next(c)
	}
}

// isNear reports whether an address is of this machine or a private network.
func isNear(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	addr := peer.Addr().Unmap()
	return err == nil && (addr.IsLoopback() || addr.IsPrivate())
}
