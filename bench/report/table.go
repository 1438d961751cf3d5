package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Row is a line of the table of figures.
type Row struct {
	Label  string
	Metric Metric
}

// Column is a subject in the table, or the ratio of two if Of is set.
type Column struct {
	Label   string
	Subject string
	Of      string
}

// none stands where there is no figure.
const none = "–"

// Table writes medians and ratios as a table in Markdown. Rows without any
// figure are left out.
func Table(r *Results, rows []Row, columns []Column) string {
	head := []string{""}
	for _, c := range columns {
		head = append(head, c.Label)
	}
	lines := [][]string{head}
	for _, row := range rows {
		if line, ok := r.line(row, columns); ok {
			lines = append(lines, line)
		}
	}
	return Markdown(lines)
}

func (r *Results) line(row Row, columns []Column) (line []string, filled bool) {
	line = []string{row.Label}
	for _, c := range columns {
		cell := none
		if c.Of != "" {
			if ratio, ok := r.Ratio(row.Metric, c.Subject, c.Of); ok {
				cell = fmt.Sprintf("%.2f", ratio)
			}
		} else if value, ok := r.Median(row.Metric, c.Subject); ok {
			cell, filled = Figure(value), true
		}
		line = append(line, cell)
	}
	return line, filled
}

// Markdown writes lines as a table, the first as its head, figures to the right.
func Markdown(lines [][]string) string {
	var b strings.Builder
	for i, line := range lines {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---|" + strings.Repeat("---:|", len(line)-1) + "\n")
		}
	}
	return b.String()
}

// Figure writes a value with three digits that count, and commas between
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
	return strconv.FormatFloat(value, 'f', 2, 64)
}

func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
