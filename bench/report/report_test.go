package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

const (
	speed Metric = "speed"
	size  Metric = "size"
)

// results has three rounds of two subjects, the second with an outlier.
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
		if got, ok := median(test.values); got != test.want || ok == test.none {
			t.Errorf("%s: got %v, %v", name, got, ok)
		}
	}
}

func TestResults(t *testing.T) {
	r := results()
	type found func() (float64, bool)
	for name, test := range map[string]struct {
		find found
		want float64
	}{
		"median":         {func() (float64, bool) { return r.Median(speed, "a") }, 4},
		"latest":         {func() (float64, bool) { return r.Latest(speed, "b") }, 12},
		"ratio":          {func() (float64, bool) { return r.Ratio(speed, "a", "b") }, 0.5},
		"growth":         {func() (float64, bool) { return r.Growth("a", size, speed) }, 1234.5},
		"no subject":     {func() (float64, bool) { return r.Median(speed, "c") }, math.NaN()},
		"no metric":      {func() (float64, bool) { return r.Latest("weight", "a") }, math.NaN()},
		"nothing to":     {func() (float64, bool) { return r.Ratio(size, "a", "b") }, math.NaN()},
		"nothing grew":   {func() (float64, bool) { return r.Growth("b", size, speed) }, math.NaN()},
		"ratio to zeros": {func() (float64, bool) { return ratio([]float64{1}, []float64{0}) }, math.NaN()},
	} {
		got, ok := test.find()
		if ok == math.IsNaN(test.want) || ok && got != test.want {
			t.Errorf("%s: got %v, %v", name, got, ok)
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
		[]Column{{Label: "A", Subject: "a"}, {Label: "B", Subject: "b"}, {Label: "A : B", Subject: "a", Of: "b"}})
	const want = `|  | A | B | A : B |
|---|---:|---:|---:|
| Speed | 4.00 | 10.0 | 0.50 |
| Size | 1,234 | – | – |
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestGoals(t *testing.T) {
	of := func(v float64, ok bool) func(*Results) (float64, bool) {
		return func(*Results) (float64, bool) { return v, ok }
	}
	got := Goals(results(), []Goal{
		{Label: "less", Limit: 0.5, Value: of(0.5, true)},
		{Label: "too much", Limit: 12, Unit: " KiB", Value: of(12.5, true)},
		{Label: "more", Limit: 4, Least: true, Value: of(4, true)},
		{Label: "too little", Limit: 4, Least: true, Value: of(3.9, true)},
		{Label: "unknown", Limit: 1, Value: of(0, false)},
	})
	const want = `|  | goal | measured |  |
|---|---:|---:|---:|
| less | ≤ 0.50 | 0.50 | met |
| too much | ≤ 12.0 KiB | 12.5 KiB | **not met** |
| more | ≥ 4.00 | 4.00 | met |
| too little | ≥ 4.00 | 3.90 | **not met** |
| unknown | ≤ 1.00 | – | **not met** |
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
	if want := 2 + 3; bars != want { // the legend's, and one for each figure
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
		t.Error("it fetches something")
	}
}

// elements reads an SVG, counts its bars and collects its texts.
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
