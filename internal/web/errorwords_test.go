package web_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

// The page for errors speaks the language that the browser asks for.
func TestErrorPageSpeaksTheLanguageOfTheBrowser(t *testing.T) {
	s := servertest.Start(t, nil)
	for _, tt := range []struct{ languages, start, title string }{
		{"", `<html lang="en" dir="ltr">`, "Page not found"},
		{"nl", `<html lang="en" dir="ltr">`, "Page not found"},
		{"de-AT,de;q=0.9,en;q=0.8", `<html lang="de" dir="ltr">`, "Seite nicht gefunden"},
		{"nl, ar-EG;q=0.7, de;q=0.3", `<html lang="ar" dir="rtl">`, "الصفحة غير موجودة"},
		{"zh-CN", `<html lang="zh-Hans" dir="ltr">`, "找不到页面"},
		{"pt", `<html lang="pt-BR" dir="ltr">`, "Página não encontrada"},
	} {
		got := s.Ask("GET", "/nothing", "Accept", "text/html", "Accept-Language", tt.languages)
		for _, want := range []string{tt.start, "<title>" + tt.title + " · ", "<h1>" + tt.title + "</h1>"} {
			if !strings.Contains(got.Text, want) {
				t.Errorf("%q: the page lacks %q: %.300s", tt.languages, want, got.Text)
			}
		}
		if vary := strings.Join(got.Header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Language") {
			t.Errorf("%q: Vary: %s", tt.languages, vary)
		}
	}
	got := s.Ask("POST", "/", "Accept", "text/html", "Accept-Language", "fr")
	if !strings.Contains(got.Text, "<h1>Méthode non autorisée</h1>") {
		t.Errorf("a refused method: %.300s", got.Text)
	}
	got = s.Ask("GET", "/nothing", "Accept", "application/json", "Accept-Language", "de")
	if !strings.Contains(got.Text, "There is nothing at this address.") {
		t.Errorf("programs are told %q", got.Text)
	}
}

func TestErrorPageHasAllTextsInAllLanguages(t *testing.T) {
	var languages map[string]map[string]string
	if err := json.Unmarshal([]byte(readText(t, "errorpage/messages.json")), &languages); err != nil {
		t.Fatal(err)
	}
	if len(languages) != 10 {
		t.Errorf("%d languages", len(languages))
	}
	keys := slices.Sorted(maps.Keys(languages["en"]))
	for language, words := range languages {
		if got := slices.Sorted(maps.Keys(words)); !slices.Equal(got, keys) {
			t.Errorf("%s has the keys %q", language, got)
		}
		if !strings.Contains(words["homeOf"], "{brand}") {
			t.Errorf("%s: homeOf does not name the brand", language)
		}
		for key, text := range words {
			if text == "" || language != "en" && text == languages["en"][key] {
				t.Errorf("%s: %s is not translated", language, key)
			}
		}
	}
}
