package forward

import "github.com/prometheus/client_golang/prometheus"

// The results of forwarding a request, as labels.
const (
	resultAnswered = "answered"
	resultUpgraded = "upgraded"
	resultCanceled = "canceled" // the client has gone
	resultUnknown  = "unknown"  // the node, and with it the session, is gone
)

// Metrics are what is counted of forwarded requests.
type Metrics struct {
	collectors []prometheus.Collector
	requests   *prometheus.CounterVec
	latency    prometheus.Histogram
	streams    prometheus.Gauge
	damaged    prometheus.Counter
}

func newMetrics(s *Server) Metrics {
	m := Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vidchat_forwarded_requests_total", Help: "Requests for sessions of other nodes, by kind and result.",
		}, []string{"kind", "result"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_forwarded_post_seconds", Help: "Time until a forwarded POST was answered.",
			Buckets: prometheus.ExponentialBuckets(0.00025, 2, 14),
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "vidchat_forwarded_websockets", Help: "Open WebSockets of sessions of other nodes.",
		}),
		damaged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vidchat_forwarded_damaged_total", Help: "Frames between nodes that could not be read.",
		}),
	}
	for _, kind := range []string{"get", "post", "websocket"} {
		for _, result := range []string{resultAnswered, resultUpgraded, resultCanceled, resultUnknown} {
			m.requests.WithLabelValues(kind, result)
		}
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "vidchat_forwarded_open", Help: "Requests and WebSockets that other nodes forward to this one.",
	}, func() float64 {
		s.mu.Lock()
		defer s.mu.Unlock()
		return float64(len(s.homes))
	})
	m.collectors = []prometheus.Collector{m.requests, m.latency, m.streams, m.damaged, waiting}
	return m
}

// Collectors are the metrics of forwarding.
func (s *Server) Collectors() []prometheus.Collector { return s.Metrics.collectors }
