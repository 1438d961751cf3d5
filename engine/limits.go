package engine

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"vidchat/internal/limit"
)

// Limits bound what clients may do. Each zero value is no limit.
type Limits struct {
	// NewSessions is how many sessions a client address may open.
	NewSessions limit.Rate
	// SessionsPerAddress is how many it may have open at a time.
	SessionsPerAddress int
	// Sessions is how many may be open in all.
	Sessions int
	// Packets and Bytes are what a session may send. Whoever sends more is
	// disconnected.
	Packets, Bytes limit.Rate
}

// fullRetry is when to come again where it depends on others leaving.
const fullRetry = 10 * time.Second

// overLimit tells whether a new session from the address of the request has to
// be refused, and when it may try again.
func (e *Engine) overLimit(addr netip.Addr) (retry time.Duration, why string) {
	if e.cfg.Limits.Sessions > 0 && e.Open() >= e.cfg.Limits.Sessions {
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
func (e *Engine) tooMany(w http.ResponseWriter, r *http.Request, retry time.Duration, why string) {
	seconds := max(math.Ceil(retry.Seconds()), 1)
	w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	e.cfg.Log.Info().Str("reason", why).Msg("session refused")
	e.Stats.denied.WithLabelValues(why).Inc()
	e.answerRefusal(w, r, errTooMany)
}

// remoteAddr is the address of the connection.
func remoteAddr(r *http.Request) netip.Addr {
	ap, _ := netip.ParseAddrPort(r.RemoteAddr)
	return ap.Addr()
}

// quota is what a session has used of its limits. It is guarded by the
// session's lock.
type quota struct {
	packets, bytes limit.Bucket
}

// within counts a frame of n bytes, and tells whether the session may go on. If
// not, it has ended.
func (s *Session) within(n int, now time.Duration) bool {
	s.mu.Lock()
	why := s.charge(n, now)
	s.mu.Unlock()
	if why != "" {
		s.end(why)
	}
	return why == ""
}

// charge counts a packet or frame of n bytes, and tells why the session has to
// end, if it has. It is called with the lock held.
func (s *Session) charge(n int, now time.Duration) (why Reason) {
	st := &s.engine.Stats
	st.packetsIn.Inc()
	st.bytesIn.Add(float64(n))
	limits := &s.engine.cfg.Limits
	switch {
	case !s.quota.packets.Take(1, limits.Packets, now):
		return ReasonTooManyPackets
	case !s.quota.bytes.Take(float64(n), limits.Bytes, now):
		return ReasonTooManyBytes
	}
	return ""
}
