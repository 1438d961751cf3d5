package cluster

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a node counts. No label has the name of a node or a room.
type Metrics struct {
	collectors   []prometheus.Collector
	errors       *prometheus.CounterVec
	lost         *prometheus.CounterVec
	resends      prometheus.Counter
	fences       prometheus.Counter
	damaged      prometheus.Counter
	resubscribed prometheus.Counter
}

func newMetrics(n *Node) Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	m := Metrics{
		errors:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vidchat_redis_errors_total", Help: "Commands that Redis did not carry out, by reason."}, []string{"reason"}),
		lost:         prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vidchat_cluster_nodes_lost_total", Help: "Nodes that were lost, by reason."}, []string{"reason"}),
		resends:      counter("vidchat_cluster_resends_total", "Times that something was sent to a node again."),
		fences:       counter("vidchat_cluster_fences_total", "Rooms of this node that turned out to be another's."),
		damaged:      counter("vidchat_cluster_damaged_packets_total", "Packets that could not be read, such as those of nodes with another CLUSTER_SECRET."),
		resubscribed: counter("vidchat_cluster_resubscribed_total", "Subscriptions that were lost and made again."),
	}
	for _, reason := range []string{"auth", "connection", "full", "loading", "readonly", "reply", "timeout"} {
		m.errors.WithLabelValues(reason)
	}
	for _, reason := range []string{"forgotten", "lease_ended", "left", "restarted", "too_far_behind"} {
		m.lost.WithLabelValues(reason)
	}
	m.collectors = []prometheus.Collector{
		m.errors, m.lost, m.resends, m.fences, m.damaged, m.resubscribed,
		gauge("vidchat_cluster_nodes", "Live nodes, this one too.", func() float64 { return float64(len(n.Nodes())) }),
		gauge("vidchat_cluster_serving", "1 if this node has a lease, 0 if it is cut off.", func() float64 {
			if n.Serving() {
				return 1
			}
			return 0
		}),
		gauge("vidchat_cluster_rooms_owned", "Rooms that this node owns.", func() float64 { return float64(n.owned.count()) }),
	}
	return m
}

func (m *Metrics) failed(err error) { m.errors.WithLabelValues(codeOf(err)).Inc() }

// Collectors are the metrics of a node.
func (n *Node) Collectors() []prometheus.Collector { return n.Metrics.collectors }
