package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
)

// logAccess writes a line per finished request. It leaves out the query, which
// has session ids, and the address of the client. Credentials that were issued are
// logged at level info, which limits bound; all else at level debug.
func (s *Site) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.now()
		if err := next(c); err != nil {
			c.Error(err) // now, so that the line has the status of the answer
		}
		level := zerolog.DebugLevel
		if c.Path() == credentialsPath && c.Request().Method == http.MethodGet && c.Response().Status == http.StatusOK {
			level = zerolog.InfoLevel
		}
		s.log.WithLevel(level).
			Str("method", c.Request().Method).Str("route", c.Path()).
			Int("status", c.Response().Status).Int64("bytes", c.Response().Size).
			Dur("took_ms", s.now().Sub(start)).Msg("request")
		return nil
	}
}
