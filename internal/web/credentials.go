package web

import (
	"crypto/rand"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"vidchat/internal/ice"
	"vidchat/internal/limit"
)

// credentialsPath is where clients fetch TURN credentials. The original server
// has the same path.
const credentialsPath = "/turn-server-config"

// iceAnswer is what clients put into their RTCConfiguration.
type iceAnswer struct {
	ICEServers []ice.Server `json:"iceServers"`

	// CallStats asks the page to report how its calls go.
	CallStats bool `json:"callStats,omitempty"`
}

// credentials hands out TURN credentials. A credential lets its holder send traffic
// through the TURN server, so other sites get none, and no address gets thousands.
// The origin is checked first: a visit to another site must not use up the limit
// of the visitor's address.
func (s *Site) credentials(c echo.Context) error {
	if err := s.share(c); err != nil {
		s.metrics.credentials.WithLabelValues(credentialForbidden).Inc()
		return err
	}
	addr := s.config.Proxies.ClientAddr(c.Request())
	if wait, ok := s.credentialLimiter.Take(addr, s.now()); !ok {
		s.metrics.credentials.WithLabelValues(credentialLimited).Inc()
		return tooSoon(c, wait)
	}
	result := credentialIssued
	if len(s.config.ICE.TURN) == 0 {
		result = credentialNone
	}
	s.metrics.credentials.WithLabelValues(result).Inc()
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, iceAnswer{s.config.ICE.Servers(limit.Client(addr), rand.Text(), s.now()), s.config.CallStats})
}

// tooSoon always answers in JSON, since only programs ask here.
func tooSoon(c echo.Context, wait time.Duration) error {
	seconds := max(math.Ceil(wait.Seconds()), 1)
	h := c.Response().Header()
	h.Set("Retry-After", strconv.FormatFloat(seconds, 'f', 0, 64))
	h.Set("Cache-Control", "no-store")
	return c.JSON(errTooSoon.Code, errTooSoon)
}

// preflight answers a browser that asks whether another site may send a request.
func (s *Site) preflight(c echo.Context) error {
	if err := s.share(c); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Allow", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Max-Age", "600")
	h.Add("Vary", "Access-Control-Request-Headers")
	if asked := c.Request().Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	return c.NoContent(http.StatusNoContent)
}

// share checks the origin. If it may read the answer, the headers tell the
// browser so (Fetch standard, CORS protocol).
func (s *Site) share(c echo.Context) error {
	h, origin := c.Response().Header(), c.Request().Header.Get("Origin")
	h.Add("Vary", "Origin")
	if err := s.guard.Check(c.Request()); err != nil {
		answer := errOrigin
		answer.Message += " Here, " + err.Error() + "."
		return answer
	}
	switch {
	case s.guard.AllowsAny():
		h.Set("Access-Control-Allow-Origin", "*")
	case origin != "":
		h.Set("Access-Control-Allow-Origin", origin)
	}
	return nil
}
