package turn

import (
	"github.com/pion/logging"
	"github.com/rs/zerolog"
)

// libraryLog takes what the library says. Its texts have addresses, and strangers
// can cause them, so only the fact that there was an error is logged, for debugging.
type libraryLog struct{ log zerolog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l libraryLog) NewLogger(scope string) logging.LeveledLogger { return quiet{l.log, scope} }

type quiet struct {
	log   zerolog.Logger
	scope string
}

func (quiet) Trace(string)          {}
func (quiet) Tracef(string, ...any) {}
func (quiet) Debug(string)          {}
func (quiet) Debugf(string, ...any) {}
func (quiet) Info(string)           {}
func (quiet) Infof(string, ...any)  {}
func (quiet) Warn(string)           {}
func (quiet) Warnf(string, ...any)  {}
func (q quiet) Error(string)        { q.Errorf("") }
func (q quiet) Errorf(string, ...any) {
	q.log.Debug().Str("from", q.scope).Msg("the TURN library reports an error")
}
