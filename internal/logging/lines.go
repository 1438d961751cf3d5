package logging

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

const (
	batchTime  = 50 * time.Millisecond // the longest that a line waits
	batchBytes = 32 << 10
	// maxWaiting is how much waits for a log that takes nothing, in bytes. What is
	// more is lost.
	maxWaiting = 1 << 20
	// closeTime is how long Close waits for a log that takes nothing.
	closeTime = time.Second
)

// Lines is the log behind the logger. A goroutine of its own writes, so that
// nobody who logs waits for a reader that is slow or has stopped: one that does
// would stop every call.
//
// Lines of the same moment are written together: when many connections come and
// go, a system call for each line is most of the cost of logging. Warnings and
// errors are written at once, after everything that waits.
type Lines struct {
	to     io.Writer
	urgent chan struct{} // has room for one token
	begun  chan struct{} // has room for one token: a batch has its first line
	closed chan struct{}
	ended  chan struct{}
	tell   zerolog.Logger // writes a line about lost ones at once

	mu      sync.Mutex // guards what follows, and keeps the lines in order
	waiting []byte
	lost    uint64 // lines, in all
	told    uint64 // of which the log has been told
	over    bool
}

// newLines begins to write. tell writes to the same log. Close ends it.
func newLines(to io.Writer, tell zerolog.Logger) *Lines {
	l := &Lines{
		to: to, tell: tell, urgent: make(chan struct{}, 1), begun: make(chan struct{}, 1),
		closed: make(chan struct{}), ended: make(chan struct{}),
	}
	go l.run()
	return l
}

// Write takes a line of unknown level, as the format for people has it, and has
// it written at once.
func (l *Lines) Write(line []byte) (int, error) { return l.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel takes a line. It returns no error: a log that cannot be written
// cannot be reported anywhere.
func (l *Lines) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || len(l.waiting)+len(line) > maxWaiting {
		l.lost++
		return len(line), nil
	}
	l.waiting = append(l.waiting, line...)
	if level >= zerolog.WarnLevel || len(l.waiting) >= batchBytes {
		wake(l.urgent)
	} else {
		wake(l.begun)
	}
	return len(line), nil
}

// wake puts a token into a channel that has room for one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Lost is how many lines could not be kept until they were written.
func (l *Lines) Lost() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// Collector is what a Prometheus registry wants: the count of lost lines.
func (l *Lines) Collector() prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "vidchat_log_lines_lost_total", Help: "Lines of the log that were lost, since they were not read in time or could not be written.",
	}, func() float64 { return float64(l.Lost()) })
}

// Close writes what waits, and ends. It gives up on a log that takes nothing.
func (l *Lines) Close() {
	l.mu.Lock()
	first := !l.over
	l.over = true
	l.mu.Unlock()
	if first {
		close(l.closed)
	}
	select {
	case <-l.ended:
	case <-time.After(closeTime):
	}
}

func (l *Lines) run() {
	defer close(l.ended)
	for {
		select {
		case <-l.begun:
			l.gather()
		case <-l.urgent:
		case <-l.closed:
			l.write()
			return
		}
		l.write()
	}
}

// gather waits until a batch is to be written.
func (l *Lines) gather() {
	limit := time.NewTimer(batchTime)
	defer limit.Stop()
	select {
	case <-limit.C:
	case <-l.urgent:
	case <-l.closed:
	}
}

// write writes what waits, and says how many lines were lost before.
func (l *Lines) write() {
	l.mu.Lock()
	batch, lost := l.waiting, l.lost-l.told
	l.waiting, l.told = nil, l.lost
	l.mu.Unlock()
	if len(batch) > 0 {
		if n, err := l.to.Write(batch); err != nil {
			l.lose(batch[n:])
		}
	}
	if lost > 0 {
		l.tell.Warn().Uint64("lines", lost).Msg("lines of this log were lost, since it could not be written in time")
	}
	l.reuse(batch)
}

// lose counts lines that could not be written.
func (l *Lines) lose(lines []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost += uint64(bytes.Count(lines, []byte{'\n'}))
}

// reuse keeps the memory of a batch that was written for the next one.
func (l *Lines) reuse(batch []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil && cap(batch) <= 2*batchBytes {
		l.waiting = batch[:0]
	}
}
