package logging

import (
	"bytes"
	"io"

	"github.com/rs/zerolog"
)

// ForLibrary takes the lines of a library that logs in its own way, and logs
// each as a warning from it.
func ForLibrary(log zerolog.Logger, name string) io.Writer {
	return libraryWriter{log, name}
}

type libraryWriter struct {
	log  zerolog.Logger
	name string
}

func (w libraryWriter) Write(line []byte) (int, error) {
	w.log.Warn().Str("from", w.name).Msg(string(bytes.TrimSpace(line)))
	return len(line), nil
}
