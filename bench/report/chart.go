package report

import (
	"fmt"
	"html"
	"strings"
)

// Chart draws groups of bars. Each group shows one metric, with a bar per series
// that is scaled to the longest bar of the group.
type Chart struct {
	Title  string
	Note   string // a line below the bars
	Groups []ChartGroup
	Series []ChartSeries
}

// ChartGroup is one metric in a chart.
type ChartGroup struct {
	Label  string
	Unit   string
	Metric Metric
}

// ChartSeries is one server in a chart. Class is one of those in chartStyle.
type ChartSeries struct {
	Label, Server, Class string
}

const (
	chartWidth = 760
	barsLeft   = 290
	barsWidth  = 340
	barHeight  = 13
	barGap     = 3
	groupGap   = 14
	chartTop   = 66
)

// The colours have enough contrast on light and dark pages.
const chartStyle = `<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { font-size: 12px; fill: #57606a }
  .own { fill: #0b7a53 }
  .old { fill: #9a6700 }
  .new { fill: #8250df }
  .bare { fill: #6e7781 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .own { fill: #2ea878 }
    .old { fill: #d29922 }
    .new { fill: #a371f7 }
    .bare { fill: #8b949e }
  }
</style>
`

// SVG draws the medians of the results. The drawing loads nothing, runs no
// script, and follows the reader's colour scheme.
func (c Chart) SVG(r *Results) string {
	var bars strings.Builder
	y := chartTop
	for _, g := range c.Groups {
		y = c.group(&bars, r, g, y) + groupGap
	}
	height := y + 20
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		chartWidth, height, chartWidth, height, html.EscapeString(c.Title))
	b.WriteString(chartStyle)
	text(&b, 12, 24, "title", c.Title)
	c.legend(&b)
	b.WriteString(bars.String())
	text(&b, 12, y+6, "quiet", c.Note)
	b.WriteString("</svg>\n")
	return b.String()
}

func (c Chart) legend(b *strings.Builder) {
	x := 12
	for _, s := range c.Series {
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="38" width="11" height="11" rx="2"/>`+"\n", s.Class, x)
		text(b, x+17, 48, "quiet", s.Label)
		x += 17 + 8*len(s.Label) + 16
	}
}

// group draws the bars of a metric, starting at y, and returns the y where they
// end.
func (c Chart) group(b *strings.Builder, r *Results, g ChartGroup, y int) int {
	longest := 0.0
	for _, s := range c.Series {
		value, _ := r.Values(g.Metric, s.Server).Median()
		longest = max(longest, value)
	}
	text(b, 12, y+barHeight-2, "", g.Label)
	for _, s := range c.Series {
		value, ok := r.Values(g.Metric, s.Server).Median()
		if !ok || longest == 0 {
			continue
		}
		length := max(value/longest*barsWidth, 1)
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`+"\n", s.Class, barsLeft, y, length, barHeight)
		text(b, barsLeft+int(length)+6, y+barHeight-2, "quiet", Figure(value)+" "+g.Unit)
		y += barHeight + barGap
	}
	return y
}

func text(b *strings.Builder, x, y int, class, s string) {
	attribute := ""
	if class != "" {
		attribute = fmt.Sprintf(` class="%s"`, class)
	}
	fmt.Fprintf(b, `<text%s x="%d" y="%d">%s</text>`+"\n", attribute, x, y, html.EscapeString(s))
}
