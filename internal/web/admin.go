package web

import (
	"net/http"
	"net/http/pprof"
	"strings"

	"github.com/labstack/echo/v4"
)

// adminRoutes lists what ADMIN_ADDR serves to operators and their programs.
func (s *Site) adminRoutes() *echo.Echo {
	e := s.newRouter()
	e.Use(recoverPanics(s.log))

	get(e, "/metrics", echo.WrapHandler(s.metrics.handler(s.log)))
	get(e, "/healthz", healthy)
	get(e, "/readyz", s.readyWithVerdict)
	for path, h := range map[string]http.HandlerFunc{
		"/debug/pprof/":        pprof.Index,
		"/debug/pprof/:name":   pprof.Index,
		"/debug/pprof/cmdline": pprof.Cmdline,
		"/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol":  pprof.Symbol,
		"/debug/pprof/trace":   pprof.Trace,
	} {
		get(e, path, echo.WrapHandler(h))
	}
	return e
}

// healthy answers as long as the process can answer at all.
func healthy(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(http.StatusOK, "ok")
}

// ready answers whether new calls may come here. Load balancers stop sending them
// when the shutdown begins; running calls go on until they are told.
func (s *Site) ready(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	status, text := s.readiness()
	return c.String(status, text)
}

// readiness is the status and text of an answer. A node that is cut off from the
// others stays ready, since they may all be: calls go on meanwhile.
func (s *Site) readiness() (status int, text string) {
	if s.draining() {
		return http.StatusServiceUnavailable, "draining"
	}
	if s.cluster == nil {
		return http.StatusOK, "ready"
	}
	switch waiting, reason := s.cluster(); {
	case waiting:
		return http.StatusServiceUnavailable, reason.Error()
	case reason != nil:
		return http.StatusOK, "ready, but " + reason.Error()
	}
	return http.StatusOK, "ready"
}

// readyWithVerdict is ready for operators: with ?verbose it says what the server
// found out about its installation.
func (s *Site) readyWithVerdict(c echo.Context) error {
	if _, verbose := c.QueryParams()["verbose"]; !verbose {
		return s.ready(c)
	}
	var text strings.Builder
	if err := s.verdict(&text); err != nil {
		return err
	}
	status, state := s.readiness()
	if state != "ready" {
		text.WriteString(state + "\n")
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(status, text.String())
}
