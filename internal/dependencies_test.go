package internal_test

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listedVersions reads the tables of docs/dependencies.md below a heading, up to
// the next one.
func listedVersions(t *testing.T, heading string) map[string]string {
	t.Helper()
	text := string(read(t, "docs/dependencies.md"))
	_, section, found := strings.Cut(text, heading)
	if !found {
		t.Fatalf("docs/dependencies.md has no %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	versions := make(map[string]string)
	row := regexp.MustCompile("(?m)^\\| `(\\S+)` \\| (\\S+) \\| \\d{4}(?:-\\d\\d-\\d\\d)? \\| \\S+ \\| [^|]+ \\|$")
	for _, found := range row.FindAllStringSubmatch(section, -1) {
		versions[found[1]] = found[2]
	}
	return versions
}

// docs/dependencies.md lists the Go modules of each go.mod.
func TestDependenciesListGoModules(t *testing.T) {
	for file, heading := range map[string]string{
		"go.mod":      "\n## In the program\n",
		"peer/go.mod": "\n## In the client in Go\n",
	} {
		required := make(map[string]string)
		for _, found := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)`).FindAllStringSubmatch(string(read(t, file)), -1) {
			required[found[1]] = found[2]
		}
		expectVersions(t, file, listedVersions(t, heading), required)
	}
}

// And the npm packages that are asked for, with those that the pages contain.
func TestDependenciesListPackages(t *testing.T) {
	for _, tt := range []struct {
		folder   string
		headings []string
	}{
		{"client", []string{"\n## In the pages\n", "\n## To build and check the pages\n"}},
		{"client/e2e", []string{"\n## For tests in browsers and with old clients\n"}},
		{"bench/node", []string{"\n## For the benchmark\n"}},
	} {
		listed := make(map[string]string)
		for _, heading := range tt.headings {
			maps.Copy(listed, listedVersions(t, heading))
		}
		var lock struct {
			Packages map[string]struct {
				Version                       string
				Dependencies, DevDependencies map[string]string
			}
		}
		if err := json.Unmarshal(read(t, path.Join(tt.folder, "package-lock.json")), &lock); err != nil {
			t.Fatal(err)
		}
		required := make(map[string]string)
		direct := lock.Packages[""]
		for _, name := range slices.Concat(slices.Collect(maps.Keys(direct.Dependencies)), slices.Collect(maps.Keys(direct.DevDependencies)), slices.Collect(maps.Keys(listed))) {
			required[name] = lock.Packages["node_modules/"+name].Version
		}
		expectVersions(t, tt.folder, listed, required)
	}
}

func expectVersions(t *testing.T, where string, listed, required map[string]string) {
	t.Helper()
	if len(required) == 0 {
		t.Fatalf("%s requires nothing", where)
	}
	for name, version := range required {
		if listed[name] != version {
			t.Errorf("%s has %s %q, docs/dependencies.md %q: change its row, with the date", where, name, version, listed[name])
		}
	}
	for name := range listed {
		if _, ok := required[name]; !ok {
			t.Errorf("docs/dependencies.md lists %s, which %s does not require", name, where)
		}
	}
}
