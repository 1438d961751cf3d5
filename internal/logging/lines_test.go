package logging

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/enginetest/wait"
)

// writes keeps each write by itself.
type writes struct{ texts chan string }

func (w writes) Write(text []byte) (int, error) {
	w.texts <- string(text)
	return len(text), nil
}

// blocked is a log whose reader has stopped, until it goes on.
type blocked struct {
	goOn chan struct{}
	mu   sync.Mutex
	text strings.Builder
}

func (b *blocked) Write(text []byte) (int, error) {
	<-b.goOn
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

// Whoever logs never waits for the log, and what is lost is counted and told.
func TestABlockedLogStopsNobody(t *testing.T) {
	for _, format := range []string{"json", Console} {
		to := &blocked{goOn: make(chan struct{})}
		log, lines := New(to, zerolog.InfoLevel, format)
		const count = 200
		line := strings.Repeat("x", 10_000)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range count {
				log.Warn().Msg(line)
			}
		}()
		select {
		case <-done:
		case <-time.After(wait.Timeout):
			t.Fatal("logging waits for the log")
		}
		lost := lines.Lost()
		if lost == 0 || lost > count-maxWaiting/11_000 {
			t.Errorf("%d of %d lines were lost", lost, count)
		}
		close(to.goOn)
		lines.Close()
		if got := strings.Count(to.text.String(), line); got != count-int(lost) {
			t.Errorf("%d lines were written, %d lost", got, lost)
		}
		if !regexp.MustCompile(`lost.*"lines":` + fmt.Sprint(lost) + `|"lines":` + fmt.Sprint(lost) + `.*lost|lost.* lines=` + fmt.Sprint(lost)).MatchString(to.text.String()) {
			t.Errorf("%s: it does not say that %d lines were lost: %.300s", format, lost, to.text.String()[max(0, to.text.Len()-300):])
		}
	}
}

// A log that is never read again does not keep the process from ending.
func TestCloseGivesUp(t *testing.T) {
	to := &blocked{goOn: make(chan struct{})}
	log, lines := New(to, zerolog.InfoLevel, "json")
	defer func() { close(to.goOn); <-lines.ended }()
	log.Error().Msg("a")
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		lines.Close()
	}()
	select {
	case <-closed:
	case <-time.After(closeTime + wait.Timeout):
		t.Fatal("Close waits for the log")
	}
}

func TestLinesAreWrittenInBatches(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format string
		write  func(log zerolog.Logger)
		want   []string
	}{
		{"within a moment", "json", func(log zerolog.Logger) { log.Info().Msg("a"); log.Debug().Msg("b") }, []string{"ab"}},
		{"until a warning", "json", func(log zerolog.Logger) { log.Info().Msg("a"); log.Warn().Msg("b") }, []string{"ab"}},
		{"an error at once", "json", func(log zerolog.Logger) { log.Error().Msg("a") }, []string{"a"}},
		{"for people, at once", "console", func(log zerolog.Logger) { log.Info().Msg("a") }, []string{"a"}},
		{"much at once", "json", func(log zerolog.Logger) { log.Info().Str("x", strings.Repeat("x", batchBytes)).Msg("a") }, []string{"a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to := writes{make(chan string, 10)}
			log, lines := New(to, zerolog.DebugLevel, tt.format)
			tt.write(log)
			for _, want := range tt.want {
				text := <-to.texts
				if got := strings.Join(regexp.MustCompile(`\b[abc]\b`).FindAllString(text, -1), ""); got != want {
					t.Errorf("wrote %q, want %q", got, want)
				}
			}
			log.Info().Msg("last")
			lines.Close()
			if text := <-to.texts; !strings.Contains(text, "last") {
				t.Errorf("at the end it wrote %s", text)
			}
			lines.Close()
			if len(to.texts) > 0 {
				t.Errorf("twice it wrote %s", <-to.texts)
			}
		})
	}
}

// broken is a log that takes so many bytes, and then nothing more.
type broken struct{ left int }

func (b *broken) Write(text []byte) (int, error) {
	n := min(b.left, len(text))
	b.left -= n
	if n < len(text) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// What a log does not take is counted by lines.
func TestLinesThatCannotBeWritten(t *testing.T) {
	for _, tt := range []struct{ left, lost int }{{1000, 0}, {10, 3}, {0, 3}} {
		log, lines := New(&broken{tt.left}, zerolog.InfoLevel, "json")
		for range 3 {
			log.Info().Msg("a")
		}
		lines.Close()
		if got := lines.Lost(); got != uint64(tt.lost) {
			t.Errorf("%d bytes fit: %d lines are lost, want %d", tt.left, got, tt.lost)
		}
	}
}
