package signaling

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what happens in rooms.
type metrics struct {
	joins    *prometheus.CounterVec
	relays   prometheus.Counter
	unheard  prometheus.Counter
	joinTime prometheus.Histogram
	relay    prometheus.Histogram
	panics   prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		joins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_joins_total", Help: "Attempts to join a room, by result."}, []string{"result"}),
		relays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_relays_total", Help: "Messages relayed to the others in a room."}),
		unheard: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_unheard_total", Help: "Messages to a room with nobody else in it."}),
		joinTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_handshake_to_join_seconds", Help: "Time from the handshake of a session to its first seat.",
			Buckets: []float64{.001, .005, .02, .05, .1, .2, .5, 1, 2, 5, 30}}),
		relay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_relay_seconds", Help: "Time from reading a message to having sent or queued it for all others.",
			Buckets: []float64{10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 5e-3, 20e-3, .1}}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_handler_panics_total", Help: "Event handlers that ended by a bug."}),
	}
}

// Results of joins that have no event of their own.
const (
	resultAgain   = "again"   // was in the room
	resultResumed = "resumed" // has its seat again
)

func (m *metrics) joined(result string, p *participant) {
	m.joins.WithLabelValues(result).Inc()
	if result != resultAgain {
		m.joinTime.Observe(p.Age().Seconds())
	}
}

func (m *metrics) relayed(p *participant) {
	m.relays.Inc()
	m.relay.Observe(p.SinceRead().Seconds())
}

// Collectors are what a Prometheus registry wants: those of signaling, and those
// of Socket.IO beneath.
func (s *Server) Collectors() []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	own := []prometheus.Collector{
		s.metrics.joins, s.metrics.relays, s.metrics.unheard, s.metrics.joinTime, s.metrics.relay, s.metrics.panics,
		gauge("vidchat_rooms", "Rooms with somebody in them.", func() int { n, _ := s.rooms.Size(); return n }),
		gauge("vidchat_seats", "Seats that are taken.", func() int { _, n := s.rooms.Size(); return n }),
	}
	return append(own, s.sockets.Collectors()...)
}
