package socketio

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"vidchat/internal/engineio"
)

type metrics struct {
	refused *prometheus.CounterVec
}

func newMetrics() metrics {
	return metrics{refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vidchat_packets_refused_total",
		Help: "Packets that were not let through to a handler, by reason; the session lived on.",
	}, []string{"reason"})}
}

// Collectors are what a Prometheus registry wants: those of Socket.IO, and those
// of Engine.IO beneath.
func (s *Server) Collectors() []prometheus.Collector {
	return append([]prometheus.Collector{s.metrics.refused}, s.engine.Metrics.Collectors()...)
}

// Refused is how many packets were not let through for a reason.
func (s *Server) Refused(why Refusal) int64 {
	var m dto.Metric
	if err := s.metrics.refused.WithLabelValues(string(why)).Write(&m); err != nil {
		panic(err) // a counter without exemplars always has a value
	}
	return int64(m.Counter.GetValue())
}

// Ended is how many sessions ended for a reason.
func (s *Server) Ended(why engineio.Reason) int64 { return s.engine.Metrics.Ended(why) }
