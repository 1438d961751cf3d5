package main

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"vidchat/internal/ice"
)

// iceAnswer is what clients put into their RTCConfiguration.
type iceAnswer struct {
	ICEServers []ice.Server `json:"iceServers"`
}

// credentials answers /turn-server-config. Who has a credential can send
// traffic through the TURN server, so other sites do not get one, and no address
// gets them by the thousand. The origin comes first: other sites must not use up
// what their visitors have here.
func (s *site) credentials(c echo.Context) error {
	if !s.mayShare(c) {
		s.metrics.credentials.WithLabelValues(credentialForbidden).Inc()
		return errOrigin
	}
	if wait, ok := s.askers.Take(clientAddr(c.Request(), s.config.TrustProxy), s.now()); !ok {
		s.metrics.credentials.WithLabelValues(credentialLimited).Inc()
		return tooSoon(c, wait)
	}
	s.metrics.credentials.WithLabelValues(credentialIssued).Inc()
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, iceAnswer{s.config.ICE.Servers(s.now())})
}

// tooSoon always speaks JSON, for what asks here is a program.
func tooSoon(c echo.Context, wait time.Duration) error {
	seconds := max(math.Ceil(wait.Seconds()), 1)
	h := c.Response().Header()
	h.Set("Retry-After", strconv.FormatFloat(seconds, 'f', 0, 64))
	h.Set("Cache-Control", "no-store")
	return c.JSON(errTooSoon.Code, errTooSoon)
}

// preflight answers a browser that asks ahead whether another site may ask.
func (s *site) preflight(c echo.Context) error {
	if !s.mayShare(c) {
		return errOrigin
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

// mayShare checks the origin and, where it may read the answer, says so to its
// browser (Fetch standard, CORS protocol).
func (s *site) mayShare(c echo.Context) bool {
	h, origin := c.Response().Header(), c.Request().Header.Get("Origin")
	h.Add("Vary", "Origin")
	if !s.config.Origins.Allows(c.Request()) {
		return false
	}
	switch {
	case s.config.Origins.Any:
		h.Set("Access-Control-Allow-Origin", "*")
	case origin != "":
		h.Set("Access-Control-Allow-Origin", origin)
	}
	return true
}
