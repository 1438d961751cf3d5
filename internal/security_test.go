package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The Go tests that docs/security.md names exist, so that each promise stays tested.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	exists := make(map[string]bool)
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "node_modules":
			return fs.SkipDir
		case !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		for _, found := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(text, -1) {
			exists[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(read(t, "docs/security.md"), -1) {
		if name := string(found[1]); !exists[name] {
			t.Errorf("docs/security.md names %s, which is no test", name)
		}
	}
}
