package main

import (
	"net/http"
	"net/http/pprof"

	"github.com/labstack/echo/v4"

	"vidchat/internal/logging"
)

// adminRouter lists what ADMIN_ADDR serves: what operators and their programs
// look at, and nobody else should. Whoever can connect may use it.
func (s *site) adminRouter() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = answerError(s.log)
	e.Logger.SetOutput(logging.ForLibrary(s.log, "http"))
	e.Use(recoverPanics(s.log))

	get(e, "/metrics", echo.WrapHandler(s.metrics.handler(s.log)))
	get(e, "/healthz", healthy)
	get(e, "/readyz", s.ready)
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

// healthy answers as long as the process can answer anything.
func healthy(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(http.StatusOK, "ok")
}

// ready tells whether new calls may come here. Balancers that ask stop sending
// them when the server begins to end, while calls that run go on until told.
func (s *site) ready(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if s.draining() {
		return c.String(http.StatusServiceUnavailable, "draining")
	}
	return c.String(http.StatusOK, "ready")
}
