package web_test

import (
	"encoding/json"
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"vidchat/internal/servertest"
)

const logoSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#7a1f5c"/></svg>`

// clientSources is the client as its authors write it; the build changes only which
// scripts and styles its pages load.
func clientSources(t *testing.T) fstest.MapFS {
	t.Helper()
	files := maps.Clone(servertest.BuiltClient)
	for name, path := range map[string]string{
		"index.html": "index.html", "call/index.html": "call/index.html", "manifest.webmanifest": "public/manifest.webmanifest",
		"favicon.svg": "public/favicon.svg", "favicon-notice.svg": "public/favicon-notice.svg", "icon-192.png": "public/icon-192.png",
	} {
		files[name] = &fstest.MapFile{Data: []byte(readText(t, "../../client/"+path))}
	}
	return files
}

func logoFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "logo")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// titleOf is the title that a browser shows.
func titleOf(page string) string {
	_, rest, _ := strings.Cut(page, "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	return html.UnescapeString(title)
}

var brandedPages = map[string]string{"/": ": video calls that are just a link", "/call/": "Call · ", "/call": "Call · ", "/call/test": "Call · ", "/none": "Page not found · "}

func TestBrandNameIsOnEveryPage(t *testing.T) {
	elements := regexp.MustCompile(`<[a-z/!][^>]*>`)
	for _, name := range []string{"Acme", "Müller & Söhne", `<b>"&'`, "</title><script>", `\1$1${0}`, "&lt;", "vidchat Pro"} {
		t.Run(name, func(t *testing.T) {
			branded := servertest.StartWith(t, clientSources(t), map[string]string{"BRAND_NAME": name})
			plain := servertest.StartWith(t, clientSources(t), nil)
			for path, title := range brandedPages {
				got, built := branded.Ask("GET", path, "Accept", "text/html"), plain.Ask("GET", path, "Accept", "text/html")
				if shown := titleOf(got.Text); shown != strings.Replace(titleOf(built.Text), "vidchat", name, 1) || !strings.Contains(shown, title) {
					t.Errorf("%s has the title %q", path, shown)
				}
				if rest := strings.ReplaceAll(got.Text, html.EscapeString(name), ""); path != "/none" && regexp.MustCompile(`\bvidchat\b`).MatchString(rest) {
					t.Errorf("%s is still called vidchat: %s", path, rest)
				}
				// The name adds no element, and the page has as many as before.
				if is, was := len(elements.FindAllString(got.Text, -1)), len(elements.FindAllString(built.Text, -1)); is != was {
					t.Errorf("%s has %d elements, not %d: %s", path, is, was, got.Text)
				}
			}
			var manifest struct {
				Name      string `json:"name"`
				ShortName string `json:"short_name"`
				StartURL  string `json:"start_url"`
			}
			err := json.Unmarshal([]byte(branded.Ask("GET", "/manifest.webmanifest").Text), &manifest)
			if err != nil || manifest.Name != name || manifest.ShortName != name || manifest.StartURL != "/" {
				t.Errorf("the manifest is %+v, %v", manifest, err)
			}
		})
	}
}

// Without settings, pages are served as they were built, and there is nothing else.
func TestPagesWithoutABrandAreAsBuilt(t *testing.T) {
	files := clientSources(t)
	s := servertest.StartWith(t, files, nil)
	for path, name := range map[string]string{
		"/": "index.html", "/call/": "call/index.html", "/manifest.webmanifest": "manifest.webmanifest",
		"/favicon.svg": "favicon.svg", "/favicon-notice.svg": "favicon-notice.svg",
	} {
		if got := s.Ask("GET", path); got.Text != string(files[name].Data) {
			t.Errorf("%s is not as it was built: %s", path, got.Text)
		}
	}
	for _, path := range []string{"/brand/colors.css", "/brand/logo.svg", "/brand/logo.png"} {
		if got := s.Ask("GET", path); got.StatusCode != 404 {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
	if page := s.Ask("GET", "/none", "Accept", "text/html").Text; strings.Contains(page, "/brand/") || !strings.Contains(page, `href="/favicon.svg"`) {
		t.Errorf("the page for errors is %s", page)
	}
}

func TestBrandColorIsLinkedAndServed(t *testing.T) {
	s := servertest.StartWith(t, clientSources(t), map[string]string{"BRAND_COLOR": "#7a1f5c"})
	for path := range brandedPages {
		page := s.Ask("GET", path, "Accept", "text/html").Text
		if strings.Count(page, `<link rel="stylesheet" href="/brand/colors.css"`) != 1 || strings.Contains(page, "icon-180.png") {
			t.Errorf("%s is %s", path, page)
		}
	}
	got := s.Ask("GET", "/brand/colors.css")
	expectHeader(t, got, "Content-Type", "text/css; charset=utf-8")
	expectHeader(t, got, "Cache-Control", revalidate)
	if !strings.Contains(got.Text, "--accent: #7a1f5c;") {
		t.Errorf("the style is %s", got.Text)
	}
	if again := s.Ask("GET", "/brand/colors.css", "If-None-Match", got.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("asked again, it answers %s", again.Status)
	}
	for _, path := range []string{"/favicon.svg", "/favicon-notice.svg"} {
		if logo := s.Ask("GET", path).Text; !strings.Contains(logo, "#7a1f5c") || strings.Contains(logo, "#0b6b58") || strings.Contains(logo, "#9fd3c5") {
			t.Errorf("%s is %s", path, logo)
		}
	}
	manifest := s.Ask("GET", "/manifest.webmanifest").Text
	if !strings.Contains(manifest, `"theme_color": "#7a1f5c"`) || strings.Contains(manifest, ".png") {
		t.Errorf("the manifest is %s", manifest)
	}
}

func TestBrandLogoIsShownAndServed(t *testing.T) {
	png := readText(t, "../../client/public/icon-192.png")
	for kind, tt := range map[string]struct{ content, contentType, sizes string }{
		"svg": {logoSVG, "image/svg+xml", "any"},
		"png": {png, "image/png", "192x192"},
	} {
		t.Run(kind, func(t *testing.T) {
			s := servertest.StartWith(t, clientSources(t), map[string]string{"BRAND_LOGO": logoFile(t, tt.content)})
			address := "/brand/logo." + kind
			for path := range brandedPages {
				page := s.Ask("GET", path, "Accept", "text/html").Text
				if !strings.Contains(page, `<link rel="icon" href="`+address+`"`) || strings.Contains(page, "/favicon.svg") {
					t.Errorf("%s has another icon: %s", path, page)
				}
				if !strings.Contains(page, `<meta name="brand-logo" content="`+address+`"`) && !strings.Contains(page, `<img src="`+address+`"`) {
					t.Errorf("%s shows no logo: %s", path, page)
				}
				apple := strings.Contains(page, `<link rel="apple-touch-icon" href="`+address+`"`)
				if path != "/none" && apple != (kind == "png") || strings.Contains(page, "icon-180") {
					t.Errorf("%s has another icon for iPhones: %s", path, page)
				}
			}
			got := s.Ask("GET", address)
			expectHeader(t, got, "Content-Type", tt.contentType)
			expectHeader(t, got, "Cache-Control", revalidate)
			expectHeader(t, got, "X-Content-Type-Options", "nosniff")
			expectHeader(t, got, "Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
			if got.Text != tt.content {
				t.Errorf("it is %.80q", got.Text)
			}
			if notice := s.Ask("GET", "/favicon-notice.svg").Text; !strings.Contains(notice, `href="data:`+tt.contentType+`;base64,`) || !strings.Contains(notice, "<circle") {
				t.Errorf("the icon with a notice is %.200s", notice)
			}
			var manifest struct {
				Icons []struct{ Src, Sizes, Type string } `json:"icons"`
			}
			text := s.Ask("GET", "/manifest.webmanifest").Text
			err := json.Unmarshal([]byte(text), &manifest)
			if err != nil || strings.Contains(text, "/icon-") || len(manifest.Icons) != 1 || manifest.Icons[0] != struct{ Src, Sizes, Type string }{address, tt.sizes, tt.contentType} {
				t.Errorf("the manifest is %s, %v", text, err)
			}
		})
	}
}

// Another client keeps its own looks, and has its own files where a brand has some.
func TestClientDirHasNoBrand(t *testing.T) {
	dir := clientDir(t)
	was := servertest.Start(t, map[string]string{"CLIENT_DIR": dir}).Ask("GET", "/call/").Text
	s := servertest.StartWith(t, clientSources(t), map[string]string{"CLIENT_DIR": dir, "BRAND_NAME": "Acme", "BRAND_COLOR": "#7a1f5c"})
	if got := s.Ask("GET", "/call/").Text; got != was || strings.Contains(got, "Acme") {
		t.Errorf("its page is %s", got)
	}
	if got := s.Ask("GET", "/call/test").Text; !strings.Contains(got, "Acme") {
		t.Errorf("our page is %s", got)
	}
}

// A server without pages says so, whatever its brand is.
func TestBrandWithoutPages(t *testing.T) {
	s := servertest.StartWith(t, fstest.MapFS{".gitkeep": {}}, map[string]string{"BRAND_NAME": "Acme", "BRAND_COLOR": "#7a1f5c", "BRAND_LOGO": logoFile(t, logoSVG)})
	if got := s.Ask("GET", "/", "Accept", "text/html"); got.StatusCode != 503 || !strings.Contains(got.Text, "Acme") {
		t.Errorf("answered %s, %s", got.Status, got.Text)
	}
}
