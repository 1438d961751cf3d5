package brand

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Color is an opaque color of sRGB.
type Color struct{ R, G, B uint8 }

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

var errColor = errors.New("set it to a color as #rrggbb, such as #0b6b58, in quotes where # begins a comment")

// ParseColor reads #rrggbb.
func ParseColor(text string) (Color, error) {
	if !hexColor.MatchString(text) {
		return Color{}, errColor
	}
	bits, err := strconv.ParseUint(text[1:], 16, 24)
	return Color{uint8(bits >> 16), uint8(bits >> 8), uint8(bits)}, err
}

// String is the color as #rrggbb.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Contrast is the contrast ratio of two colors as WCAG 2 defines it, 1 to 21.
func Contrast(a, b Color) float64 {
	light, dark := max(a.luminance(), b.luminance()), min(a.luminance(), b.luminance())
	return (light + 0.05) / (dark + 0.05)
}

func (c Color) luminance() float64 {
	r, g, b := c.linear()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// linear are the shares of light, 0 to 1.
func (c Color) linear() (r, g, b float64) {
	return toLinear(c.R), toLinear(c.G), toLinear(c.B)
}

func toLinear(value uint8) float64 {
	share := float64(value) / 255
	if share <= 0.04045 {
		return share / 12.92
	}
	return math.Pow((share+0.055)/1.055, 2.4)
}

func fromLinear(share float64) uint8 {
	if share <= 0.0031308 {
		share *= 12.92
	} else {
		share = 1.055*math.Pow(share, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * min(max(share, 0), 1)))
}

// mix is what color-mix(in srgb, c share, other) is in CSS.
func (c Color) mix(share float64, other Color) Color {
	part := func(a, b uint8) uint8 { return uint8(math.Round(share*float64(a) + (1-share)*float64(b))) }
	return Color{part(c.R, other.R), part(c.G, other.G), part(c.B, other.B)}
}
