package brand

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for name, right := range map[string]bool{
		"Acme": true, "x": true, "Müller & Söhne <GmbH>": true, `"'</title>`: true, "ビデオ通話": true, "می\u200cخواهم": true, "👩\u200d💻 Calls": true,
		strings.Repeat("W", 40): true, strings.Repeat("世", 40): true,
		"Vie\u0323\u0302t": true, "བསྒྲུབས་": true, "ทั้งที่": true, "שָׁלוֹם": true, "क्ष्मीः": true, "1\ufe0f\u20e3": true, "a\u2800b": true,
		"": false, strings.Repeat("W", 41): false, "a\nb": false, "a\tb": false, "a\x00b": false, "a\u00a0b": false, "\xff": false,
		"a\u202eb": false, "\u200fa": false, "\u2066a": false, "\ufeffa": false, "\u200ba": false, "\u200d": false, "\u3164": false, "\u0301": false, "\ue000": false, "a\u2028b": false, "\u00ada": false,
		"\u2800": false, " \u2800 ": false, "a" + strings.Repeat("\u0301", 13): false, "a\u0301\u0301\u0301\u200d\u0301\u0301": false,
	} {
		if err := CheckName(name); (err == nil) != right {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestParseColor(t *testing.T) {
	for text, want := range map[string]string{
		"#0b6b58": "#0b6b58", "#ABCDEF": "#abcdef", "#000000": "#000000",
		"": "", "0b6b58": "", "#0b6": "", "#0b6b5g": "", "#0b6b588": "", "green": "", "#0b6b58;": "", " #0b6b58": "", "#+b6b58": "",
	} {
		c, err := ParseColor(text)
		if (err == nil) != (want != "") || err == nil && c.String() != want {
			t.Errorf("%q is %s, %v", text, c, err)
		}
	}
}

// themeTokens are the colors of theme.css in one scheme.
func themeTokens(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../../client/src/ui/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	read := func(css string) map[string]string {
		tokens := make(map[string]string)
		for _, found := range regexp.MustCompile(`(--[\w-]+): (#[\da-f]{6});`).FindAllStringSubmatch(css, -1) {
			tokens[found[1]] = found[2]
		}
		return tokens
	}
	before, after, _ := strings.Cut(string(text), "@media (prefers-color-scheme: dark)")
	light = read(before)
	dark = maps.Clone(light)
	maps.Copy(dark, read(after))
	return light, dark
}

// What the palette has to stand out from is what the pages have.
func TestThemeIsThatOfTheClient(t *testing.T) {
	light, dark := themeTokens(t)
	for token, c := range lightTheme {
		if light[token] != c.String() || dark[token] != darkTheme[token].String() {
			t.Errorf("%s is %s and %s in theme.css", token, light[token], dark[token])
		}
	}
	text, err := os.ReadFile("../../client/src/ui/theme.css")
	if err != nil || !strings.Contains(string(text), "--scrim-strong: rgb(10 11 11 / 66%);") {
		t.Errorf("--scrim-strong is another, %v", err)
	}
}

// A token of theme.css that depends on the accent is in the palette, and no other is.
func TestPaletteHasEveryTokenOfTheAccent(t *testing.T) {
	light, _ := themeTokens(t)
	p := derive(Color{0x0b, 0x6b, 0x58})
	depends := regexp.MustCompile(`accent|^--illustration-(wall|light|night|sound)$`)
	var want []string
	for token := range light {
		if depends.MatchString(token) {
			want = append(want, token)
		}
	}
	slices.Sort(want)
	for _, scheme := range []map[string]Color{p.light, p.dark} {
		if got := slices.Sorted(maps.Keys(scheme)); !slices.Equal(got, want) {
			t.Errorf("the palette has %q, not %q", got, want)
		}
	}
}

// The theme keeps to what is asked of palettes.
func TestThemeHasTheContrasts(t *testing.T) {
	inLight, inDark := themeTokens(t)
	for name, tokens := range map[string]map[string]string{"light": inLight, "dark": inDark} {
		colors := make(map[string]Color)
		for token, text := range tokens {
			colors[token], _ = ParseColor(text)
		}
		for _, p := range pairs {
			if c := p.contrast(colors); c < p.least {
				t.Errorf("in %s, %s on %s has a contrast of %.2f", name, p.of, p.on, c)
			}
		}
	}
}

func TestContrast(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"#000000", "#ffffff", "21.00"}, {"#ffffff", "#ffffff", "1.00"}, {"#777777", "#ffffff", "4.48"}, {"#0000ff", "#ffffff", "8.59"}, {"#ff0000", "#ffffff", "4.00"},
	} {
		a, _ := ParseColor(tt.a)
		b, _ := ParseColor(tt.b)
		if got := fmt.Sprintf("%.2f", Contrast(a, b)); got != tt.want {
			t.Errorf("%s on %s: %s, not %s", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestOklch(t *testing.T) {
	for _, text := range []string{"#000000", "#ffffff", "#0b6b58", "#ff0000", "#0000ff", "#ffff00", "#808080"} {
		c, _ := ParseColor(text)
		if back := c.oklch().color(); back != c {
			t.Errorf("%s came back as %s", c, back)
		}
	}
}

func TestNewPaletteRefuses(t *testing.T) {
	const want = "#ffcc00 is too light for text on the page, whose contrast would be 1.38 where 4.5 is needed: set it to a darker color, such as "
	_, err := NewPalette(Color{0xff, 0xcc, 0x00})
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
}

// No color that is accepted makes a page hard to read, and one that is refused has an
// alternative that is accepted.
func TestContrastOfEveryPalette(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	colors := []Color{{}, {255, 255, 255}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 0}, {0, 255, 255}, {255, 0, 255}, {119, 119, 119}}
	for range 1000 {
		colors = append(colors, Color{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32())})
	}
	for _, c := range colors {
		if checkServedContrast(t, c) {
			accepted++
		}
	}
	if accepted < 150 {
		t.Errorf("only %d colors can be used", accepted)
	}
}

func FuzzPalette(f *testing.F) {
	f.Add(uint8(0x0b), uint8(0x6b), uint8(0x58))
	f.Add(uint8(0xff), uint8(0xff), uint8(0))
	f.Fuzz(func(t *testing.T, r, g, b uint8) { checkServedContrast(t, Color{r, g, b}) })
}

// checkServedContrast computes what a browser shows of the style sheet. It reports
// whether the color can be used.
func checkServedContrast(t *testing.T, c Color) bool {
	t.Helper()
	p, err := NewPalette(c)
	if err != nil {
		_, alternative, _ := strings.Cut(err.Error(), "such as ")
		darker, parseErr := ParseColor(alternative)
		if _, err := NewPalette(darker); err != nil || parseErr != nil {
			t.Errorf("%s: the alternative %s cannot be used: %v", c, alternative, err)
		}
		return false
	}
	light, dark, _ := strings.Cut(p.CSS(), "@media (prefers-color-scheme: dark)")
	for _, scheme := range []struct {
		css   string
		theme map[string]Color
	}{{light, lightTheme}, {dark, darkTheme}} {
		shown := maps.Clone(scheme.theme)
		for _, found := range regexp.MustCompile(`(--[\w-]+): (#[\da-f]{6});`).FindAllStringSubmatch(scheme.css, -1) {
			shown[found[1]], _ = ParseColor(found[2])
		}
		for _, p := range pairs {
			if contrast := p.contrast(shown); contrast < p.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f", c, p.of, p.on, contrast)
			}
		}
	}
	return true
}
