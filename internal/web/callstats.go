package web

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"vidchat/internal/limit"
)

// callStatsPath is where pages report how the connections of a call went, if the
// operator wants to know (CALL_STATS).
const callStatsPath = "/call-stats"

// maxCallStats is the size of a report in bytes; one of our page has some 80.
const maxCallStats = 512

// callStatsRate bounds the reports of an address: a call of eight makes seven for each
// caller, at its end.
var callStatsRate = limit.Rate{PerSecond: 1, Burst: 100}

// callReport is what a page says about one connection of a call. It does not say whose.
type callReport struct {
	Result     string `json:"result"`
	Path       string `json:"path"`
	FirstFrame int    `json:"firstFrame"` // ms until there was a picture; 0 if there was none
	Restarts   int    `json:"restarts"`
}

var (
	callResults = []string{"connected", "failed", "rejected", "left"}
	callPaths   = []string{"direct", "relayed", "unknown"}
)

// The most that a report may say: whatever is beyond is no measurement of a call.
const (
	maxFirstFrame = 120_000 // ms
	maxRestarts   = 1000
)

func (r callReport) valid() bool {
	return slices.Contains(callResults, r.Result) && slices.Contains(callPaths, r.Path) &&
		r.FirstFrame >= 0 && r.FirstFrame <= maxFirstFrame && r.Restarts >= 0 && r.Restarts <= maxRestarts
}

// callMetrics are what pages report. Anyone can write a page, so they are as true as
// the callers are honest.
type callMetrics struct {
	connections *prometheus.CounterVec
	firstFrame  *prometheus.HistogramVec
	restarts    prometheus.Counter
	refused     *prometheus.CounterVec
}

func newCallMetrics(registry *prometheus.Registry) *callMetrics {
	m := &callMetrics{
		connections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_call_connections_total", Help: "Connections between callers as their pages report them, by result and path.",
		}, []string{"result", "path"}),
		firstFrame: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vidchat_call_first_frame_seconds", Help: "Time until a caller saw the other, as pages report it, by path.",
			Buckets: []float64{0.25, 0.5, 1, 2, 4, 8, 16, 32},
		}, []string{"path"}),
		restarts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_call_restarts_total", Help: "Restarts of ICE as pages report them.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_call_reports_refused_total", Help: "Reports of pages that were not counted, by reason.",
		}, []string{"reason"}),
	}
	for _, reason := range []string{"forbidden", "limited", "invalid"} {
		m.refused.WithLabelValues(reason) // so that it is there from the start, as zero
	}
	registry.MustRegister(m.connections, m.firstFrame, m.restarts, m.refused)
	return m
}

// add counts a report that is valid.
func (m *callMetrics) add(r callReport) {
	m.connections.WithLabelValues(r.Result, r.Path).Inc()
	if r.FirstFrame > 0 {
		m.firstFrame.WithLabelValues(r.Path).Observe(float64(r.FirstFrame) / 1000)
	}
	m.restarts.Add(float64(r.Restarts))
}

// callStats counts a report of a page of this server. What it says is not logged.
func (s *Site) callStats(c echo.Context) error {
	refused := s.metrics.calls.refused
	if err := s.share(c); err != nil {
		refused.WithLabelValues("forbidden").Inc()
		return err
	}
	if wait, ok := s.callStatsLimiter.Take(s.config.Proxies.ClientAddr(c.Request()), s.now()); !ok {
		refused.WithLabelValues("limited").Inc()
		return tooSoon(c, wait)
	}
	var report callReport
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxCallStats))
	if err != nil || json.Unmarshal(body, &report) != nil || !report.valid() {
		refused.WithLabelValues("invalid").Inc()
		return errCallReport
	}
	s.metrics.calls.add(report)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.NoContent(http.StatusNoContent)
}
