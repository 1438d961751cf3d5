package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

func TestEncodings(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, path := range []string{"/", "/call", "/assets/call-Abc1.js", "/assets/call-Abc1.css"} {
		plain := s.Ask("GET", path)
		for _, tt := range []struct {
			accept string
			gzip   bool
		}{
			{"gzip", true},
			{"gzip, deflate, br, zstd", true},
			{"br;q=1.0, GZIP;q=0.5", true},
			{"*", true},
			{"identity", false},
			{"br", false},
			{"gzip;q=0", false},
			{"gzip; q=0.000, *", false},
			{"gzip;q=high", false},
			{"*;q=0", false},
		} {
			got := s.Ask("GET", path, "Accept-Encoding", tt.accept)
			if packed := got.Header.Get("Content-Encoding") == "gzip"; packed != tt.gzip {
				t.Errorf("%s: Accept-Encoding %q: Content-Encoding is %q", path, tt.accept, got.Header.Get("Content-Encoding"))
			}
			if int64(len(got.Text)) != got.ContentLength {
				t.Errorf("%s: Content-Length is %d of %d bytes", path, got.ContentLength, len(got.Text))
			}
			expectHeader(t, got, "Vary", "Accept-Encoding")
			if tt.gzip {
				got.Text = unpack(t, got.Text)
			}
			if got.Text != plain.Text {
				t.Errorf("%s: Accept-Encoding %q changed the content", path, tt.accept)
			}
			if same := got.Header.Get("ETag") == plain.Header.Get("ETag"); same == tt.gzip {
				t.Errorf("%s: Accept-Encoding %q: ETag %s beside %s", path, tt.accept, got.Header.Get("ETag"), plain.Header.Get("ETag"))
			}
		}
	}
	for _, path := range []string{"/assets/i-Abc1.woff2", "/robots.txt", "/healthz", "/turn-server-config"} {
		got := s.Ask("GET", path, "Accept-Encoding", "gzip")
		expectHeader(t, got, "Content-Encoding", "")
	}
}

func unpack(t *testing.T, packed string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConditionalRequests(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, path := range []string{"/", "/call", "/assets/call-Abc1.js"} {
		plain, packed := s.Ask("GET", path), s.Ask("GET", path, "Accept-Encoding", "gzip")
		tag, packedTag := plain.Header.Get("ETag"), packed.Header.Get("ETag")
		for _, tt := range []struct {
			match, encoding string
			status          int
		}{
			{tag, "", 304},
			{"W/" + tag, "", 304},
			{`"other", ` + tag, "", 304},
			{"*", "", 304},
			{`"other"`, "", 200},
			{packedTag, "", 200},
			{packedTag, "gzip", 304},
			{tag, "gzip", 200},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				got := s.Ask(method, path, "If-None-Match", tt.match, "Accept-Encoding", tt.encoding)
				if got.StatusCode != tt.status {
					t.Errorf("%s %s, If-None-Match %s, %q: %s", method, path, tt.match, tt.encoding, got.Status)
				}
				if got.StatusCode != http.StatusNotModified {
					continue
				}
				for _, name := range []string{"ETag", "Cache-Control", "Vary"} {
					if got.Header.Get(name) == "" {
						t.Errorf("the 304 for %s lacks %s", path, name)
					}
				}
				if got.Text != "" || got.Header.Get("Content-Encoding") != "" {
					t.Errorf("the 304 for %s has a body or an encoding", path)
				}
			}
		}
	}
}

func TestRangesAreOfThePlainContent(t *testing.T) {
	s := servertest.Start(t, nil)
	got := s.Ask("GET", "/assets/call-Abc1.js", "Range", "bytes=0-10", "Accept-Encoding", "gzip")
	if got.StatusCode != http.StatusPartialContent || got.Text != "console.log" {
		t.Errorf("%s, %q", got.Status, got.Text)
	}
	expectHeader(t, got, "Content-Encoding", "")
}
