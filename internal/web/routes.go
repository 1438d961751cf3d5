package web

import (
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"vidchat/internal/logging"
)

// publicRoutes lists every route of the main listener. HEAD goes wherever GET
// does; Echo answers other methods with 405 and Allow.
func (s *Site) publicRoutes() (*echo.Echo, error) {
	e := s.newRouter()
	e.Use(s.warnOfProxy, s.countRequests, s.logAccess, recoverPanics(s.log), setDeadlines, s.setHeaders, s.limitRequests)

	get(e, "/", s.landingPage)
	get(e, "/call", s.callPage)
	get(e, "/call/", s.callPage)
	get(e, "/call/test", s.testPage)
	get(e, "/call/test/", s.testPage)
	get(e, "/assets/*", s.asset)
	get(e, errorStylePath, s.errorStyle)
	get(e, errorScriptPath, s.errorScript)
	get(e, errorFontPath, s.errorFont)
	s.addBrandRoutes(e, s.config.Brand)
	get(e, "/healthz", healthy)
	get(e, "/readyz", s.ready)
	if token := s.config.MetricsToken; token != "" {
		get(e, "/metrics", withToken(token, echo.WrapHandler(s.metrics.handler(s.log))))
	}
	get(e, credentialsPath, s.credentials)
	e.OPTIONS(credentialsPath, s.preflight)
	if s.config.CallStats {
		e.POST(callStatsPath, s.callStats)
	}
	if len(s.config.EmbedOrigins) > 0 {
		get(e, embedOriginsPath, s.embedOrigins)
	}
	e.Any("/socket.io", s.socket)
	e.Any("/socket.io/*", s.socket)
	if s.replacement != nil {
		get(e, "/call/*", s.replacementFile)
		e.Use(s.rootFallback)
	}
	return e, s.addRootFiles(e)
}

func (s *Site) newRouter() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = answerError(s.log, s.config.Brand)
	e.Logger.SetOutput(logging.ForLibrary(s.log, "http"))
	return e
}

func get(e *echo.Echo, path string, h echo.HandlerFunc) {
	e.Match([]string{http.MethodGet, http.MethodHead}, path, h)
}

// addRootFiles gives each file beside the landing page (icon, manifest and so on)
// a route of its own, so that other methods get their 405.
func (s *Site) addRootFiles(e *echo.Echo) error {
	entries, err := fs.ReadDir(s.client.files, ".")
	for _, entry := range entries {
		if name := entry.Name(); entry.Type().IsRegular() && name != "index.html" && visible(name) {
			get(e, "/"+name, s.rootFile)
		}
	}
	return err
}

// socket passes everything below /socket.io/ to signaling, except requests for
// the client library, which socket.io's own server would serve there.
func (s *Site) socket(c echo.Context) error {
	if path := c.Request().URL.Path; strings.HasSuffix(path, ".js") || strings.HasSuffix(path, ".map") {
		return errNoLibrary
	}
	s.signaling.ServeHTTP(c.Response(), c.Request())
	return nil
}

// isSignaling reports whether a request is for signaling.
func isSignaling(r *http.Request) bool {
	return r.URL.Path == "/socket.io" || strings.HasPrefix(r.URL.Path, "/socket.io/")
}
