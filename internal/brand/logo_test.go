package brand

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const square = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">`

func pngOf(t *testing.T, width, height int) string {
	t.Helper()
	var text bytes.Buffer
	if err := png.Encode(&text, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestReadLogo(t *testing.T) {
	whole := pngOf(t, 512, 512)
	for name, tt := range map[string]struct{ content, name, problem string }{
		"SVG":               {content: square + `<circle r="9"/></svg>`, name: "logo.svg"},
		"of an editor":      {content: "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a comment -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n" + square + `<style>.a { fill: red }</style><use href="#a"/></svg>`, name: "logo.svg"},
		"with a picture":    {content: square + `<image href="data:image/png;base64,AAAA"/></svg>`, name: "logo.svg"},
		"PNG":               {content: whole, name: "logo.png"},
		"nothing":           {content: "", problem: "SVG or PNG"},
		"HTML":              {content: "<!doctype html><title>x</title>", problem: "SVG or PNG"},
		"other XML":         {content: "<a/>", problem: "SVG or PNG"},
		"no namespace":      {content: `<svg viewBox="0 0 1 1"/>`, problem: "SVG or PNG"},
		"half an SVG":       {content: square, problem: "SVG or PNG"},
		"no viewBox":        {content: `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`, problem: "no viewBox"},
		"wide":              {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"/>`, problem: "square"},
		"wide by its sides": {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="2" height="1"/>`, problem: "square"},
		"script":            {content: square + `<script>alert(1)</script></svg>`, problem: `an element "script"`},
		"HTML in SVG":       {content: square + `<foreignObject/></svg>`, problem: `an element "foreignObject"`},
		"handler":           {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="alert(1)"/>`, problem: `an attribute "onload"`},
		"other file":        {content: square + `<image href="https://a.example/x.png"/></svg>`, problem: "another file"},
		"other SVG":         {content: square + `<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="x.svg#a"/></svg>`, problem: "another file"},
		"text after it":     {content: square + `</svg>text`, problem: "SVG or PNG"},
		"text before it":    {content: `text` + square + `</svg>`, problem: "SVG or PNG"},
		"two pictures":      {content: square + `</svg>` + square + `</svg>`, problem: "SVG or PNG"},
		"attribute twice":   {content: square + `<circle r="9" r="8"/></svg>`, problem: "SVG or PNG"},
		"twice by prefixes": {content: square + `<g xmlns:a="urn:x" xmlns:b="urn:x" a:c="" b:c=""/></svg>`, problem: "SVG or PNG"},
		"prefix of nothing": {content: square + `<use xlink:href="#a"/></svg>`, problem: "SVG or PNG"},
		"element of none":   {content: square + `<i:a/></svg>`, problem: "SVG or PNG"},
		"prefix too late":   {content: square + `<g xmlns:i="urn:x"/><g i:a=""/></svg>`, problem: "SVG or PNG"},
		"of other editors":  {content: square + `<i:a xmlns:i="urn:x" i:b="" b="" xml:space="preserve"/></svg>` + "\n<!-- its end -->\n", name: "logo.svg"},
		"other file, fill":  {content: square + `<g fill="url(https://a.example/x.svg#a)"/></svg>`, problem: "another file"},
		"by an escape":      {content: square + `<g fill="u\72 l( 'x.svg#a')"/></svg>`, problem: "another file"},
		"other file, style": {content: square + `<g style="fill: url(&quot;x.svg#a&quot;)"/></svg>`, problem: "another file"},
		"other style sheet": {content: square + `<style>@import url(https://a.example/x.css);</style></svg>`, problem: "another file"},
		"in two parts":      {content: square + `<style>@imp<!-- -->ort<![CDATA[ "x.css";]]></style></svg>`, problem: "another file"},
		"font of a file":    {content: square + `<style>@font-face { src: URL(x.woff) }</style></svg>`, problem: "another file"},
		"HTML picture":      {content: square + `<img xmlns="http://www.w3.org/1999/xhtml" src="x.png"/></svg>`, problem: "another file"},
		"xml-stylesheet":    {content: `<?xml-stylesheet href="https://a.example/x.css"?>` + square + `</svg>`, problem: "<?xml-stylesheet …?>"},
		"declared later":    {content: square + `<?xml version="1.0"?></svg>`, problem: "SVG or PNG"},
		"animated link":     {content: square + `<use href="#a"><set attributeName="href" to="https://a.example/x.svg#a"/></use></svg>`, problem: "an animation"},
		"animated by list":  {content: square + `<use href="#a"><animate attributeName="xlink:href" values="#a; x.svg#a"/></use></svg>`, problem: "an animation"},
		"definitions":       {content: `<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>` + square + `</svg>`, problem: "definitions"},
		"DOCTYPE twice":     {content: `<!DOCTYPE svg><!DOCTYPE svg>` + square + `</svg>`, problem: "SVG or PNG"},
		"DOCTYPE inside":    {content: square + `<!DOCTYPE svg></svg>`, problem: "SVG or PNG"},
		"links inside":      {content: square + `<style>@font-face { src: url("data:font/woff2;base64,AAAA") } g { fill: url( '#a' ) }</style><g fill="url(#a)" class="a\b"><set attributeName="href" to="#b" begin="0s"/></g><text>url(x)</text></svg>`, name: "logo.svg"},
		"sides, editor's":   {content: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="urn:x" viewBox="0 0 1 1" width="8" height="8" i:width="9" i:onload="1" i:href="x"/>`, name: "logo.svg"},
		"sides as numbers":  {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 .5,32.0 32" width="8" height="8.0px"/>`, name: "logo.svg"},
		"sides as shares":   {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="100%"/>`, name: "logo.svg"},
		"sides of 2 units":  {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="8" height="8mm"/>`, problem: "square"},
		"sides of nothing":  {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="0" height="0"/>`, problem: "square"},
		"sides as words":    {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="a" height="a"/>`, problem: "square"},
		"infinite":          {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 Inf Inf"/>`, problem: "square"},
		"almost infinite":   {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e999 1e999"/>`, problem: "square"},
		"hexadecimal":       {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0x1p4 0x1p4"/>`, problem: "square"},
		"box from nowhere":  {content: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="a b 1 1"/>`, problem: "square"},
		"Latin-1":           {content: `<?xml version="1.0" encoding="ISO-8859-1"?>` + square + "<desc>f\xfcr</desc></svg>", problem: "save the SVG as UTF-8"},
		"Latin-1, unsaid":   {content: square + "<desc>f\xfcr</desc></svg>", problem: "save the SVG as UTF-8"},
		"UTF-16":            {content: "\xff\xfe<\x00s\x00v\x00g\x00", problem: "save the SVG as UTF-8"},
		"JPEG":              {content: "\xff\xd8\xff\xe0", problem: "SVG or PNG"},
		"wide PNG":          {content: pngOf(t, 512, 256), problem: "square"},
		"small PNG":         {content: pngOf(t, 191, 191), problem: "192 to 2048 pixels"},
		"huge PNG":          {content: pngOf(t, 2049, 2049), problem: "192 to 2048 pixels"},
		"half a PNG":        {content: whole[:len(whole)/2], problem: "damaged"},
		"PNG by name alone": {content: "\x89PNG\r\n\x1a\nnothing", problem: "SVG or PNG"},
		"large":             {content: square + strings.Repeat(" ", 200_000) + "</svg>", problem: "at most 200 kB"},
	} {
		path := filepath.Join(t.TempDir(), "logo")
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		logo, err := ReadLogo(path)
		switch {
		case tt.problem == "" && (err != nil || logo.Name() != tt.name || string(logo.Content()) != tt.content):
			t.Errorf("%s: %v, %v", name, logo, err)
		case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, err := ReadLogo(path); err == nil || !strings.Contains(err.Error(), "can be read") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestSidesOfLogo(t *testing.T) {
	if got := (&Logo{pngOf(t, 512, 512), "png"}).Sides(); got != "512x512" {
		t.Errorf("a PNG has %s", got)
	}
	if got := (&Logo{square, "svg"}).Sides(); got != "any" {
		t.Errorf("an SVG has %s", got)
	}
}
