package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const svgNamespace = "http://www.w3.org/2000/svg"

// svgCheck reads an SVG as a browser does that shows a picture. encoding/xml accepts some
// files that browsers do not show, as they are not well-formed XML.
type svgCheck struct {
	open       []svgElement // the elements around what is read
	hasRoot    bool
	hasDocType bool
	namespaces []string // that these elements declare
	isBegun    bool     // something was read before this
	style      strings.Builder
}

type svgElement struct {
	namespaces int  // how many were declared around it
	isStyle    bool // its text is a style sheet
}

const xlinkNamespace = "http://www.w3.org/1999/xlink"

var (
	errLogoEncoding   = errors.New("save the SVG as UTF-8")
	errLogoRefers     = errors.New("the SVG refers to another file, which browsers do not load for a picture: put it in as a data: URL")
	errLogoAnimation  = errors.New("the SVG has an animation of what an element refers to: let it name elements of the SVG alone, as #name")
	errLogoDefinition = errors.New("the SVG has definitions in its <!DOCTYPE>, which browsers read differently: save it without them")
)

// checkSVG refuses what is not an SVG, or has what does nothing in a picture: whoever put
// that in expects something else.
func checkSVG(content []byte) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if isInOtherEncoding(content) {
		return errLogoEncoding
	}
	decoder := xml.NewDecoder(bytes.NewReader(content))
	decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errLogoEncoding }
	var c svgCheck
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && c.hasRoot {
			return nil
		}
		if errors.Is(err, errLogoEncoding) {
			return errLogoEncoding
		}
		if err != nil {
			return errLogoKind
		}
		if err := c.token(token); err != nil {
			return err
		}
		c.isBegun = true
	}
}

// isInOtherEncoding is true for XML in UTF-16, and for an SVG that is not the UTF-8 that
// it is without a declaration.
func isInOtherEncoding(content []byte) bool {
	return bytes.HasPrefix(content, []byte("\xff\xfe<")) || bytes.HasPrefix(content, []byte("\xfe\xff\x00<")) ||
		bytes.Contains(content, []byte("<svg")) && !utf8.Valid(content)
}

func (c *svgCheck) token(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return c.start(token)
	case xml.EndElement:
		return c.end()
	case xml.CharData:
		if len(c.open) == 0 && len(bytes.Trim(token, " \t\r\n")) > 0 {
			return errLogoKind
		}
		if len(c.open) > 0 && c.open[len(c.open)-1].isStyle {
			c.style.Write(token)
		}
	case xml.ProcInst:
		return c.instruction(token.Target)
	case xml.Directive:
		return c.docType(string(token))
	}
	return nil
}

func (c *svgCheck) instruction(target string) error {
	if target != "xml" {
		return fmt.Errorf("the SVG has <?%s …?>, which does nothing in a picture: remove it", target)
	}
	if c.isBegun {
		return errLogoKind // the XML declaration comes first
	}
	return nil
}

// docType refuses definitions: of entities, which encoding/xml does not know, and of
// attributes that elements then have without naming them.
func (c *svgCheck) docType(text string) error {
	if c.hasRoot || c.hasDocType || !strings.HasPrefix(text, "DOCTYPE") {
		return errLogoKind
	}
	c.hasDocType = true
	if strings.Contains(text, "[") {
		return errLogoDefinition
	}
	return nil
}

func (c *svgCheck) start(element xml.StartElement) error {
	isRoot := len(c.open) == 0
	if isRoot && c.hasRoot {
		return errLogoKind
	}
	c.open = append(c.open, svgElement{len(c.namespaces), element.Name.Local == "style"})
	c.hasRoot = true
	if !c.isNamed(element) {
		return errLogoKind
	}
	if isRoot {
		if err := checkRoot(element); err != nil {
			return err
		}
	}
	return checkElement(element)
}

// isNamed reports whether an element has no attribute twice, and no prefix that is not
// declared. The decoder takes such a prefix for the namespace.
func (c *svgCheck) isNamed(element xml.StartElement) bool {
	for _, a := range element.Attr {
		if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
			c.namespaces = append(c.namespaces, a.Value)
		}
	}
	if !c.isDeclared(element.Name.Space) {
		return false
	}
	for i, a := range element.Attr {
		if a.Name.Space != "xmlns" && !c.isDeclared(a.Name.Space) {
			return false
		}
		if slices.ContainsFunc(element.Attr[:i], func(b xml.Attr) bool { return a.Name == b.Name }) {
			return false
		}
	}
	return true
}

func (c *svgCheck) isDeclared(namespace string) bool {
	return namespace == "" || namespace == "http://www.w3.org/XML/1998/namespace" || slices.Contains(c.namespaces, namespace)
}

func (c *svgCheck) end() error {
	last := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	c.namespaces = c.namespaces[:last.namespaces]
	if !last.isStyle {
		return nil
	}
	css := c.style.String()
	c.style.Reset()
	return checkCSS(css)
}

func checkRoot(svg xml.StartElement) error {
	if svg.Name.Local != "svg" || svg.Name.Space != svgNamespace {
		return errLogoKind
	}
	attributes := make(map[string]string)
	for _, a := range svg.Attr {
		if a.Name.Space == "" {
			attributes[a.Name.Local] = a.Value
		}
	}
	box := strings.FieldsFunc(attributes["viewBox"], func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) })
	if len(box) != 4 {
		return errors.New("the SVG has no viewBox, without which it has no size of its own: add it, such as viewBox=\"0 0 32 32\"")
	}
	width, height := parseLength(box[2]), parseLength(box[3])
	if !isSVGNumber(box[0]) || !isSVGNumber(box[1]) || !isSVGNumber(box[2]) || !width.isSide() || width != height {
		return errLogoSquare
	}
	width, height = parseLength(attributes["width"]), parseLength(attributes["height"])
	if !width.isSide() || width != height {
		return errLogoSquare
	}
	return nil
}

type svgLength struct {
	number float64
	unit   string // empty for pixels
}

// svgNumber leaves out what strconv reads beside it, such as Inf and 0x1p4.
var svgNumber = regexp.MustCompile(`^([+-]?(?:\d+|\d*\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*|%)$`)

// parseLength returns the zero value for what is no length, and 100% for nothing, which
// is how browsers read it.
func parseLength(text string) svgLength {
	text = strings.Trim(text, " \t\r\n")
	if text == "" || text == "auto" {
		return svgLength{100, "%"}
	}
	found := svgNumber.FindStringSubmatch(text)
	if found == nil {
		return svgLength{}
	}
	number, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		return svgLength{}
	}
	return svgLength{number, strings.TrimSuffix(strings.ToLower(found[2]), "px")}
}

func isSVGNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && svgNumber.MatchString(text)
}

// isSide is false for the side of a picture that browsers do not show.
func (l svgLength) isSide() bool { return l.number > 0 }

func checkElement(element xml.StartElement) error {
	if name := element.Name.Local; strings.EqualFold(name, "script") || strings.EqualFold(name, "foreignObject") {
		return fmt.Errorf("the SVG has an element %q, which does nothing in a picture: remove it", name)
	}
	animatesLink := false
	for _, a := range element.Attr {
		if a.Name.Local == "attributeName" {
			_, name, hasPrefix := strings.Cut(a.Value, ":")
			animatesLink = a.Value == "href" || hasPrefix && name == "href"
		}
	}
	for _, a := range element.Attr {
		if err := checkAttribute(a); err != nil {
			return err
		}
		if animatesLink && !isAnimatedLink(a) {
			return errLogoAnimation
		}
	}
	return nil
}

func checkAttribute(a xml.Attr) error {
	if a.Name.Space != "" && a.Name.Space != xlinkNamespace {
		return nil // of an editor
	}
	switch name := strings.ToLower(a.Name.Local); {
	case strings.HasPrefix(name, "on"):
		return fmt.Errorf("the SVG has an attribute %q, which does nothing in a picture: remove it", a.Name.Local)
	case name == "href" || name == "src":
		if !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:image/") {
			return errLogoRefers
		}
		return nil
	}
	return checkCSS(a.Value)
}

// isAnimatedLink is false for an attribute that has an element refer to another file in
// the course of an animation.
func isAnimatedLink(a xml.Attr) bool {
	if !slices.Contains([]string{"from", "to", "by", "values"}, a.Name.Local) {
		return true
	}
	return !slices.ContainsFunc(strings.Split(a.Value, ";"), func(link string) bool {
		link = strings.TrimSpace(link)
		return link != "" && !strings.HasPrefix(link, "#")
	})
}

var (
	// cssEscape is a character by its number, or one that has no meaning of its own.
	cssEscape = regexp.MustCompile(`\\(?:([0-9A-Fa-f]{1,6})[ \t\r\n\f]?|[^\n])`)
	// cssLink is all up to the address of a file.
	cssLink = regexp.MustCompile(`(?i)(?:@import(?:\s|/\*.*?\*/)*(?:url\()?|url\(|image-set\()\s*["']?\s*`)
)

// checkCSS checks a style sheet, or an attribute, which may be a style.
func checkCSS(css string) error {
	css = cssEscape.ReplaceAllStringFunc(css, func(escape string) string {
		number, err := strconv.ParseUint(strings.TrimSpace(escape[1:]), 16, 32)
		if err != nil {
			return escape[1:]
		}
		return string(rune(number))
	})
	for _, link := range cssLink.FindAllStringIndex(css, -1) {
		if address := css[link[1]:]; !strings.HasPrefix(address, "#") && !strings.HasPrefix(address, "data:") {
			return errLogoRefers
		}
	}
	return nil
}
