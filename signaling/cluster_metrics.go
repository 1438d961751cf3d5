package signaling

import "github.com/prometheus/client_golang/prometheus"

// clusterMetrics are the metrics of rooms that are shared with other nodes.
type clusterMetrics struct {
	forwarded, fenced, taken prometheus.Counter
	latency                  prometheus.Histogram
}

func newClusterMetrics() clusterMetrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	return clusterMetrics{
		forwarded: counter("vidchat_shared_forwarded_total", "Messages and requests of clients that were forwarded to the owners of their rooms."),
		fenced:    counter("vidchat_shared_fenced_total", "Frames and rooms that were dropped, since the room has another owner."),
		taken:     counter("vidchat_shared_taken_total", "Rooms that this node became the owner of."),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vidchat_shared_answer_seconds", Help: "Time until the owner of a room has answered a request that was forwarded to it.",
			Buckets: []float64{.0005, .001, .002, .005, .02, .1, .5, 2.5, 8}}),
	}
}

func (c *cluster) collectors() []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		c.metrics.forwarded, c.metrics.fenced, c.metrics.taken, c.metrics.latency,
		gauge("vidchat_shared_remote_seats", "Clients of other nodes with a seat or a knock in a room of this node.", func() int {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.remotes)
		}),
	}
}
