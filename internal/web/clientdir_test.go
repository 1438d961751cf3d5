package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// tooLarge is the size from which a file is not kept in memory.
const tooLarge = 2 << 20

// clientDir is a compiled client of another project: absolute addresses below
// /call, a script from elsewhere, styles injected by script.
func clientDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.html":            `<script src="https://cdn.example/x.js"></script><link rel="stylesheet" href="/call/global.css">`,
		"global.css":            "body { margin: 0 }",
		"build/bundle.js":       strings.Repeat("io.connect();\n", 200),
		"build/bundle.css":      ".video {}",
		"images/icons/mic.svg":  "<svg/>",
		"assets/own.js":         "own()",
		"assets/call-Abc1.js":   "not this one",
		".env":                  "SECRET=1",
		"build/.cache/file.txt": "cached",
		"large.bin":             strings.Repeat("0123456789abcdef", tooLarge/16+1),
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	outside := filepath.Join(t.TempDir(), "outside.txt")
	writeFile(t, outside, "outside")
	if err := os.Symlink(outside, filepath.Join(dir, "leak.txt")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestClientDir(t *testing.T) {
	s := servertest.Start(t, map[string]string{"CLIENT_DIR": clientDir(t)})
	for _, tt := range []struct {
		path        string
		status      int
		contentType string
		body        string
	}{
		{"/call", 200, htmlType, "<script src="},
		{"/call/", 200, htmlType, "<script src="},
		{"/call/index.html", 200, htmlType, "<script src="},
		{"/call/global.css", 200, "text/css; charset=utf-8", "body"},
		{"/call/build/bundle.js", 200, jsType, "io.connect"},
		{"/call/build/bundle.css", 200, "text/css; charset=utf-8", ".video"},
		{"/call/images/icons/mic.svg", 200, "image/svg+xml", "<svg/>"},
		{"/call/large.bin", 200, "application/octet-stream", "0123"},
		// named relatively by a page that was opened as /call
		{"/global.css", 200, "text/css; charset=utf-8", "body"},
		{"/build/bundle.js", 200, jsType, "io.connect"},
		{"/assets/own.js", 200, jsType, "own()"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			got := s.Ask("GET", tt.path)
			if got.StatusCode != tt.status || !strings.HasPrefix(got.Text, tt.body) {
				t.Errorf("%s, %.60q", got.Status, got.Text)
			}
			expectHeader(t, got, "Content-Type", tt.contentType)
			expectHeader(t, got, "Cache-Control", revalidate)
			expectHeader(t, got, "X-Content-Type-Options", "nosniff")
			for _, strict := range []string{"Content-Security-Policy", "X-Frame-Options", "Permissions-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy"} {
				expectHeader(t, got, strict, "")
			}
			again := s.Ask("GET", tt.path, "If-None-Match", got.Header.Get("ETag"))
			if again.StatusCode != 304 {
				t.Errorf("asked again it answered %s", again.Status)
			}
		})
	}
}

func TestClientDirKeepsItsPlace(t *testing.T) {
	s := servertest.Start(t, map[string]string{"CLIENT_DIR": clientDir(t)})
	for _, path := range []string{"/", "/assets/call-Abc1.js", "/favicon.svg", "/healthz", "/turn-server-config"} {
		if got := s.Ask("GET", path); got.StatusCode != 200 || got.Header.Get("Content-Security-Policy") == "" || strings.Contains(got.Text, "not this one") {
			t.Errorf("%s is no longer ours: %s, %.60q", path, got.Status, got.Text)
		}
	}
	for _, path := range []string{
		"/call/.env", "/.env", "/call/build/.cache/file.txt", "/call/build", "/call/build/", "/call/leak.txt", "/leak.txt",
		"/call/none.js", "/none.js", "/call/../.env", "/call/%2e%2e/%2e%2e/etc/passwd", "/call//global.css", "/call/%2fetc/passwd",
	} {
		if got := s.Ask("GET", path); got.StatusCode != 404 {
			t.Errorf("%s: %s, %.60q", path, got.Status, got.Text)
		}
	}
	for path, want := range map[string]int{"/call/global.css": 405, "/global.css": 404, "/call": 405} {
		if got := s.Ask("POST", path); got.StatusCode != want {
			t.Errorf("POST %s: %s, want %d", path, got.Status, want)
		}
	}
}

func TestClientDirWithoutABuiltClient(t *testing.T) {
	s := servertest.StartWith(t, servertest.UnbuiltClient, map[string]string{"CLIENT_DIR": clientDir(t)})
	if got := s.Ask("GET", "/call/"); got.StatusCode != 200 {
		t.Errorf("/call/ answered %s", got.Status)
	}
}

func TestClientDirIsReadAgainWhenItChanges(t *testing.T) {
	dir := clientDir(t)
	s := servertest.Start(t, map[string]string{"CLIENT_DIR": dir})
	before := s.Ask("GET", "/call/build/bundle.js")
	writeFile(t, filepath.Join(dir, "build/bundle.js"), "changed();")
	after := s.Ask("GET", "/call/build/bundle.js", "If-None-Match", before.Header.Get("ETag"))
	if after.StatusCode != 200 || after.Text != "changed();" {
		t.Errorf("%s, %.60q", after.Status, after.Text)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
