package report

import "strings"

// Row is a line of the table of results.
type Row struct {
	Label  string
	Metric Metric
}

// Column is a server in the table of results, or the ratio of two servers if
// RelativeTo is set.
type Column struct {
	Label      string
	Server     string
	RelativeTo string
}

// Table writes medians and ratios as a Markdown table; see Sample.Format. It
// leaves out rows for which nothing was measured.
func Table(r *Results, rows []Row, columns []Column) string {
	head := []string{""}
	for _, c := range columns {
		head = append(head, c.Label)
	}
	lines := [][]string{head}
	for _, row := range rows {
		if r.measured(row, columns) {
			lines = append(lines, r.line(row, columns))
		}
	}
	return Markdown(lines)
}

// measured reports whether any server has a value in a row.
func (r *Results) measured(row Row, columns []Column) bool {
	for _, c := range columns {
		if c.RelativeTo == "" && len(r.Values(row.Metric, c.Server)) > 0 {
			return true
		}
	}
	return false
}

func (r *Results) line(row Row, columns []Column) []string {
	line := []string{row.Label}
	for _, c := range columns {
		cell := r.Values(row.Metric, c.Server).Format(Figure)
		if c.RelativeTo != "" {
			cell = r.Ratios(row.Metric, c.Server, c.RelativeTo).Format(Ratio)
		}
		line = append(line, cell)
	}
	return line
}

// Markdown writes lines as a table. The first line is the head; all columns but
// the first are aligned to the right.
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
