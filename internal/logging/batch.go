package logging

import (
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	batchTime  = 50 * time.Millisecond // the longest that a line waits
	batchBytes = 32 << 10
)

// batchWriter writes lines of the same moment together: when many connections
// come and go, a system call for each line is most of the cost of logging.
// Warnings and errors are written at once, after everything that waits, since
// the process may not live to write more.
type batchWriter struct {
	to io.Writer

	mu    sync.Mutex // guards what follows, and keeps the lines in order
	lines []byte
	timer *time.Timer // nil unless lines wait for it
}

// Write takes a line of unknown level, as the format for people has it, and
// writes it at once.
func (b *batchWriter) Write(line []byte) (int, error) { return b.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel takes a line. It returns no error: a log that cannot be written
// cannot be reported anywhere.
func (b *batchWriter) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line...)
	switch {
	case level >= zerolog.WarnLevel || len(b.lines) >= batchBytes:
		b.writeLines()
	case b.timer == nil:
		b.timer = time.AfterFunc(batchTime, b.flush)
	}
	return len(line), nil
}

func (b *batchWriter) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writeLines()
}

// writeLines is called with the lock held.
func (b *batchWriter) writeLines() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if len(b.lines) > 0 {
		_, _ = b.to.Write(b.lines)
		b.lines = b.lines[:0]
	}
}
