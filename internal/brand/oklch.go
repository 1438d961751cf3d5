package brand

import "math"

// oklch is a color by its lightness as people see it, its chroma and its hue, so that
// a lighter one of a hue still looks like it. Oklab is Björn Ottosson's, as CSS Color 4
// has it.
type oklch struct {
	l, c float64 // lightness 0 to 1, chroma 0 to about 0.37
	hue  float64 // in radians
}

func (c Color) oklch() oklch {
	red, green, blue := c.linear()
	l := math.Cbrt(0.4122214708*red + 0.5363325363*green + 0.0514459929*blue)
	m := math.Cbrt(0.2119034982*red + 0.6806995451*green + 0.1073969566*blue)
	s := math.Cbrt(0.0883024619*red + 0.2817188376*green + 0.6299787005*blue)
	a := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	b := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return oklch{0.2104542553*l + 0.7936177850*m - 0.0040720468*s, math.Hypot(a, b), math.Atan2(b, a)}
}

// light are the shares of light in sRGB; outside of 0 to 1, screens cannot show them.
func (o oklch) light() [3]float64 {
	a, b := o.c*math.Cos(o.hue), o.c*math.Sin(o.hue)
	cube := func(x float64) float64 { return x * x * x }
	l := cube(o.l + 0.3963377774*a + 0.2158037573*b)
	m := cube(o.l - 0.1055613458*a - 0.0638541728*b)
	s := cube(o.l - 0.0894841775*a - 1.2914855480*b)
	return [3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
}

// color is the nearest color of that lightness and hue that screens can show: one of
// less chroma, if need be.
func (o oklch) color() Color {
	if !o.shown() {
		low, high := 0.0, o.c
		for range 20 {
			if o.c = (low + high) / 2; o.shown() {
				low = o.c
			} else {
				high = o.c
			}
		}
		o.c = low
	}
	light := o.light()
	return Color{fromLinear(light[0]), fromLinear(light[1]), fromLinear(light[2])}
}

func (o oklch) shown() bool {
	const rounding = 1e-4
	for _, share := range o.light() {
		if share < -rounding || share > 1+rounding {
			return false
		}
	}
	return true
}

// with has another lightness, and at most that chroma.
func (o oklch) with(lightness, maxChroma float64) oklch {
	return oklch{min(lightness, 1), min(o.c, maxChroma), o.hue}
}
