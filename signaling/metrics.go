package signaling

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the metrics of signaling.
type metrics struct {
	joins            *prometheus.CounterVec
	relays           prometheus.Counter
	withoutRecipient prometheus.Counter
	joinTime         prometheus.Histogram
	relayTime        prometheus.Histogram
	panics           prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		joins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_joins_total", Help: "Attempts to join a room, by result."}, []string{"result"}),
		relays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_relays_total", Help: "Messages relayed to the other members of a room."}),
		withoutRecipient: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_unheard_total", Help: "Messages without a recipient."}),
		joinTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_handshake_to_join_seconds", Help: "Time from the handshake of a session to its first seat.",
			Buckets: []float64{.001, .005, .02, .05, .1, .2, .5, 1, 2, 5, 30}}),
		relayTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_relay_seconds", Help: "Time from reading a message to sending or queueing it for all recipients.",
			Buckets: []float64{10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 5e-3, 20e-3, .1}}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_handler_panics_total", Help: "Panics in event handlers."}),
	}
}

// Results of joins without an event of the same name.
const (
	resultLeft    = "left"    // in the log only
	resultAgain   = "again"   // already in the room
	resultResumed = "resumed" // has the seat that it held before
)

func (m *metrics) joined(result string, p *participant) {
	m.joins.WithLabelValues(result).Inc()
	if result != resultAgain {
		m.joinTime.Observe(p.Age().Seconds())
	}
}

func (m *metrics) relayed(p *participant) {
	m.relays.Inc()
	m.relayTime.Observe(p.SinceRead().Seconds())
}

// Collectors returns the Prometheus collectors of signaling and of Socket.IO beneath.
func (s *Server) Collectors() []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	collectors := []prometheus.Collector{
		s.metrics.joins, s.metrics.relays, s.metrics.withoutRecipient, s.metrics.joinTime, s.metrics.relayTime, s.metrics.panics,
		gauge("vidchat_rooms", "Rooms in use.", func() int { n, _ := s.rooms.Size(); return n }),
		gauge("vidchat_seats", "Seats taken, with or without a connection.", func() int { _, n := s.rooms.Size(); return n }),
		gauge("vidchat_kept_bytes", "Bytes kept for seats: messages that were not sent yet or are not confirmed.", s.rooms.Kept),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "vidchat_kept_dropped_total", Help: "Seats for which what was kept was dropped, since all had too much.",
		}, func() float64 { return float64(s.rooms.GivenUp()) }),
	}
	if s.cluster != nil {
		collectors = append(collectors, s.cluster.collectors()...)
	}
	return append(collectors, s.sockets.Collectors()...)
}
