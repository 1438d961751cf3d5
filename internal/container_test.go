package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The image is built with the same versions as everything else.
func TestDockerfileAgreesOnVersions(t *testing.T) {
	for _, tt := range []struct{ image, file, version string }{
		{`golang:([\d.]+)`, "go.mod", `(?m)^go ([\d.]+)`},
		{`node:([\d.]+)`, "package.json", `"node": ">=([\d.]+)"`},
	} {
		image, want := find(t, "Dockerfile", tt.image), find(t, tt.file, tt.version)
		if want != image && !strings.HasPrefix(want, image+".") {
			t.Errorf("Dockerfile has %s, %s wants %s", image, tt.file, want)
		}
	}
}

func find(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return string(found[1])
}
