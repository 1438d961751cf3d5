package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
)

// newLogger makes the one logger of the process.
func newLogger(c Config, w io.Writer) zerolog.Logger {
	if c.LogFormat == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(c.LogLevel).With().Timestamp().Logger()
}

// logWriter takes the lines of libraries that log in their own way.
type logWriter struct{ log zerolog.Logger }

func (w logWriter) Write(line []byte) (int, error) {
	w.log.Warn().Str("from", "http").Msg(string(bytes.TrimSpace(line)))
	return len(line), nil
}

// withoutAddresses is an error of the network without the client's address,
// which such errors carry. Others stay as they are.
func withoutAddresses(err error) error {
	var failed *net.OpError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", failed.Op, failed.Err)
	}
	return err
}

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
