package origin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// logInterval is the time between two lines about refused origins. A page that
// is refused tries again for ever.
const logInterval = time.Minute

// Guard checks requests by a Policy, and logs what it refuses.
type Guard struct {
	policy Policy
	log    zerolog.Logger
	now    func() time.Time

	mu     sync.Mutex // guards what follows
	logged time.Time
}

// NewGuard makes a guard.
func NewGuard(p Policy, log zerolog.Logger, now func() time.Time) *Guard {
	return &Guard{policy: p, log: log, now: now}
}

// AllowsAny reports whether pages of every site may use the API.
func (g *Guard) AllowsAny() bool { return g.policy.Any }

// Check is that of the Policy.
func (g *Guard) Check(r *http.Request) error {
	err := g.policy.Check(r)
	var refused *Refused
	if errors.As(err, &refused) && g.mayLog() {
		g.log.Warn().Str("origin", withoutAddress(refused.Origin)).Str("host", withoutAddress("//"+refused.Host)).
			Msg("a page was refused, because its origin differs from the host of the request: if it is a page of yours, have the proxy pass on Host with its port, or list the origin in ALLOWED_ORIGINS")
	}
	return err
}

func (g *Guard) mayLog() bool {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.logged.IsZero() && now.Sub(g.logged) < logInterval {
		return false
	}
	g.logged = now
	return true
}

// withoutAddress is a URL with its host replaced if that is an address, which no
// log shows.
func withoutAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "unreadable"
	}
	if _, isAddr := parseAddr(u.Hostname()); isAddr {
		port := u.Port()
		u.Host = "an-address"
		if port != "" {
			u.Host += ":" + port
		}
	}
	return strings.TrimPrefix(u.String(), "//")
}
