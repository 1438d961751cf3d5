package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// metrics counts requests, and shows that beside what other packages count. No
// label contains what a client wrote, so the number of series is bounded.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	credentials *prometheus.CounterVec
	delayed     prometheus.Counter
	calls       *callMetrics // nil without CALL_STATS
}

// The results of a request for TURN credentials.
const (
	credentialIssued    = "issued"
	credentialNone      = "no_turn"   // without a TURN server, the answer has none
	credentialForbidden = "forbidden" // to a page of another site
	credentialLimited   = "limited"
)

// newMetrics has a registry of its own, so that two servers in one process, as
// tests have them, count apart.
func newMetrics(others []prometheus.Collector, callStats bool) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_http_requests_total",
			Help: "HTTP requests by route, method and class of status; a WebSocket is 1xx.",
		}, []string{"route", "method", "status"}),
		credentials: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_turn_credentials_total", Help: "Requests for TURN credentials, by result.",
		}, []string{"result"}),
		delayed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_http_requests_delayed_total", Help: "HTTP requests that had to wait, since their address sent too many.",
		}),
	}
	for _, result := range []string{credentialIssued, credentialNone, credentialForbidden, credentialLimited} {
		m.credentials.WithLabelValues(result) // so that it is there from the start, as zero
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests, m.credentials, m.delayed)
	m.registry.MustRegister(others...)
	if callStats {
		m.calls = newCallMetrics(m.registry)
	}
	return m
}

func (m *metrics) handler(log zerolog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: metricsLog{log}})
}

// metricsLog takes the errors of promhttp.
type metricsLog struct{ log zerolog.Logger }

func (l metricsLog) Println(v ...any) { l.log.Warn().Str("from", "metrics").Msgf("%v", v) }

// countRequests counts a request once it is answered, or once signaling has taken
// over its connection.
func (s *Site) countRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		s.metrics.requests.WithLabelValues(routeLabel(c), methodLabel(c.Request().Method), statusLabel(c.Response())).Inc()
		return err
	}
}

// routeLabel is the pattern of the route, never the requested path.
func routeLabel(c echo.Context) string {
	if c.Path() == "" {
		return "none"
	}
	return c.Path()
}

// methodLabel counts all methods that clients make up as one.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return method
	}
	return "other"
}

func statusLabel(r *echo.Response) string {
	if !r.Committed { // the connection was hijacked
		return "1xx"
	}
	return strconv.Itoa(r.Status/100) + "xx"
}

// withToken requires the token as Authorization: Bearer. It compares hashes, which
// have one size, in constant time, so the time tells nothing about the token.
func withToken(token string, next echo.HandlerFunc) echo.HandlerFunc {
	want := sha256.Sum256([]byte(token))
	return func(c echo.Context) error {
		scheme, given, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		got := sha256.Sum256([]byte(strings.TrimSpace(given)))
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
			return errToken
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return next(c)
	}
}
