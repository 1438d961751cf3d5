package engineio

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"vidchat/internal/engineio/wire"
)

// Metrics counts what happens. No label is made of anything a client sent, so
// there is a bounded number of series.
type Metrics struct {
	sessions *prometheus.GaugeVec
	opened   *prometheus.CounterVec
	ended    *prometheus.CounterVec
	denied   *prometheus.CounterVec
	upgrades *prometheus.CounterVec
	packets  *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	peak     prometheus.Histogram
	lifetime prometheus.Histogram
	panics   prometheus.Counter
	held     prometheus.Collector
	unlogged *prometheus.CounterVec

	// The children that every packet counts in, looked up once.
	packetsIn, packetsOut, bytesIn, bytesOut prometheus.Counter
}

// The results of upgrades.
const (
	upgradeBegun    = "begun"
	upgradeFinished = "finished"
	upgradeFailed   = "failed"
)

func newMetrics(held func() int64) Metrics {
	m := Metrics{
		sessions: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "vidchat_sessions", Help: "Open sessions."}, []string{"eio", "transport"}),
		opened:   counters("vidchat_sessions_opened_total", "Sessions opened, by the transport they began with.", "eio", "transport"),
		ended:    counters("vidchat_sessions_ended_total", "Sessions ended, by reason.", "reason"),
		denied:   counters("vidchat_requests_denied_total", "Engine.IO requests answered with an error, by reason.", "reason"),
		unlogged: counters("vidchat_log_lines_omitted_total", "Lines not logged, since the session had caused one of their kind, by reason.", "reason"),
		upgrades: counters("vidchat_upgrades_total", "Upgrades from polling to WebSocket, by result.", "result"),
		packets:  counters("vidchat_packets_total", "Engine.IO packets.", "direction"),
		bytes:    counters("vidchat_packet_bytes_total", "Bytes of Engine.IO packets.", "direction"),
		peak: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_outbox_peak_packets", Help: "The most packets that ever waited for a session, seen at its end.",
			Buckets: []float64{0, 1, 2, 4, 8, 16, 32, 64, 128, 256}}),
		lifetime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_session_duration_seconds", Help: "How long sessions lasted.",
			Buckets: []float64{1, 10, 60, 300, 900, 3600, 4 * 3600}}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_panics_total", Help: "Sessions that ended by a bug."}),
	}
	m.held = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "vidchat_held_bytes", Help: "Bytes held for sessions: what waits to be read by them, and what they have sent in part.",
	}, func() float64 { return float64(held()) })
	m.packetsIn, m.packetsOut = m.packets.WithLabelValues("in"), m.packets.WithLabelValues("out")
	m.bytesIn, m.bytesOut = m.bytes.WithLabelValues("in"), m.bytes.WithLabelValues("out")
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Collectors are what a Prometheus registry wants.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.sessions, m.opened, m.ended, m.denied, m.upgrades,
		m.packets, m.bytes, m.peak, m.lifetime, m.panics, m.held, m.unlogged,
	}
}

// Ended is how many sessions ended for a reason.
func (m *Metrics) Ended(r Reason) int64 { return valueOf(m.ended.WithLabelValues(string(r))) }

func valueOf(c prometheus.Counter) int64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		panic(err) // a counter without exemplars always has a value
	}
	return int64(m.Counter.GetValue())
}

func (m *Metrics) sessionOpened(s *Session) {
	eio, transport := strconv.Itoa(s.Version()), s.Transport()
	m.sessions.WithLabelValues(eio, transport).Inc()
	m.opened.WithLabelValues(eio, transport).Inc()
}

func (m *Metrics) sessionUpgraded(s *Session) {
	eio := strconv.Itoa(s.Version())
	m.sessions.WithLabelValues(eio, pollingName).Dec()
	m.sessions.WithLabelValues(eio, websocketName).Inc()
	m.upgrades.WithLabelValues(upgradeFinished).Inc()
}

// sessionForgotten is for a session that was opened.
func (m *Metrics) sessionForgotten(s *Session) {
	m.sessions.WithLabelValues(strconv.Itoa(s.Version()), s.Transport()).Dec()
}

func (m *Metrics) sessionEnded(why Reason, lasted time.Duration, peak int) {
	m.ended.WithLabelValues(string(why)).Inc()
	m.lifetime.Observe(lasted.Seconds())
	m.peak.Observe(float64(peak))
}

func (m *Metrics) countIn(n int) {
	m.packetsIn.Inc()
	m.bytesIn.Add(float64(n))
}

func (m *Metrics) countOut(o wire.Outgoing) {
	m.packetsOut.Inc()
	m.bytesOut.Add(float64(o.Len()))
}
