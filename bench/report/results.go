// Package report turns measurements into tables and a chart.
package report

// Metric names one quantity that is measured.
type Metric string

// Results holds the values of all rounds. The zero value is empty.
type Results struct {
	values map[key]Sample
}

type key struct {
	metric Metric
	server string
}

// Add records the value that a round measured for a server.
func (r *Results) Add(m Metric, server string, value float64) {
	if r.values == nil {
		r.values = make(map[key]Sample)
	}
	k := key{m, server}
	r.values[k] = append(r.values[k], value)
}

// Values returns what every round measured for a server.
func (r *Results) Values(m Metric, server string) Sample {
	return r.values[key{m, server}]
}

// Ratios compares two servers round by round, because whatever disturbs a round
// disturbs both.
func (r *Results) Ratios(m Metric, server, relativeTo string) Sample {
	return ratios(r.Values(m, server), r.Values(m, relativeTo))
}

// Growth compares two metrics of one server round by round.
func (r *Results) Growth(server string, large, small Metric) Sample {
	return ratios(r.Values(large, server), r.Values(small, server))
}

// ratios leaves out the rounds in which the denominator is not positive.
func ratios(numerators, denominators Sample) Sample {
	var all Sample
	for i := range min(len(numerators), len(denominators)) {
		if denominators[i] > 0 {
			all = append(all, numerators[i]/denominators[i])
		}
	}
	return all
}
