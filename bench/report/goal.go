package report

import "fmt"

// Goal is a figure that is to be reached.
type Goal struct {
	Label string
	Value func(*Results) (float64, bool)
	Limit float64
	Least bool   // the value is to be the limit at least, and not at most
	Unit  string // of value and limit; nothing for a ratio
}

// Goals writes a table of the goals, each with its value and whether that is
// met. Goals that nothing was measured for are not met.
func Goals(r *Results, goals []Goal) string {
	lines := [][]string{{"", "goal", "measured", ""}}
	for _, g := range goals {
		value, measured := g.Value(r)
		figure := none
		if measured {
			figure = Figure(value) + g.Unit
		}
		verdict := "**not met**"
		if measured && g.met(value) {
			verdict = "met"
		}
		lines = append(lines, []string{g.Label, g.limit(), figure, verdict})
	}
	return Markdown(lines)
}

func (g Goal) met(value float64) bool {
	if g.Least {
		return value >= g.Limit
	}
	return value <= g.Limit
}

func (g Goal) limit() string {
	sign := "≤"
	if g.Least {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s%s", sign, Figure(g.Limit), g.Unit)
}
