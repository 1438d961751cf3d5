package report

import "fmt"

// Goal is a limit for something that is measured.
type Goal struct {
	Label   string
	Values  func(*Results) Sample
	Limit   float64
	AtLeast bool   // the limit is a minimum, not a maximum
	Unit    string // of the values and the limit; empty for a ratio
}

// Goals writes a table of goals, each with what was measured and whether its
// median meets the limit. A goal without a measurement is not met.
func Goals(r *Results, goals []Goal) string {
	lines := [][]string{{"", "goal", "measured", ""}}
	for _, g := range goals {
		values := g.Values(r)
		verdict := "**not met**"
		if median, ok := values.Median(); ok && g.met(median) {
			verdict = "met"
		}
		lines = append(lines, []string{g.Label, g.limit(), g.measured(values), verdict})
	}
	return Markdown(lines)
}

func (g Goal) met(value float64) bool {
	if g.AtLeast {
		return value >= g.Limit
	}
	return value <= g.Limit
}

func (g Goal) limit() string {
	sign := "≤"
	if g.AtLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s%s", sign, Figure(g.Limit), g.Unit)
}

func (g Goal) measured(values Sample) string {
	text := values.Format(Figure)
	if len(values) > 0 {
		text += g.Unit
	}
	return text
}
