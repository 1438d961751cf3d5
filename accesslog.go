package main

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
)

// logAccess writes a line per finished request. It leaves out the query, where
// session ids are, and the address of the client. Credentials given out are
// worth a line always, files and polls only to those who debug.
func (s *site) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.now()
		if err := next(c); err != nil {
			c.Error(err) // now, so that the line has the status of the answer
		}
		level := zerolog.DebugLevel
		if c.Path() == "/turn-server-config" && c.Request().Method == http.MethodGet {
			level = zerolog.InfoLevel
		}
		s.log.WithLevel(level).
			Str("method", c.Request().Method).Str("route", c.Path()).
			Int("status", c.Response().Status).Int64("bytes", c.Response().Size).
			Dur("took", s.now().Sub(begun)).Msg("request")
		return nil
	}
}
