package logging

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// writes keeps each write by itself.
type writes struct{ texts chan string }

func (w writes) Write(text []byte) (int, error) {
	w.texts <- string(text)
	return len(text), nil
}

func TestLinesAreWrittenInBatches(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format string
		write  func(log zerolog.Logger)
		want   []string
	}{
		{"within a moment", "json", func(log zerolog.Logger) { log.Info().Msg("a"); log.Debug().Msg("b") }, []string{"ab"}},
		{"until a warning", "json", func(log zerolog.Logger) { log.Info().Msg("a"); log.Warn().Msg("b"); log.Info().Msg("c") }, []string{"ab", "c"}},
		{"an error at once", "json", func(log zerolog.Logger) { log.Error().Msg("a") }, []string{"a"}},
		{"for people, each at once", "console", func(log zerolog.Logger) { log.Info().Msg("a"); log.Info().Msg("b") }, []string{"a", "b"}},
		{"much at once", "json", func(log zerolog.Logger) {
			log.Info().Str("x", strings.Repeat("x", batchBytes)).Msg("a")
			log.Info().Msg("b")
		}, []string{"a", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to := writes{make(chan string, 10)}
			log, flush := New(to, zerolog.DebugLevel, tt.format)
			tt.write(log)
			for _, want := range tt.want {
				text := <-to.texts
				if got := strings.Join(regexp.MustCompile(`\b[abc]\b`).FindAllString(text, -1), ""); got != want {
					t.Errorf("wrote %q, want %q", got, want)
				}
			}
			log.Info().Msg("last")
			flush()
			if text := <-to.texts; !strings.Contains(text, "last") {
				t.Errorf("at the end it wrote %s", text)
			}
			flush()
			if len(to.texts) > 0 {
				t.Errorf("twice it wrote %s", <-to.texts)
			}
		})
	}
}
