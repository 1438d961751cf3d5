// Package logging makes the logger of the process, which writes lines in
// batches, and keeps addresses of clients out of it.
package logging

import (
	"io"
	"time"

	"github.com/rs/zerolog"
)

// Console is the format for people; any other is JSON, a line for each event.
const Console = "console"

// New makes the one logger of the process. Close its lines at the end: that
// writes those that still wait.
func New(to io.Writer, level zerolog.Level, format string) (log zerolog.Logger, lines *Lines) {
	lines = newLines(to, loggerTo(to, format))
	return loggerTo(lines, format).Level(level), lines
}

func loggerTo(w io.Writer, format string) zerolog.Logger {
	if format == Console {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(w).With().Timestamp().Logger()
}
