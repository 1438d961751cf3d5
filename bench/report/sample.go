package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Sample holds one value per round, in the order of the rounds.
type Sample []float64

// maxSpread is how far the rounds may lie apart before a median alone would
// claim more precision than there is.
const maxSpread = 0.30

// noValue stands in a table where nothing was measured.
const noValue = "–"

// Latest returns the value of the last round. It reports whether there is one.
func (s Sample) Latest() (float64, bool) {
	if len(s) == 0 {
		return 0, false
	}
	return s[len(s)-1], true
}

// Median reports whether there is one.
func (s Sample) Median() (float64, bool) {
	if len(s) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(s))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle], true
	}
	return (sorted[middle-1] + sorted[middle]) / 2, true
}

// Format writes the median and, where the rounds differ by more than 30 %, the
// lowest and the highest value after it. A dash stands for an empty sample.
func (s Sample) Format(number func(float64) string) string {
	median, ok := s.Median()
	if !ok {
		return noValue
	}
	text := number(median)
	if low, high := slices.Min(s), slices.Max(s); high-low > maxSpread*math.Abs(low) {
		text += fmt.Sprintf(" (%s–%s)", number(low), number(high))
	}
	return text
}

// Ratio writes a value with two decimals.
func Ratio(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) }

// Figure writes a value with three significant digits, and with commas between
// thousands.
func Figure(value float64) string {
	switch {
	case value < 0:
		return "-" + Figure(-value)
	case value >= 99.95:
		return thousands(strconv.FormatFloat(value, 'f', 0, 64))
	case value >= 9.995:
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return Ratio(value)
}

func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
