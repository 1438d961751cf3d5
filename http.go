package main

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/rs/zerolog"

	"vidchat/internal/config"
	"vidchat/internal/limit"
	"vidchat/internal/logging"
)

const (
	revalidate = "no-cache"                            // keep it, and ask each time whether it changed
	immutable  = "public, max-age=31536000, immutable" // its name carries a hash of its content
)

// site is everything that is served over HTTP.
type site struct {
	config    config.Config
	log       zerolog.Logger
	now       func() time.Time
	own       *shelf // the built-in client
	replaced  *shelf // the client of CLIENT_DIR; nil without one
	notices   *shelf
	signaling http.Handler
	metrics   *metrics
	askers    *limit.Addresses // that ask for credentials
	draining  func() bool      // whether the end has begun
}

// router lists every route. HEAD goes wherever GET does; Echo answers other
// methods with 405 and Allow.
func (s *site) router() (*echo.Echo, error) {
	e := echo.New()
	e.HTTPErrorHandler = answerError(s.log)
	e.Logger.SetOutput(logging.ForLibrary(s.log, "http"))
	e.Use(s.countRequests, s.logAccess, recoverPanics(s.log), hurry, s.secure)

	get(e, "/", s.landing)
	get(e, "/call", s.call)
	get(e, "/call/", s.call)
	get(e, "/assets/*", s.asset)
	get(e, "/notices/notice.css", s.noticeStyle)
	get(e, "/healthz", healthy)
	get(e, "/readyz", s.ready)
	if token := s.config.MetricsToken; token != "" {
		get(e, "/metrics", withToken(token, echo.WrapHandler(s.metrics.handler(s.log))))
	}
	get(e, "/turn-server-config", s.credentials)
	e.OPTIONS("/turn-server-config", s.preflight)
	e.Any("/socket.io", s.socket)
	e.Any("/socket.io/*", s.socket)
	if s.replaced != nil {
		get(e, "/call/*", s.replacedFile)
		e.Use(s.straying)
	}
	return e, s.addRootFiles(e)
}

func get(e *echo.Echo, path string, h echo.HandlerFunc) {
	e.Match([]string{http.MethodGet, http.MethodHead}, path, h)
}

// addRootFiles gives the icon, the manifest and the like, which lie beside the
// landing page, a route each, so that other methods get their 405.
func (s *site) addRootFiles(e *echo.Echo) error {
	entries, err := fs.ReadDir(s.own.files, ".")
	for _, entry := range entries {
		if name := entry.Name(); entry.Type().IsRegular() && name != "index.html" && visible(name) {
			get(e, "/"+name, s.rootFile)
		}
	}
	return err
}

// built tells whether the pages were compiled before the server was.
func (s *site) built() bool {
	_, landing := fs.Stat(s.own.files, "index.html")
	_, call := fs.Stat(s.own.files, "call/index.html")
	return landing == nil && call == nil
}

func (s *site) landing(c echo.Context) error {
	return s.page(c, "index.html")
}

// call answers with the call page, with and without a slash at its end: links
// of both kinds are out there.
func (s *site) call(c echo.Context) error {
	if s.replaced == nil {
		return s.page(c, "call/index.html")
	}
	return s.loose(c, "index.html", errUnknownPage)
}

func (s *site) page(c echo.Context, name string) error {
	return send(c, s.own, name, errNotBuilt, func(h http.Header) { h.Set("Cache-Control", revalidate) })
}

func (s *site) rootFile(c echo.Context) error {
	return send(c, s.own, requestedName(c, "/"), errUnknownPage, func(h http.Header) { h.Set("Cache-Control", revalidate) })
}

func (s *site) asset(c echo.Context) error {
	return send(c, s.own, requestedName(c, "/"), errUnknownPage, func(h http.Header) { h.Set("Cache-Control", immutable) })
}

func (s *site) noticeStyle(c echo.Context) error {
	return send(c, s.notices, requestedName(c, "/"), errUnknownPage, func(h http.Header) { h.Set("Cache-Control", revalidate) })
}

func (s *site) replacedFile(c echo.Context) error {
	return s.loose(c, requestedName(c, "/call/"), errUnknownPage)
}

// straying looks for what is nowhere else in CLIENT_DIR, above /call too: a page
// that names its files relatively asks for them there when it was opened as
// /call, and one that was compiled for the root always does.
func (s *site) straying(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		method := c.Request().Method
		missing := errors.Is(err, echo.ErrNotFound) || errors.Is(err, errUnknownPage)
		if !missing || (method != http.MethodGet && method != http.MethodHead) {
			return err
		}
		return s.loose(c, requestedName(c, "/"), err)
	}
}

func (s *site) loose(c echo.Context, name string, missing error) error {
	return send(c, s.replaced, name, missing, func(h http.Header) {
		setLoose(h)
		h.Set("Cache-Control", revalidate)
	})
}

// send answers with a file of the shelf, or with the error for a missing one.
func send(c echo.Context, from *shelf, name string, missing error, before func(http.Header)) error {
	found, err := from.serve(c.Response(), c.Request(), name, before)
	if err != nil {
		return err
	}
	if !found {
		return missing
	}
	return nil
}

// requestedName is the decoded path below a prefix, as a name for package fs.
func requestedName(c echo.Context, prefix string) string {
	return strings.TrimPrefix(c.Request().URL.Path, prefix)
}

// socket hands everything below /socket.io/ to signaling, except for the client
// library that socket.io's own server would serve there.
func (s *site) socket(c echo.Context) error {
	if path := c.Request().URL.Path; strings.HasSuffix(path, ".js") || strings.HasSuffix(path, ".map") {
		return errNoLibrary
	}
	s.signaling.ServeHTTP(c.Response(), c.Request())
	return nil
}

// recoverPanics keeps one broken request from ending all calls.
func recoverPanics(log zerolog.Logger) echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableStackAll: true, // the stack of the one goroutine that panicked
		LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
			log.Error().Err(logging.WithoutAddresses(err)).Str("route", c.Path()).Bytes("stack", stack).Msg("panic in a request")
			return errInternal
		},
	})
}
