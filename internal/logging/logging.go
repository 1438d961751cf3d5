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

// New makes the one logger of the process. Call flush at the end: it writes the
// lines that still wait.
func New(to io.Writer, level zerolog.Level, format string) (log zerolog.Logger, flush func()) {
	batch := &batchWriter{to: to}
	var lines io.Writer = batch
	if format == Console {
		lines = zerolog.ConsoleWriter{Out: batch, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(lines).Level(level).With().Timestamp().Logger(), batch.flush
}
