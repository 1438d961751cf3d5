package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

const (
	htmlType = "text/html; charset=utf-8"
	jsType   = "text/javascript; charset=utf-8"

	revalidate = "no-cache"
	immutable  = "public, max-age=31536000, immutable"
	oneYear    = "max-age=31536000"
)

func TestRoutes(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, tt := range []struct {
		path        string
		status      int
		contentType string
		cache       string
		body        string // how it begins
	}{
		{"/", 200, htmlType, revalidate, "<!doctype html><title>landing"},
		{"/call", 200, htmlType, revalidate, "<!doctype html><title>call"},
		{"/call/", 200, htmlType, revalidate, "<!doctype html><title>call"},
		{"/call?x=1", 200, htmlType, revalidate, "<!doctype html><title>call"},
		{"/call/test", 200, htmlType, revalidate, "<!doctype html><title>call"},
		{"/call/test/", 200, htmlType, revalidate, "<!doctype html><title>call"},
		{"/assets/call-Abc1.js", 200, jsType, immutable, "console.log"},
		{"/assets/call-Abc1.css", 200, "text/css; charset=utf-8", immutable, "body"},
		{"/assets/i-Abc1.woff2", 200, "font/woff2", immutable, "wOF2"},
		{"/assets/call.js.map", 200, "application/json", immutable, "{}"},
		{"/favicon.svg", 200, "image/svg+xml", revalidate, "<svg/>"},
		{"/manifest.webmanifest", 200, "application/manifest+json", revalidate, "{}"},
		{"/sw.js", 200, jsType, revalidate, "addEventListener"},
		{"/robots.txt", 200, "text/plain; charset=utf-8", revalidate, "User-agent"},
		{"/notices/notice.css", 200, "text/css; charset=utf-8", revalidate, "@font-face"},
		{"/notices/link.js", 200, jsType, revalidate, "// Finds a link"},
		{"/notices/figtree.woff2", 200, "font/woff2", revalidate, "wOF2"},
		{"/healthz", 200, "text/plain; charset=UTF-8", "no-store", "ok"},
		{"/turn-server-config", 200, "application/json", "no-store", `{"iceServers":[`},
		{"/index.html", 404, "", "no-store", ""},
		{"/call/index.html", 404, "", "no-store", ""},
		{"/call/global.css", 404, "", "no-store", ""},
		{"/assets", 404, "", "no-store", ""},
		{"/assets/", 404, "", "no-store", ""},
		{"/assets/none.js", 404, "", "no-store", ""},
		{"/assets/.secret", 404, "", "no-store", ""},
		{"/assets/../index.html", 404, "", "no-store", ""},
		{"/assets/%2e%2e/index.html", 404, "", "no-store", ""},
		{"/assets/..%2findex.html", 404, "", "no-store", ""},
		{"/assets//call-Abc1.js", 404, "", "no-store", ""},
		{"/assets/call-Abc1.js/", 404, "", "no-store", ""},
		{"/assets/call%00.js", 404, "", "no-store", ""},
		{"/.gitkeep", 404, "", "no-store", ""},
		{"//evil.example/", 404, "", "no-store", ""},
		{"/notices/notice.html", 404, "", "no-store", ""},
		{"/healthz/", 404, "", "no-store", ""},
		{"/nothing", 404, "", "no-store", ""},
		{"/socket.io/socket.io.js", 404, "", "no-store", "This server does not serve the client library: bundle socket.io-client"},
		{"/socket.io/socket.io.esm.min.js.map", 404, "", "no-store", "This server does not serve the client library"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			got := s.Ask("GET", tt.path)
			if got.StatusCode != tt.status || !strings.HasPrefix(got.Text, tt.body) {
				t.Errorf("answered %s, %.80q", got.Status, got.Text)
			}
			if tt.contentType != "" {
				expectHeader(t, got, "Content-Type", tt.contentType)
			}
			expectHeader(t, got, "Cache-Control", tt.cache)
			head := s.Ask("HEAD", tt.path)
			if head.StatusCode != got.StatusCode || head.Text != "" {
				t.Errorf("HEAD answered %s with %d bytes", head.Status, len(head.Text))
			}
			for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"} {
				expectHeader(t, head, name, got.Header.Get(name))
			}
		})
	}
}

func expectHeader(t *testing.T, got servertest.Answer, name, want string) {
	t.Helper()
	if value := got.Header.Get(name); value != want {
		t.Errorf("%s is %q, want %q", name, value, want)
	}
}

func TestMethods(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/", 405, "OPTIONS, GET, HEAD"},
		{"DELETE", "/call", 405, "OPTIONS, GET, HEAD"},
		{"PUT", "/call/", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/assets/call-Abc1.js", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/favicon.svg", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/healthz", 405, "OPTIONS, GET, HEAD"},
		{"POST", "/turn-server-config", 405, "OPTIONS, GET, HEAD"},
		{"OPTIONS", "/", 204, "OPTIONS, GET, HEAD"},
		{"OPTIONS", "/turn-server-config", 204, "GET, HEAD, OPTIONS"},
		{"POST", "/nothing", 404, ""},
		{"BREW", "/", 405, "OPTIONS, GET, HEAD"},
	} {
		got := s.Ask(tt.method, tt.path)
		if got.StatusCode != tt.status || got.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: %s, Allow %q; want %d, %q", tt.method, tt.path, got.Status, got.Header.Get("Allow"), tt.status, tt.allow)
		}
	}
}

func TestErrorsSpeakTheLanguageOfTheClient(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, tt := range []struct{ accept, contentType, body string }{
		{"text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=UTF-8", "<!doctype html>"},
		{"application/json", "application/json", `{"message":"There is nothing at this address."}`},
		{"*/*", "text/plain; charset=UTF-8", "There is nothing at this address.\n"},
		{"", "text/plain; charset=UTF-8", "There is nothing at this address.\n"},
	} {
		got := s.Ask("GET", "/nothing", "Accept", tt.accept)
		if got.StatusCode != 404 || !strings.HasPrefix(got.Text, tt.body) {
			t.Errorf("Accept %q: %s, %.60q", tt.accept, got.Status, got.Text)
		}
		expectHeader(t, got, "Content-Type", tt.contentType)
		expectHeader(t, got, "Vary", "Accept")
	}
	styled := s.Ask("GET", "/nothing", "Accept", "text/html").Text
	if !strings.Contains(styled, `href="/notices/notice.css"`) || strings.Contains(styled, "style=") {
		t.Error("the page does not work under its policy")
	}
}

func TestPagesSayHowToBuildThem(t *testing.T) {
	s := servertest.StartWith(t, servertest.UnbuiltClient, nil)
	for _, path := range []string{"/", "/call", "/call/", "/call/test"} {
		for _, accept := range []string{"text/html", "*/*"} {
			got := s.Ask("GET", path, "Accept", accept)
			if got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.Text, "make run") {
				t.Errorf("%s: %s, %.80q", path, got.Status, got.Text)
			}
			expectHeader(t, got, "Retry-After", "")
		}
	}
	if got := s.Ask("GET", "/healthz"); got.StatusCode != 200 {
		t.Errorf("/healthz answered %s", got.Status)
	}
	if !strings.Contains(s.Log.String(), "the client is not built") {
		t.Error("the log does not say that the client is missing")
	}
}

func TestStrictHeaders(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, path := range []string{"/", "/call", "/assets/call-Abc1.js", "/favicon.svg", "/healthz", "/turn-server-config", "/nothing"} {
		got := s.Ask("GET", path)
		expectHeader(t, got, "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
			"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob: mediastream:; manifest-src 'self'; "+
			"worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		expectHeader(t, got, "X-Content-Type-Options", "nosniff")
		expectHeader(t, got, "X-Frame-Options", "DENY")
		expectHeader(t, got, "Referrer-Policy", "no-referrer")
		expectHeader(t, got, "Cross-Origin-Opener-Policy", "same-origin")
		if policy := got.Header.Get("Permissions-Policy"); !strings.HasPrefix(policy, "camera=(self), microphone=(self), display-capture=(self)") {
			t.Errorf("%s: Permissions-Policy is %q", path, policy)
		}
	}
}

// Only the call page may be embedded, by the listed sites alone; whatever else is sent
// has the same headers as without the setting.
func TestEmbedding(t *testing.T) {
	const listed = "https://a.example http://localhost:3000"
	plain := servertest.Start(t, nil)
	s := servertest.Start(t, map[string]string{"EMBED_ORIGINS": "https://a.example,http://localhost:3000"})
	unbuilt := servertest.StartWith(t, servertest.UnbuiltClient, map[string]string{"EMBED_ORIGINS": "https://a.example"})
	tag := plain.Ask("GET", "/call/").Header.Get("ETag")
	for _, tt := range []struct {
		server       *servertest.Server
		method, path string
		status       int
		ancestors    string
	}{
		{s, "GET", "/call/", 200, listed},
		{s, "GET", "/call", 200, listed},
		{s, "GET", "/call/?name=Ann&mic=off", 200, listed},
		{s, "HEAD", "/call/", 200, listed},
		{s, "POST", "/call/", 405, "'none'"},
		{s, "GET", "/", 200, "'none'"},
		{s, "GET", "/call/test", 200, "'none'"},
		{s, "GET", "/call/index.html", 404, "'none'"},
		{s, "GET", "/assets/call-Abc1.js", 200, "'none'"},
		{s, "GET", "/embed-origins", 200, "'none'"},
		{s, "GET", "/healthz", 200, "'none'"},
		{s, "GET", "/turn-server-config", 200, "'none'"},
		{s, "GET", "/nothing", 404, "'none'"},
		{unbuilt, "GET", "/call/", 503, "'none'"},
		{plain, "GET", "/call/", 200, "'none'"},
		{plain, "HEAD", "/call", 200, "'none'"},
	} {
		t.Run(fmt.Sprint(tt.method, tt.path, tt.status), func(t *testing.T) {
			got := tt.server.Ask(tt.method, tt.path)
			if got.StatusCode != tt.status {
				t.Errorf("answered %s", got.Status)
			}
			expectAncestors(t, got, tt.ancestors)
			usual := plain.Ask("GET", "/")
			for _, name := range []string{"Permissions-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Content-Type-Options"} {
				expectHeader(t, got, name, usual.Header.Get(name))
			}
		})
	}

	unchanged := s.Ask("GET", "/call/", "If-None-Match", tag)
	if unchanged.StatusCode != 304 {
		t.Errorf("the page that a browser has is sent again: %s", unchanged.Status)
	}
	expectAncestors(t, unchanged, listed)

	if got := s.Ask("GET", "/embed-origins"); got.Text != `{"origins":["https://a.example","http://localhost:3000"]}`+"\n" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page is told %q, %q", got.Text, got.Header.Get("Cache-Control"))
	}
	if got := plain.Ask("GET", "/embed-origins"); got.StatusCode != 404 {
		t.Errorf("without the setting: %s", got.Status)
	}
}

// expectAncestors looks at the two headers that say who may show a page in a frame.
func expectAncestors(t *testing.T, got servertest.Answer, want string) {
	t.Helper()
	if policy := got.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-ancestors "+want) {
		t.Errorf("the policy is %q, want the ancestors %s", policy, want)
	}
	options := "DENY"
	if want != "'none'" {
		options = ""
	}
	expectHeader(t, got, "X-Frame-Options", options)
}

func TestHSTS(t *testing.T) {
	for _, tt := range []struct {
		trust, proto string
		want         string
	}{
		{"true", "https", oneYear},
		{"true", "http, https", oneYear},
		{"true", "https, http", ""},
		{"true", "", ""},
		{"false", "https", ""},
	} {
		t.Run(fmt.Sprintf("trust %s, proto %q", tt.trust, tt.proto), func(t *testing.T) {
			s := servertest.Start(t, map[string]string{"TRUST_PROXY": tt.trust})
			expectHeader(t, s.Ask("GET", "/", "X-Forwarded-Proto", tt.proto), "Strict-Transport-Security", tt.want)
		})
	}
}
