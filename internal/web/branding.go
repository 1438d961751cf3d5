package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"vidchat/internal/brand"
)

const (
	brandStylePath = brandFolder + "colors.css"
	brandFolder    = "/brand/" // has the logo, by its name

	// The files of the client that a brand changes, beside its pages.
	manifestName   = "manifest.webmanifest"
	ownLogoName    = "favicon.svg"
	logoNoticeName = "favicon-notice.svg"
)

// logoPolicy keeps an SVG that is opened by itself from doing more than a picture does.
const logoPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// brandClient puts a brand into the client, once: the pages, the manifest and the icons
// are served from memory like its other files. Without a brand, it changes nothing.
func (s *Site) brandClient(b brand.Brand) error {
	if !b.IsSet() {
		return nil
	}
	files, err := brandedFiles(s.client.files, b)
	if err != nil {
		return err
	}
	for name, content := range files {
		s.client.replace(name, content)
	}
	return nil
}

// brandedFiles are the files of the client that a brand changes or adds, by name.
func brandedFiles(client fs.FS, b brand.Brand) (map[string][]byte, error) {
	files := make(map[string][]byte)
	changes := map[string]func([]byte, brand.Brand) ([]byte, error){
		"index.html": brandPage, "call/index.html": brandPage, manifestName: brandManifest, ownLogoName: brandOwnLogo, logoNoticeName: brandNotice,
	}
	for name, change := range changes {
		built, err := fs.ReadFile(client, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the client is not built
		}
		if err == nil {
			files[name], err = change(built, b)
		}
		if err != nil {
			return nil, fmt.Errorf("branding %s: %w", name, err)
		}
	}
	if b.Palette != nil {
		files[strings.TrimPrefix(brandStylePath, "/")] = []byte(b.Palette.CSS())
	}
	if b.Logo != nil {
		files[strings.TrimPrefix(logoPath(b.Logo), "/")] = b.Logo.Content()
	}
	return files, nil
}

func logoPath(l *brand.Logo) string { return brandFolder + l.Name() }

// addBrandRoutes serves what a brand adds.
func (s *Site) addBrandRoutes(e *echo.Echo, b brand.Brand) {
	if b.Palette != nil {
		get(e, brandStylePath, s.rootFile)
	}
	if b.Logo != nil {
		get(e, logoPath(b.Logo), s.logo)
	}
}

func (s *Site) logo(c echo.Context) error {
	return send(c, s.client, requestedName(c, "/"), errUnknownPage, func(h http.Header) {
		h.Set("Cache-Control", revalidate)
		h.Set("Content-Security-Policy", logoPolicy)
	})
}

var (
	// pageTexts are the texts of a page and the contents of its meta elements, where
	// the name may stand. Addresses of files are none of them.
	pageTexts = regexp.MustCompile(`content="[^"]*"|>[^<]*`)
	nameWord  = regexp.MustCompile(`\b` + brand.DefaultName + `\b`)

	iconLink      = regexp.MustCompile(`<link rel="icon"[^>]*>`)
	appleIconLink = regexp.MustCompile(`<link rel="apple-touch-icon"[^>]*>`)
	headEnd       = []byte("</head>")
)

var errNoHead = errors.New("the page has no </head>: build the client again")

// brandPage names the brand, and links its colors and its logo.
func brandPage(page []byte, b brand.Brand) ([]byte, error) {
	if !bytes.Contains(page, headEnd) {
		return nil, errNoHead
	}
	if b.Name != "" {
		name := []byte(html.EscapeString(b.Name))
		page = pageTexts.ReplaceAllFunc(page, func(text []byte) []byte { return nameWord.ReplaceAllLiteral(text, name) })
	}
	if b.Palette != nil {
		page = addToHead(page, `<link rel="stylesheet" href="`+brandStylePath+`" />`)
	}
	if b.Logo != nil {
		path := logoPath(b.Logo)
		page = addToHead(page, `<meta name="brand-logo" content="`+path+`" />`)
		page = iconLink.ReplaceAllLiteral(page, []byte(`<link rel="icon" href="`+path+`" />`))
	}
	if b.Palette != nil || b.Logo != nil {
		page = appleIconLink.ReplaceAllLiteral(page, []byte(appleIcon(b)))
	}
	return page, nil
}

func addToHead(page []byte, element string) []byte {
	return bytes.Replace(page, headEnd, []byte("  "+element+"\n  </head>"), 1)
}

// appleIcon is the link to the icon for home screens of iPhones, which show no SVG.
// Without one, they draw a letter of the title.
func appleIcon(b brand.Brand) string {
	if b.Logo == nil || b.Logo.IsSVG() {
		return ""
	}
	return `<link rel="apple-touch-icon" href="` + logoPath(b.Logo) + `" />`
}

type manifestIcon struct {
	Src   string `json:"src"`
	Sizes string `json:"sizes"`
	Type  string `json:"type"`
}

// brandManifest is for installed pages.
func brandManifest(built []byte, b brand.Brand) ([]byte, error) {
	var manifest map[string]any
	if err := json.Unmarshal(built, &manifest); err != nil {
		return nil, err
	}
	if b.Name != "" {
		manifest["name"], manifest["short_name"] = b.Name, b.Name
	}
	if b.Palette != nil {
		manifest["theme_color"] = b.Palette.Accent().String()
	}
	switch {
	case b.Logo != nil:
		replaceIcons(manifest, manifestIcon{logoPath(b.Logo), b.Logo.Sides(), contentType(b.Logo.Name())})
	case b.Palette != nil: // the other icons of the client have its own color
		replaceIcons(manifest, manifestIcon{"/" + ownLogoName, "any", contentType(ownLogoName)})
	}
	return json.MarshalIndent(manifest, "", "  ")
}

// replaceIcons gives a manifest and its shortcuts one icon.
func replaceIcons(manifest map[string]any, icon manifestIcon) {
	manifest["icons"] = []manifestIcon{icon}
	shortcuts, _ := manifest["shortcuts"].([]any)
	for _, shortcut := range shortcuts {
		if s, ok := shortcut.(map[string]any); ok {
			s["icons"] = []manifestIcon{icon}
		}
	}
}

// ownLogo has the colors of vidchat's logo, as its files have them.
var ownLogo = struct{ front, back string }{"#0b6b58", "#9fd3c5"}

// brandOwnLogo colors vidchat's logo.
func brandOwnLogo(built []byte, b brand.Brand) ([]byte, error) {
	if b.Palette == nil {
		return built, nil
	}
	front, back := b.Palette.LogoColors()
	colored := strings.NewReplacer(ownLogo.front, front.String(), ownLogo.back, back.String()).Replace(string(built))
	return []byte(colored), nil
}

// brandNotice is the logo with a dot, for pages on which something happened.
func brandNotice(built []byte, b brand.Brand) ([]byte, error) {
	if b.Logo == nil {
		return brandOwnLogo(built, b)
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <image width="32" height="32" href="%s"/>
  <circle cx="24" cy="8" r="8" fill="#d92d20"/>
</svg>
`, b.Logo.DataURL()), nil
}
