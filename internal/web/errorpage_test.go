package web_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"vidchat/internal/servertest"
)

const (
	damagedRoom = "01112131415161718191a1b1c1d1e1f1"
	damagedKey  = "XP9vbKYOnu9RbM5Y1uga8g"
)

// A link whose "#" was encoded reaches the server as a path. The browser moves it
// back, and neither the page nor the log repeats it.
func TestChangedLinksAreLeftToTheBrowser(t *testing.T) {
	for name, env := range map[string]map[string]string{"ours": nil, "CLIENT_DIR": {"CLIENT_DIR": clientDir(t)}} {
		t.Run(name, func(t *testing.T) {
			s := servertest.Start(t, env)
			link := damagedRoom + "," + damagedKey
			for _, path := range []string{
				"/call/%23" + link, "/call%23" + link, "/call/%2523" + link, "/call/" + link, "/Call/%23" + link,
				"/" + link, "/%23" + link, "/assets/" + link, "/call/%23" + strings.Repeat("x", 300) + link,
			} {
				got := s.Ask("GET", path, "Accept", "text/html")
				if got.StatusCode != 404 || !strings.Contains(got.Text, `<script src="/notices/link.js">`) {
					t.Errorf("%s: %s, %.200q", path, got.Status, got.Text)
				}
				if strings.Contains(got.Text, damagedKey) {
					t.Errorf("%s: the page repeats the key", path)
				}
			}
			s.StopCleanly()
			if log := s.Log.String(); strings.Contains(log, damagedKey) || strings.Contains(log, damagedRoom) {
				t.Errorf("the log has the link: %s", log)
			}
		})
	}
}

// The page for errors belongs to the same house as the others.
func TestErrorPageHasTheColorsOfTheClient(t *testing.T) {
	theme, style := readText(t, "../../client/src/ui/theme.css"), readText(t, "errorpage/error.css")
	light, dark, _ := strings.Cut(theme, "@media (prefers-color-scheme: dark)")
	tokens := regexp.MustCompile(`(--[\w-]+): light-dark\((\S+), (\S+)\);`).FindAllStringSubmatch(style, -1)
	if len(tokens) == 0 {
		t.Fatal("error.css has no colors")
	}
	for _, token := range tokens {
		name, inLight, inDark := token[1], token[2], token[3]
		if !strings.Contains(light, name+": "+inLight+";") || !strings.Contains(dark, name+": "+inDark+";") {
			t.Errorf("%s is not that of theme.css", name)
		}
	}
	if rest := regexp.MustCompile(`#[\da-f]{3,8}\b`).FindAllString(style, -1); len(rest) != 2*len(tokens) {
		t.Errorf("error.css has colors that are no tokens: %q", rest)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
