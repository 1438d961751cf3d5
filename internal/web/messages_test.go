package web_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"vidchat/internal/servertest"
)

// translatedClient has messages in three languages.
func translatedClient() fstest.MapFS {
	files := maps.Clone(servertest.BuiltClient)
	for _, name := range []string{
		"landing-en-Aa-1", "landing-de-Ab_2", "landing-ar-Ac3", "call-en-Ba1", "call-de-B-_b", "call-ar-Bc3", "later-de-Ca1",
	} {
		files["assets/messages-"+name+".js"] = &fstest.MapFile{Data: []byte("export default {}")}
	}
	return files
}

// A page comes with the address of the messages that it will ask for.
func TestMessagesArePreloaded(t *testing.T) {
	s := servertest.StartWith(t, translatedClient(), nil)
	for _, tt := range []struct{ path, languages, file string }{
		{"/", "de-DE,de;q=0.9,en;q=0.8", "landing-de-Ab_2"},
		{"/", "", "landing-en-Aa-1"},
		{"/", "nl, AR-eg;q=0.7, de;q=0.3", "landing-ar-Ac3"},
		{"/", "de;q=0,ar", "landing-ar-Ac3"},
		{"/", "*", "landing-en-Aa-1"},
		{"/", ">; rel=x, <,;;", "landing-en-Aa-1"},
		{"/call", "de", "call-de-B-_b"},
		{"/call/", "nl", "call-en-Ba1"},
		{"/call/test", "ar", "call-ar-Bc3"},
	} {
		got := s.Ask("GET", tt.path, "Accept-Language", tt.languages, "Accept-Encoding", "gzip")
		want := "</assets/messages-" + tt.file + ".js>; rel=modulepreload"
		if links := got.Header.Values("Link"); !slices.Equal(links, []string{want}) {
			t.Errorf("%s in %q: Link is %q, want %q", tt.path, tt.languages, links, want)
		}
		vary := strings.Join(got.Header.Values("Vary"), ", ")
		if !strings.Contains(vary, "Accept-Language") {
			t.Errorf("%s in %q: Vary is %q", tt.path, tt.languages, vary)
		}
		if got := s.Ask("GET", tt.path, "Accept-Language", tt.languages, "Accept-Encoding", "gzip", "If-None-Match", got.Header.Get("ETag")); got.StatusCode != 304 {
			t.Errorf("%s in %q again: %s", tt.path, tt.languages, got.Status)
		}
	}
}

// What is no page, or none of this client, has no messages.
func TestOnlyPagesPreloadMessages(t *testing.T) {
	replaced := servertest.StartWith(t, translatedClient(), map[string]string{"CLIENT_DIR": clientDir(t)})
	untranslated := servertest.Start(t, nil)
	for _, got := range []servertest.Answer{
		replaced.Ask("GET", "/call/", "Accept-Language", "de"),
		replaced.Ask("GET", "/none", "Accept-Language", "de"),
		replaced.Ask("GET", "/favicon.svg", "Accept-Language", "de"),
		untranslated.Ask("GET", "/", "Accept-Language", "de"),
	} {
		vary := strings.Join(got.Header.Values("Vary"), ", ")
		if links := got.Header.Values("Link"); len(links) > 0 || strings.Contains(vary, "Language") {
			t.Errorf("Link is %q and Vary %q, in an answer that begins %.40q", links, vary, got.Text)
		}
	}
}
