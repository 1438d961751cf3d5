package brand

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"strings"
)

// Logo is a square picture.
type Logo struct {
	content string
	kind    string // svg or png
}

const (
	// maxLogoBytes keeps pages quick: a logo of this size is a photograph.
	maxLogoBytes = 200_000
	// minLogoSide is what browsers ask for to install a page, in pixels, and maxLogoSide
	// what they still show at once.
	minLogoSide, maxLogoSide = 192, 2048
)

var (
	errLogoKind   = errors.New("set it to a file that is a picture in SVG or PNG")
	errLogoSquare = errors.New("set it to a square picture, since browsers show it in a square")
)

// ReadLogo reads a file and checks that it is a picture that pages can show. Its type
// is that of its content, whatever its name is.
func ReadLogo(path string) (*Logo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New("set it to a file that can be read, or unset it")
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxLogoBytes+1))
	if err != nil {
		return nil, errors.New("set it to a file that can be read, or unset it")
	}
	if len(content) > maxLogoBytes {
		return nil, errors.New("set it to a file of at most 200 kB")
	}
	kind, check := "svg", checkSVG
	if bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")) {
		kind, check = "png", checkPNG
	}
	if err := check(content); err != nil {
		return nil, err
	}
	return &Logo{string(content), kind}, nil
}

// Name is the name of its file, for its address.
func (l *Logo) Name() string { return "logo." + l.kind }

// Content is the file.
func (l *Logo) Content() []byte { return []byte(l.content) }

// IsSVG is false for PNG, which more places show: the home screens of iPhones, for one.
func (l *Logo) IsSVG() bool { return l.kind == "svg" }

// Sides is the width and height of a PNG in pixels as manifests have it, or "any".
func (l *Logo) Sides() string {
	if l.IsSVG() {
		return "any"
	}
	size, err := png.DecodeConfig(strings.NewReader(l.content))
	if err != nil {
		return "any" // ReadLogo has decoded it
	}
	return fmt.Sprintf("%dx%d", size.Width, size.Height)
}

// DataURL is the picture as a URL, for an SVG that contains it: those load no files.
func (l *Logo) DataURL() string {
	kind := "image/png"
	if l.IsSVG() {
		kind = "image/svg+xml"
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(l.content))
}

func checkPNG(content []byte) error {
	size, err := png.DecodeConfig(bytes.NewReader(content))
	switch {
	case err != nil:
		return errLogoKind
	case size.Width != size.Height:
		return errLogoSquare
	case size.Width < minLogoSide || size.Width > maxLogoSide:
		return fmt.Errorf("set it to a picture of %d to %d pixels a side, or to an SVG", minLogoSide, maxLogoSide)
	}
	if _, err := png.Decode(bytes.NewReader(content)); err != nil {
		return errors.New("the PNG is damaged: save it again")
	}
	return nil
}
