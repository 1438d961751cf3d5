package engineio

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"vidchat/internal/limit"
)

// fullRetry is when to come again where it depends on others leaving.
const fullRetry = 10 * time.Second

// overLimit reports whether a new session from the address of the request has to
// be refused, and when it may try again.
func (e *Server) overLimit(addr netip.Addr) (retry time.Duration, why string) {
	if e.cfg.Limits.Sessions > 0 && e.Sessions() >= e.cfg.Limits.Sessions {
		return fullRetry, "too many sessions"
	}
	if e.addresses.Full(addr) {
		return fullRetry, "too many sessions of one address"
	}
	if wait, ok := e.addresses.Take(addr, time.Now()); !ok {
		return wait, "too many new sessions of one address"
	}
	return 0, ""
}

// tooMany answers a handshake that is over a limit.
func (e *Server) tooMany(w http.ResponseWriter, r *http.Request, retry time.Duration, why string) {
	seconds := max(math.Ceil(retry.Seconds()), 1)
	w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	e.cfg.Log.Info().Str("reason", why).Msg("session refused")
	e.Metrics.denied.WithLabelValues(why).Inc()
	e.answerRefusal(w, r, errTooMany)
}

// quota is what a session has used of its limits. It is guarded by the
// session's lock.
type quota struct {
	packets, bytes limit.Bucket
}

// admit counts a frame of n bytes that was read. It reports whether everything
// before it was handled, and whether the session may go on.
func (s *Session) admit(n int) (idle, ok bool) {
	now := s.markRead()
	s.mu.Lock()
	why := s.charge(n, now)
	idle = !s.inbox.working
	s.mu.Unlock()
	if why != "" {
		s.End(why)
	}
	return idle, why == ""
}

// markRead notes that the client sent something, and returns the time. Any
// packet will do.
func (s *Session) markRead() time.Duration {
	now := s.server.now()
	s.lastRead.Store(int64(now))
	return now
}

// charge counts a packet or frame of n bytes, and returns why the session has to
// end, if it has. It is called with the lock held.
func (s *Session) charge(n int, now time.Duration) (why Reason) {
	s.server.Metrics.countIn(n)
	limits := &s.server.cfg.Limits
	switch {
	case !s.quota.packets.Take(1, limits.Packets, now):
		return ReasonTooManyPackets
	case !s.quota.bytes.Take(float64(n), limits.Bytes, now):
		return ReasonTooManyBytes
	}
	return ""
}
