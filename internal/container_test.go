package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	found := regexp.MustCompile(pattern).FindSubmatch(read(t, file))
	if found == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return string(found[1])
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The image is built from what the program is compiled of and nothing else, so that
// a change elsewhere does not build it anew.
func TestDockerContextHasThePackagesOfTheProgram(t *testing.T) {
	want := []string{"!*.go", "!go.mod", "!go.sum", "!licenses.txt"}
	for folder := range programImports(t) {
		if top, _, _ := strings.Cut(folder, "/"); top != "." {
			want = append(want, "!"+top)
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := slices.Sorted(slices.Values(regexp.MustCompile(`(?m)^!.*$`).FindAllString(string(read(t, ".dockerignore")), -1)))
	if !slices.Equal(got, want) {
		t.Errorf(".dockerignore lets in %q, want %q", got, want)
	}
}
