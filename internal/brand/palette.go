package brand

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Palette is every color of the pages that depends on the accent, in both color
// schemes, by the names of the tokens in the client's theme.css.
type Palette struct {
	light, dark map[string]Color
}

// Accent is the color that the operator chose.
func (p *Palette) Accent() Color { return p.light["--accent"] }

// LogoColors are those of vidchat's own logo: what is in front, and what is behind it.
func (p *Palette) LogoColors() (front, back Color) {
	return p.Accent(), p.Accent().oklch().with(0.83, 0.065).color()
}

// CSS is a style sheet that sets the tokens. It wins over theme.css wherever it is
// loaded.
func (p *Palette) CSS() string {
	return rule("", p.light) + "\n@media (prefers-color-scheme: dark) {\n" + rule("  ", p.dark) + "}\n"
}

func rule(indent string, colors map[string]Color) string {
	var b strings.Builder
	b.WriteString(indent + ":root:root {\n")
	for _, token := range slices.Sorted(maps.Keys(colors)) {
		fmt.Fprintf(&b, "%s  %s: %s;\n", indent, token, colors[token])
	}
	b.WriteString(indent + "}\n")
	return b.String()
}

// Contrasts that WCAG 2 asks for at level AA.
const (
	textContrast    = 4.5
	controlContrast = 3 // of icons, controls and the ring around what has the focus
)

// accentOnVideo is the token of the accent on videos, which are dark in both schemes.
const accentOnVideo = "--accent-on-video"

// lightTheme and darkTheme are the colors of theme.css that the accent has to stand out
// from, or that have to stand out from its tints. A test compares them.
var (
	lightTheme = map[string]Color{
		"--background": {0xf6, 0xf5, 0xf1}, "--surface": {0xff, 0xff, 0xff}, "--raised": {0xef, 0xed, 0xe7},
		"--text": {0x1b, 0x1e, 0x1c}, "--text-muted": {0x59, 0x60, 0x5c},
		"--video-background": {0x15, 0x18, 0x17}, "--camera-off-background": {0x23, 0x28, 0x26},
	}
	darkTheme = map[string]Color{
		"--background": {0x12, 0x14, 0x13}, "--surface": {0x1d, 0x20, 0x1f}, "--raised": {0x29, 0x2d, 0x2b},
		"--text": {0xee, 0xf0, 0xec}, "--text-muted": {0xa7, 0xae, 0xa9},
		"--video-background": {0x0a, 0x0b, 0x0b}, "--camera-off-background": {0x23, 0x28, 0x26},
	}
	// scrimOnWhite is --scrim-strong over the brightest video.
	scrimOnWhite = Color{0x5d, 0x5e, 0x5e}
)

// tints have the accent's hue. Their lightness is that of the theme's own, and their
// chroma at most that.
var tints = []struct {
	token       string
	light, dark struct{ lightness, chroma float64 }
}{
	{"--accent-soft", tint{0.94, 0.018}, tint{0.30, 0.035}},
	{"--illustration-wall", tint{0.90, 0.03}, tint{0.38, 0.05}},
	{"--illustration-light", tint{0.945, 0.02}, tint{0.44, 0.06}},
	{"--illustration-night", tint{0.35, 0.05}, tint{0.26, 0.035}},
}

type tint = struct{ lightness, chroma float64 }

// pair is what has to stand out from what.
type pair struct {
	of, on string // tokens
	least  float64
	what   string
	color  func(c map[string]Color) (of, on Color) // nil takes them as they are
}

// pairs are those in which the client shows a color of the palette.
var pairs = []pair{
	{of: "--accent", on: "--background", least: textContrast, what: "text on the page"},
	{of: "--accent", on: "--surface", least: textContrast, what: "text on a panel"},
	{of: "--accent", on: "--raised", least: controlContrast, what: "an icon on a button"},
	{of: "--accent", on: "--accent-soft", least: controlContrast, what: "an icon on what is chosen"},
	{of: "--on-accent", on: "--accent", least: textContrast, what: "the text of a button"},
	{of: "--on-accent", on: "--accent-strong", least: textContrast, what: "the text of a button under the pointer"},
	{of: "--on-accent", on: "--accent", least: controlContrast, what: "the icon of a switch under the pointer", color: hovered},
	{of: "--text", on: "--accent-soft", least: textContrast, what: "text on what is chosen"},
	{of: "--text-muted", on: "--accent-soft", least: textContrast, what: "small text on what is chosen"},
	{of: accentOnVideo, on: "--video-background", least: controlContrast, what: "the border of whoever speaks"},
	{of: accentOnVideo, on: "--camera-off-background", least: controlContrast, what: "the border of whoever speaks"},
	{of: accentOnVideo, on: "--scrim-strong", least: controlContrast, what: "the level of a voice", color: onScrim},
}

// hovered is what Controls.svelte has under the pointer for a switch that is on.
func hovered(c map[string]Color) (of, on Color) {
	return c["--on-accent"], c["--accent"].mix(0.86, c["--on-accent"])
}

func onScrim(c map[string]Color) (of, on Color) { return c[accentOnVideo], scrimOnWhite }

// NewPalette makes the colors of the pages of one. It is the accent of the light scheme
// as it is; that of the dark one is lighter. The error says which contrast is too low.
func NewPalette(accent Color) (*Palette, error) {
	p := derive(accent)
	low, contrast := p.lowest()
	if low == nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is too light for %s, whose contrast would be %.2f where %.1f is needed: set it to a darker color, such as %s",
		accent, low.what, math.Floor(100*contrast)/100, low.least, darker(accent))
}

// darker is the nearest color of that hue that can be used.
func darker(accent Color) Color {
	const step = 0.005
	o := accent.oklch()
	for lightness := o.l; lightness > 0; lightness -= step {
		c := o.with(lightness, o.c).color()
		if low, _ := derive(c).lowest(); low == nil {
			return c
		}
	}
	return Color{} // black stands out from every background of the light scheme
}

// derive makes a palette, whatever its contrasts are.
func derive(accent Color) *Palette {
	o := accent.oklch()
	const dark = 0.25
	strong := o.l - 0.07
	if o.l < dark {
		strong = o.l + 0.1 // something darker would look the same
	}
	bright := o.brightEnough()
	p := &Palette{
		light: map[string]Color{
			"--accent": accent, "--accent-strong": o.with(strong, o.c).color(), "--on-accent": {0xff, 0xff, 0xff},
			"--illustration-sound": accent, accentOnVideo: bright.color(),
		},
		dark: map[string]Color{
			"--accent": bright.color(), "--accent-strong": bright.with(bright.l+0.06, bright.c).color(), "--on-accent": o.with(0.23, 0.04).color(),
			"--illustration-sound": o.with(0.89, 0.075).color(), accentOnVideo: bright.color(),
		},
	}
	for _, t := range tints {
		p.light[t.token] = o.with(t.light.lightness, t.light.chroma).color()
		p.dark[t.token] = o.with(t.dark.lightness, t.dark.chroma).color()
	}
	return p
}

// brightEnough is the accent on dark backgrounds: as light as the theme's own, or
// lighter where its hue looks darker than that.
func (o oklch) brightEnough() oklch {
	const themes, step, most = 0.79, 0.01, 0.96
	for bright := o.with(max(o.l, themes), o.c); ; bright.l += step {
		c := bright.color()
		if bright.l >= most || Contrast(c, darkTheme["--surface"]) >= textContrast && Contrast(c, scrimOnWhite) >= controlContrast {
			return bright
		}
	}
}

// lowest is the pair that lacks most, and its contrast; nil if none does.
func (p *Palette) lowest() (worst *pair, contrast float64) {
	for i := range pairs {
		for _, scheme := range []map[string]Color{over(lightTheme, p.light), over(darkTheme, p.dark)} {
			c := pairs[i].contrast(scheme)
			if c < pairs[i].least && (worst == nil || c/pairs[i].least < contrast/worst.least) {
				worst, contrast = &pairs[i], c
			}
		}
	}
	return worst, contrast
}

// over are the colors of a theme with those that take their place.
func over(theme, colors map[string]Color) map[string]Color {
	all := maps.Clone(theme)
	maps.Copy(all, colors)
	return all
}

func (p pair) contrast(scheme map[string]Color) float64 {
	if p.color != nil {
		return Contrast(p.color(scheme))
	}
	return Contrast(scheme[p.of], scheme[p.on])
}
