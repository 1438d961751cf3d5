package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// A request of an address that sends too many waits a while before it is answered, so
// that whoever asks without a pause can send only some a second on each connection.
// Then it is refused if there is still no room for it.
const (
	requestDelay  = 500 * time.Millisecond
	requestDelays = 2
)

// limitRequests bounds how many requests of an address are answered.
func (s *Site) limitRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		addr := s.config.Proxies.ClientAddr(c.Request())
		wait, ok := s.requestLimiter.Take(addr, s.now())
		if ok {
			return next(c)
		}
		s.metrics.delayed.Inc()
		for range requestDelays {
			select {
			case <-time.After(requestDelay):
			case <-c.Request().Context().Done():
				return nil // nobody waits for the answer
			}
			if wait, ok = s.requestLimiter.Take(addr, s.now()); ok {
				return next(c)
			}
		}
		// Those of signaling set a deadline of their own, and got none.
		if err := http.NewResponseController(c.Response().Writer).SetWriteDeadline(time.Now().Add(answerTimeout)); failed(err) {
			return err
		}
		return tooSoon(c, wait)
	}
}
