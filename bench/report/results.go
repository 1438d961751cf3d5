// Package report turns what was measured into tables and a chart.
package report

import "slices"

// Metric names one thing that was measured.
type Metric string

// Results are the figures of all rounds. The zero value has none.
type Results struct {
	figures map[key][]float64 // one for each round
}

type key struct {
	metric  Metric
	subject string
}

// Add adds what a round found for a subject.
func (r *Results) Add(m Metric, subject string, value float64) {
	if r.figures == nil {
		r.figures = make(map[key][]float64)
	}
	k := key{m, subject}
	r.figures[k] = append(r.figures[k], value)
}

// Latest is what the last round found.
func (r *Results) Latest(m Metric, subject string) (float64, bool) {
	all := r.figures[key{m, subject}]
	if len(all) == 0 {
		return 0, false
	}
	return all[len(all)-1], true
}

// Median is the median over the rounds.
func (r *Results) Median(m Metric, subject string) (float64, bool) {
	return median(r.figures[key{m, subject}])
}

// Ratio compares two subjects: it is the median of the ratios that the rounds
// found, since what disturbs a round disturbs both.
func (r *Results) Ratio(m Metric, subject, of string) (float64, bool) {
	return ratio(r.figures[key{m, subject}], r.figures[key{m, of}])
}

// Growth compares two metrics of a subject, as Ratio does two subjects.
func (r *Results) Growth(subject string, large, small Metric) (float64, bool) {
	return ratio(r.figures[key{large, subject}], r.figures[key{small, subject}])
}

func ratio(above, below []float64) (float64, bool) {
	var ratios []float64
	for i := range min(len(above), len(below)) {
		if below[i] > 0 {
			ratios = append(ratios, above[i]/below[i])
		}
	}
	return median(ratios)
}

func median(values []float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle], true
	}
	return (sorted[middle-1] + sorted[middle]) / 2, true
}
