package rawjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const deepest = 64

// FuzzSplit compares with encoding/json, which knows no depth worth speaking
// of.
func FuzzSplit(f *testing.F) {
	for _, seed := range append(seeds, invalid...) {
		f.Add(seed)
		f.Add("[" + seed + "]")
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want []json.RawMessage
		array := strings.HasPrefix(text, "[") && depthOf(text) <= deepest && json.Unmarshal([]byte(text), &want) == nil
		got := make([][]byte, len(want)+1)
		n, ok := Split(got, []byte(text), deepest)
		got = got[:n]
		if ok != array || ok && !slices.EqualFunc(got, want, func(a []byte, b json.RawMessage) bool { return string(a) == string(b) }) {
			t.Fatalf("%q: got %q, %v; want %q, %v", text, got, ok, want, array)
		}
		if few, ok := Split(make([][]byte, 1), []byte(text), deepest); ok && few != min(len(want), 1) {
			t.Fatalf("%q: %d elements of at most one", text, few)
		}
	})
}

// valid reports whether text is an array.
func valid(text string, depth int) bool {
	_, ok := Split(nil, []byte(text), depth)
	return ok
}

var invalid = []string{
	``, ` `, `[`, `]`, `{`, `[1,]`, `[,1]`, `[1 2]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{1:1}`, `[1]x`, `"`, `"\`, `"\u12"`, `"\u12x4"`, `"\x"`,
	"\"\x00\"", "\"\x1f12345678\"", "\"12345678\n\"", `-`, `01`, `-01`, `1.`, `.1`, `1e`, `1e+`, `+1`, `NaN`, `nul`, `truex`, `TRUE`, "\"\x7f\"",
	`0`, `-0.0e-0`, `1E5`, `"12345678\"12345678\\12345678"`, `"é1234567漢"`, "\v1",
}

// depthOf is for valid JSON.
func depthOf(text string) (deepest int) {
	decoder := json.NewDecoder(strings.NewReader(text))
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		deepest = max(deepest, depth)
	}
}

func TestDepth(t *testing.T) {
	for _, pair := range []string{"[]", `{"a":}`} {
		open, end := pair[:len(pair)-1], pair[len(pair)-1:]
		for depth := deepest - 1; depth <= deepest+1; depth++ {
			text := "[" + strings.Repeat(open, depth-1) + "1" + strings.Repeat(end, depth-1) + "]"
			if valid(text, deepest) != (depth <= deepest) {
				t.Errorf("%d times %s: wrong", depth, pair)
			}
		}
	}
	if valid(strings.Repeat("[", 1<<20), deepest) {
		t.Error("brackets without end are valid")
	}
}

// Strings of every length end where they end, whatever is before that.
func TestStrings(t *testing.T) {
	for n := range 40 {
		for _, c := range []string{"a", "é", "\x7f", "!", "#", "[", "]", "\u00a2", "\u00dc"} {
			text := `["` + strings.Repeat(c, n)
			if !valid(text+`"]`, 1) || valid(text, 1) || valid(text+"\x1f\"]", 1) || valid(text+`\"]`, 1) || !valid(text+`\\"]`, 1) {
				t.Errorf("%d times %q: wrong", n, c)
			}
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			text := []byte(`["message",{"sdp":{"type":"offer","sdp":"` + strings.Repeat(`a=rtcp-fb:111 transport-cc\r\n`, size/30) + `"},"room":"x"}]`)
			b.SetBytes(int64(len(text)))
			var few [5][]byte
			for b.Loop() {
				if _, ok := Split(few[:], text, deepest); !ok {
					b.Fatal("not valid")
				}
			}
		})
	}
}
