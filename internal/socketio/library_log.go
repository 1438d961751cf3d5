package socketio

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/googollee/go-socket.io/logger"
	"github.com/rs/zerolog"
	"golang.org/x/exp/slog"
)

// bridgeLibraryLog sends what go-socket.io logs to log. The library has one
// logger for the process, and reports every normal end of a connection as an
// error: those lines are for debugging. Values are left out, since they may
// hold what a client sent.
func bridgeLibraryLog(log zerolog.Logger) {
	libraryLogger.Store(&log)
	replaceLibraryLog.Do(func() { logger.Log = slog.New(libraryLog{}) })
}

var (
	libraryLogger     atomic.Pointer[zerolog.Logger] // of the server made last
	replaceLibraryLog sync.Once
)

type libraryLog struct{}

func (libraryLog) Enabled(_ context.Context, level slog.Level) bool {
	return libraryLogger.Load().GetLevel() <= zerologLevel(level, false)
}

func (libraryLog) Handle(_ context.Context, r slog.Record) error {
	libraryLogger.Load().WithLevel(zerologLevel(r.Level, endsNormally(r))).Str("from", "go-socket.io").Msg(r.Message)
	return nil
}

func (l libraryLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l libraryLog) WithGroup(string) slog.Handler      { return l }

// endsNormally tells whether a record is about the EOF with which our
// transports end a session.
func endsNormally(r slog.Record) (normal bool) {
	r.Attrs(func(a slog.Attr) bool {
		normal = a.Key == "err" && a.Value.String() == "EOF"
		return !normal
	})
	return normal
}

func zerologLevel(level slog.Level, normal bool) zerolog.Level {
	switch {
	case normal || level < slog.LevelWarn:
		return zerolog.DebugLevel
	case level < slog.LevelError:
		return zerolog.WarnLevel
	}
	return zerolog.ErrorLevel
}
