package report

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	speed Metric = "speed"
	size  Metric = "size"
)

// results has three rounds of two servers.
func results() *Results {
	var r Results
	for _, round := range []struct{ a, b float64 }{{1, 2}, {4, 10}, {9, 12}} {
		r.Add(speed, "a", round.a)
		r.Add(speed, "b", round.b)
	}
	r.Add(size, "a", 1234.5)
	return &r
}

func TestMedian(t *testing.T) {
	tests := map[string]struct {
		values []float64
		want   float64
		none   bool
	}{
		"none":      {none: true},
		"one":       {values: []float64{3}, want: 3},
		"odd":       {values: []float64{9, 1, 5}, want: 5},
		"even":      {values: []float64{9, 1, 5, 6}, want: 5.5},
		"identical": {values: []float64{2, 2}, want: 2},
	}
	for name, test := range tests {
		if got, ok := Sample(test.values).Median(); got != test.want || ok == test.none {
			t.Errorf("%s: got %v, %v", name, got, ok)
		}
	}
}

func TestResults(t *testing.T) {
	r := results()
	for name, test := range map[string]struct {
		got, want Sample
	}{
		"values":         {r.Values(speed, "a"), Sample{1, 4, 9}},
		"ratios":         {r.Ratios(speed, "a", "b"), Sample{0.5, 0.4, 0.75}},
		"growth":         {r.Growth("a", size, speed), Sample{1234.5}},
		"no server":      {r.Values(speed, "c"), nil},
		"no metric":      {r.Values("weight", "a"), nil},
		"no denominator": {r.Ratios(size, "a", "b"), nil},
		"no growth":      {r.Growth("b", size, speed), nil},
		"ratio to zero":  {ratios(Sample{1}, Sample{0}), nil},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
}

func TestLatest(t *testing.T) {
	if got, ok := results().Values(speed, "b").Latest(); !ok || got != 12 {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, ok := Sample(nil).Latest(); ok {
		t.Errorf("an empty sample has the latest value %v", got)
	}
}

func TestFormat(t *testing.T) {
	for want, sample := range map[string]Sample{
		"–":                    nil,
		"3.00":                 {3},
		"0.00":                 {0, 0},
		"11.5":                 {13, 10, 11.5},
		"11.5 (10.0–13.1)":     {13.1, 10, 11.5},
		"1,500 (1,000–20,000)": {1000, 20000, 1500},
		"1.00 (-2.00–3.00)":    {-2, 3, 1},
		"-9.00":                {-10, -8, -9},
	} {
		if got := sample.Format(Figure); got != want {
			t.Errorf("%v is %q, want %q", sample, got, want)
		}
	}
}

func TestFigure(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0.00", 0.456: "0.46", 9.994: "9.99", 9.996: "10.0", 12.34: "12.3", 99.94: "99.9", 99.96: "100",
		999.6: "1,000", 12345: "12,345", 1234567: "1,234,567", -5: "-5.00", -1234: "-1,234",
	} {
		if got := Figure(value); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	got := Table(results(),
		[]Row{{"Speed", speed}, {"Weight", "weight"}, {"Size", size}},
		[]Column{{Label: "A", Server: "a"}, {Label: "B", Server: "b"}, {Label: "A : B", Server: "a", RelativeTo: "b"}})
	const want = `|  | A | B | A : B |
|---|---:|---:|---:|
| Speed | 4.00 (1.00–9.00) | 10.0 (2.00–12.0) | 0.50 (0.40–0.75) |
| Size | 1,234 | – | – |
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestGoals(t *testing.T) {
	of := func(values ...float64) func(*Results) Sample {
		return func(*Results) Sample { return values }
	}
	got := Goals(results(), []Goal{
		{Label: "less", Limit: 0.5, Values: of(0.5)},
		{Label: "too much", Limit: 12, Unit: " KiB", Values: of(12.5)},
		{Label: "more", Limit: 4, AtLeast: true, Values: of(4)},
		{Label: "too little", Limit: 4, AtLeast: true, Values: of(3.9)},
		{Label: "varies", Limit: 12, Unit: " KiB", Values: of(20, 9, 11)},
		{Label: "unknown", Limit: 1, Unit: " KiB", Values: of()},
	})
	const want = `|  | goal | measured |  |
|---|---:|---:|---:|
| less | ≤ 0.50 | 0.50 | met |
| too much | ≤ 12.0 KiB | 12.5 KiB | **not met** |
| more | ≥ 4.00 | 4.00 | met |
| too little | ≥ 4.00 | 3.90 | **not met** |
| varies | ≤ 12.0 KiB | 11.0 (9.00–20.0) KiB | met |
| unknown | ≤ 1.00 KiB | – | **not met** |
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestChart(t *testing.T) {
	svg := Chart{
		Title:  "A & B",
		Groups: []ChartGroup{{"Speed", "µs", speed}, {"Size <of it>", "KiB", size}, {"Nothing", "", "weight"}},
		Series: []ChartSeries{{"a", "a", "own"}, {"b", "b", "old"}},
	}.SVG(results())
	bars, texts := elements(t, svg)
	if want := 2 + 3; bars != want { // one per series in the legend, and one per value
		t.Errorf("%d bars, want %d", bars, want)
	}
	for _, want := range []string{"A & B", "Size <of it>", "4.00 µs", "1,234 KiB", "a", "b"} {
		if !texts[want] {
			t.Errorf("the text %q is missing", want)
		}
	}
	for _, part := range []string{`width="340.0"`, `width="136.0"`, "prefers-color-scheme: dark"} {
		if !strings.Contains(svg, part) {
			t.Errorf("%s is missing in\n%s", part, svg)
		}
	}
	if strings.Contains(strings.ReplaceAll(svg, "http://www.w3.org/2000/svg", ""), "http") {
		t.Error("the chart loads something")
	}
}

// elements parses an SVG, counts its bars and collects its texts.
func elements(t *testing.T, svg string) (bars int, texts map[string]bool) {
	t.Helper()
	texts = make(map[string]bool)
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return bars, texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "rect" {
				bars++
			}
		case xml.CharData:
			texts[string(token)] = true
		}
	}
}
