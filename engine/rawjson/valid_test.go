package rawjson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const deepest = 64

// FuzzValid compares with encoding/json, which knows no depth worth speaking of.
func FuzzValid(f *testing.F) {
	for _, seed := range append(seeds, invalid...) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := json.Valid([]byte(text)) && depthOf(text) <= deepest
		if got := Valid(text, deepest); got != want {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
	})
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
			text := strings.Repeat(open, depth) + "1" + strings.Repeat(end, depth)
			if Valid(text, deepest) != (depth <= deepest) {
				t.Errorf("%d times %s: wrong", depth, pair)
			}
		}
	}
	if Valid(strings.Repeat("[", 1<<20), deepest) {
		t.Error("brackets without end are valid")
	}
}

// Strings of every length end where they end, whatever is before that.
func TestStrings(t *testing.T) {
	for n := range 40 {
		for _, c := range []string{"a", "é", "\x7f", "!", "#", "[", "]", "\u00a2", "\u00dc"} {
			text := `"` + strings.Repeat(c, n)
			if !Valid(text+`"`, 1) || Valid(text, 1) || Valid(text+"\x1f\"", 1) || Valid(text+`\"`, 1) || !Valid(text+`\\"`, 1) {
				t.Errorf("%d times %q: wrong", n, c)
			}
		}
	}
}

func BenchmarkValid(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			text := `["message",{"sdp":{"type":"offer","sdp":"` + strings.Repeat(`a=rtcp-fb:111 transport-cc\r\n`, size/30) + `"},"room":"x"}]`
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if !Valid(text, deepest) {
					b.Fatal("not valid")
				}
			}
		})
	}
}
