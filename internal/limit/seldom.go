package limit

import (
	"sync"
	"time"
)

// Seldom lets things happen once in an interval, each for itself. There must be few of
// them, since it remembers all.
type Seldom struct {
	interval time.Duration
	mu       sync.Mutex // guards last
	last     map[string]time.Time
}

// NewSeldom makes a Seldom.
func NewSeldom(interval time.Duration) *Seldom {
	return &Seldom{interval: interval, last: make(map[string]time.Time)}
}

// May reports whether a thing may happen now.
func (s *Seldom) May(what string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[what]; ok && now.Sub(last) < s.interval {
		return false
	}
	s.last[what] = now
	return true
}
