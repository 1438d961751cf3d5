package turn

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// refusal is why something was refused, as a metric's label.
type refusal string

const (
	refusedCredential   refusal = "credential" // wrong or expired
	refusedUserQuota    refusal = "user_quota"
	refusedAddressQuota refusal = "address_quota"
	refusedTotalQuota   refusal = "total_quota"
	refusedPeer         refusal = "peer"       // where nobody may relay to
	refusedPermission   refusal = "permission" // a packet to or from a peer that the client has no permission for
	refusedRate         refusal = "rate"
	refusedStreams      refusal = "streams"
)

var refusals = []refusal{
	refusedCredential, refusedUserQuota, refusedAddressQuota, refusedTotalQuota, refusedPeer, refusedPermission, refusedRate,
	refusedStreams,
}

// metrics counts on the path of media, so it takes no lock.
type metrics struct {
	created, dropped, toClients, toPeers atomic.Uint64
	refusals                             map[refusal]*atomic.Uint64 // read only
}

func newMetrics() *metrics {
	m := &metrics{refusals: make(map[refusal]*atomic.Uint64)}
	for _, reason := range refusals {
		m.refusals[reason] = new(atomic.Uint64)
	}
	return m
}

func (m *metrics) refused(reason refusal) { m.refusals[reason].Add(1) }

var (
	allocationsDesc = prometheus.NewDesc("vidchat_turn_allocations", "TURN allocations that exist.", nil, nil)
	createdDesc     = prometheus.NewDesc("vidchat_turn_allocations_total", "TURN allocations made.", nil, nil)
	bytesDesc       = prometheus.NewDesc("vidchat_turn_relayed_bytes_total", "Bytes of media relayed, by direction.", []string{"to"}, nil)
	droppedDesc     = prometheus.NewDesc("vidchat_turn_dropped_packets_total", "Packets over the bandwidth of an allocation.", nil, nil)
	refusedDesc     = prometheus.NewDesc("vidchat_turn_refused_total", "What the TURN server refused, by reason.", []string{"reason"}, nil)
)

// Describe implements prometheus.Collector.
func (s *Server) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{allocationsDesc, createdDesc, bytesDesc, droppedDesc, refusedDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(to chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	to <- prometheus.MustNewConstMetric(allocationsDesc, prometheus.GaugeValue, float64(s.Allocations()))
	count(createdDesc, s.metrics.created.Load())
	count(bytesDesc, s.metrics.toClients.Load(), "clients")
	count(bytesDesc, s.metrics.toPeers.Load(), "peers")
	count(droppedDesc, s.metrics.dropped.Load())
	for _, reason := range refusals {
		count(refusedDesc, s.metrics.refusals[reason].Load(), string(reason))
	}
}
