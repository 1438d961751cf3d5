package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
)

// newLogger makes the one logger of the process. flush writes what it has
// gathered, and is for the end.
func newLogger(c Config, w io.Writer) (log zerolog.Logger, flush func()) {
	lines := &gatherer{to: w}
	w = lines
	if c.LogFormat == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(w).Level(c.LogLevel).With().Timestamp().Logger(), lines.flush
}

const (
	gatherTime  = 50 * time.Millisecond
	gatherBytes = 32 << 10
)

// gatherer writes lines together that come within a moment: a system call for
// each is most of what logging costs when many connections come and go. Warnings
// and errors go out at once, with all that came before them, since a process may
// not live to tell more.
type gatherer struct {
	to io.Writer

	mu    sync.Mutex // guards what follows, and keeps what is written in order
	lines []byte
	timer *time.Timer // nil unless lines wait for it
}

// Write takes a line of no known level, as people see it.
func (g *gatherer) Write(line []byte) (int, error) { return g.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel takes a line. It reports no error, for there is nobody to tell that
// the log cannot be written.
func (g *gatherer) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = append(g.lines, line...)
	switch {
	case level >= zerolog.WarnLevel || len(g.lines) >= gatherBytes:
		g.write()
	case g.timer == nil:
		g.timer = time.AfterFunc(gatherTime, g.flush)
	}
	return len(line), nil
}

func (g *gatherer) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.write()
}

// write is called with the lock held.
func (g *gatherer) write() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	if len(g.lines) > 0 {
		_, _ = g.to.Write(g.lines)
		g.lines = g.lines[:0]
	}
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
