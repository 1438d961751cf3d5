package certificate

import "github.com/prometheus/client_golang/prometheus"

var (
	expiresDesc = prometheus.NewDesc("vidchat_certificate_expires_timestamp_seconds",
		"When a certificate ends, as Unix time; 0 where there is none.", []string{"name"}, nil)
	problemDesc = prometheus.NewDesc("vidchat_certificate_problem",
		"1 if a certificate could not be obtained, renewed or reloaded.", []string{"name"}, nil)
)

// collector shows what a Source knows.
type collector struct{ of Source }

// Collector returns the metrics of a Source.
func Collector(s Source) prometheus.Collector { return collector{s} }

// Describe implements prometheus.Collector.
func (collector) Describe(to chan<- *prometheus.Desc) { to <- expiresDesc; to <- problemDesc }

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.of.Status() {
		var expires, problem float64
		if !s.Expires.IsZero() {
			expires = float64(s.Expires.Unix())
		}
		if s.Problem != "" {
			problem = 1
		}
		to <- prometheus.MustNewConstMetric(expiresDesc, prometheus.GaugeValue, expires, s.Name)
		to <- prometheus.MustNewConstMetric(problemDesc, prometheus.GaugeValue, problem, s.Name)
	}
}
