package engine

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Stats counts what happens. No label is made of anything a client sent, so
// there is a bounded number of series.
type Stats struct {
	sessions *prometheus.GaugeVec
	opened   *prometheus.CounterVec
	ended    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	denied   *prometheus.CounterVec
	upgrades *prometheus.CounterVec
	packets  *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	peak     prometheus.Histogram
	lifetime prometheus.Histogram
	panics   prometheus.Counter

	// The children that every packet counts in, looked up once.
	packetsIn, packetsOut, bytesIn, bytesOut prometheus.Counter
}

// The results of upgrades.
const (
	upgradeBegun    = "begun"
	upgradeFinished = "finished"
	upgradeFailed   = "failed"
)

func newStats() Stats {
	st := Stats{
		sessions: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "vidchat_sessions", Help: "Open sessions."}, []string{"eio", "transport"}),
		opened: counters("vidchat_sessions_opened_total", "Sessions opened, by the transport they began with.", "eio", "transport"),
		ended:  counters("vidchat_sessions_ended_total", "Sessions ended, by reason.", "reason"),
		refused: counters("vidchat_packets_refused_total",
			"Packets that were not let through to a handler, by reason; the session lived on.", "reason"),
		denied:   counters("vidchat_requests_denied_total", "Engine.IO requests answered with an error, by reason.", "reason"),
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
	st.packetsIn, st.packetsOut = st.packets.WithLabelValues("in"), st.packets.WithLabelValues("out")
	st.bytesIn, st.bytesOut = st.bytes.WithLabelValues("in"), st.bytes.WithLabelValues("out")
	return st
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Collectors are what a Prometheus registry wants.
func (st *Stats) Collectors() []prometheus.Collector {
	return []prometheus.Collector{
		st.sessions, st.opened, st.ended, st.refused, st.denied, st.upgrades,
		st.packets, st.bytes, st.peak, st.lifetime, st.panics,
	}
}

// Ended is how many sessions ended for a reason.
func (st *Stats) Ended(r Reason) int64 { return valueOf(st.ended.WithLabelValues(string(r))) }

// Refused is how many packets were not let through for a reason.
func (st *Stats) Refused(r Refusal) int64 { return valueOf(st.refused.WithLabelValues(string(r))) }

// Panics is how many sessions ended by a bug.
func (st *Stats) Panics() int64 { return valueOf(st.panics) }

func valueOf(c prometheus.Counter) int64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		panic(err) // a counter without exemplars always has a value
	}
	return int64(m.Counter.GetValue())
}

func (st *Stats) sessionOpened(s *Session) {
	eio, transport := strconv.Itoa(s.Version()), s.Transport()
	st.sessions.WithLabelValues(eio, transport).Inc()
	st.opened.WithLabelValues(eio, transport).Inc()
}

func (st *Stats) sessionUpgraded(s *Session) {
	eio := strconv.Itoa(s.Version())
	st.sessions.WithLabelValues(eio, pollingName).Dec()
	st.sessions.WithLabelValues(eio, websocketName).Inc()
	st.upgrades.WithLabelValues(upgradeFinished).Inc()
}

// sessionForgotten is for a session that was opened.
func (st *Stats) sessionForgotten(s *Session) {
	st.sessions.WithLabelValues(strconv.Itoa(s.Version()), s.Transport()).Dec()
}

func (st *Stats) sessionEnded(why Reason, lasted time.Duration, peak int) {
	st.ended.WithLabelValues(string(why)).Inc()
	st.lifetime.Observe(lasted.Seconds())
	st.peak.Observe(float64(peak))
}

// Refuse counts and logs a packet of this session that was not let through.
func (s *Session) Refuse(why Refusal) {
	s.engine.Stats.refused.WithLabelValues(string(why)).Inc()
	if s.engine.cfg.Log.Debug().Enabled() {
		s.Log().Debug().Str("reason", string(why)).Msg("packet refused")
	}
}
