package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const svgNamespace = "http://www.w3.org/2000/svg"

// svgCheck reads an SVG as a browser does that shows a picture. encoding/xml accepts some
// files that browsers do not show, as they are not well-formed XML.
type svgCheck struct {
	open       []svgElement // the elements around what is read
	hasRoot    bool
	namespaces []string // that these elements declare
}

type svgElement struct {
	namespaces int // how many were declared around it
}

// checkSVG refuses what is not an SVG, or has what does nothing in a picture: whoever put
// that in expects something else.
func checkSVG(content []byte) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	decoder := xml.NewDecoder(bytes.NewReader(content))
	var c svgCheck
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && c.hasRoot {
			return nil
		}
		if err != nil {
			return errLogoKind
		}
		if err := c.token(token); err != nil {
			return err
		}
	}
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
	}
	return nil
}

func (c *svgCheck) start(element xml.StartElement) error {
	isRoot := len(c.open) == 0
	if isRoot && c.hasRoot {
		return errLogoKind
	}
	c.open = append(c.open, svgElement{len(c.namespaces)})
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
	return nil
}

func checkRoot(svg xml.StartElement) error {
	if svg.Name.Local != "svg" || svg.Name.Space != svgNamespace {
		return errLogoKind
	}
	attributes := make(map[string]string)
	for _, a := range svg.Attr {
		attributes[a.Name.Local] = a.Value
	}
	box := strings.FieldsFunc(attributes["viewBox"], func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) })
	if len(box) != 4 {
		return errors.New("the SVG has no viewBox, without which it has no size of its own: add it, such as viewBox=\"0 0 32 32\"")
	}
	width, errWidth := strconv.ParseFloat(box[2], 64)
	height, errHeight := strconv.ParseFloat(box[3], 64)
	if errWidth != nil || errHeight != nil || !(width > 0) || width != height || attributes["width"] != attributes["height"] {
		return errLogoSquare
	}
	return nil
}

func checkElement(element xml.StartElement) error {
	if name := element.Name.Local; strings.EqualFold(name, "script") || strings.EqualFold(name, "foreignObject") {
		return fmt.Errorf("the SVG has an element %q, which does nothing in a picture: remove it", name)
	}
	for _, a := range element.Attr {
		name := strings.ToLower(a.Name.Local)
		if strings.HasPrefix(name, "on") {
			return fmt.Errorf("the SVG has an attribute %q, which does nothing in a picture: remove it", a.Name.Local)
		}
		if name == "href" && !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:image/") {
			return errors.New("the SVG refers to another file, which browsers do not load for a picture: put it in as a data: URL")
		}
	}
	return nil
}
