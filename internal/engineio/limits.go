package engineio

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"vidchat/internal/limit"
)

// refusalInterval is the time between two lines about sessions that are refused for
// the same reason. The metrics count all of them.
const refusalInterval = time.Minute

// fullRetry is when to come again where it depends on others leaving.
const fullRetry = 10 * time.Second

// overLimit is a limit that a handshake is over, by its label in metrics and the
// log, and when the client may try again.
type overLimit struct {
	label string
	retry time.Duration
}

// hold takes what a new session of an address needs of all limits, in one
// operation with the check, until release is called. If one of them is reached,
// it takes nothing and says which.
func (e *Server) hold(addr netip.Addr) (release func(), over *overLimit) {
	if !e.holdOne() {
		return nil, &overLimit{"sessions", fullRetry}
	}
	ofAddress, ok := e.addresses.Hold(addr)
	if !ok {
		e.releaseOne()
		return nil, &overLimit{"sessions_of_address", fullRetry}
	}
	release = func() { ofAddress(); e.releaseOne() }
	if wait, ok := e.addresses.Take(addr, time.Now()); !ok {
		release()
		return nil, &overLimit{"new_sessions_of_address", wait}
	}
	return release, nil
}

// holdOne counts a session against the limit of all, unless that is reached.
func (e *Server) holdOne() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if limit := e.cfg.Limits.Sessions; limit > 0 && e.held >= limit {
		return false
	}
	e.held++
	return true
}

func (e *Server) releaseOne() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held--
}

// tooMany answers a handshake that is over a limit.
func (e *Server) tooMany(w http.ResponseWriter, r *http.Request, over *overLimit) {
	seconds := max(math.Ceil(over.retry.Seconds()), 1)
	w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	if e.refusals.May(over.label, time.Now()) {
		e.cfg.Log.Info().Str("reason", over.label).Msg("sessions are refused")
	}
	e.Metrics.denied.WithLabelValues(over.label).Inc()
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
	s.server.Metrics.countIn(n)
	s.mu.Lock()
	why := s.charge(1, n, now)
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

// admitBarren counts reads that completed nothing as packets. It reports whether the
// session may go on.
func (s *Session) admitBarren(count int) bool {
	s.mu.Lock()
	why := s.charge(count, 0, s.server.now())
	s.mu.Unlock()
	if why != "" {
		s.End(why)
	}
	return why == ""
}

// charge counts packets or frames of so many bytes together, and returns why the
// session has to end, if it has. It is called with the lock held.
func (s *Session) charge(count, size int, now time.Duration) (why Reason) {
	limits := &s.server.cfg.Limits
	switch {
	case !s.quota.packets.Take(float64(count), limits.Packets, now):
		return ReasonTooManyPackets
	case !s.quota.bytes.Take(float64(size), limits.Bytes, now):
		return ReasonTooManyBytes
	}
	switch packets, bytes := s.usage.Charge(count, size, now); {
	case packets:
		return ReasonAddressPackets
	case bytes:
		return ReasonAddressBytes
	}
	return ""
}
