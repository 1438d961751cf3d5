package main

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Imports run one way, from what speaks HTTP down to what knows no network.
func TestImportsRunOneWay(t *testing.T) {
	for folder, rule := range map[string]struct {
		may    []string // packages of this module it may import
		mayNot []string // beginnings of other packages it must not import
	}{
		".":         {may: []string{"vidchat/client", "vidchat/engine", "vidchat/internal/limit", "vidchat/signaling", "vidchat/turn"}},
		"client":    {mayNot: []string{"net", "github.com"}},
		"engine":    {may: []string{"vidchat/engine/rawjson", "vidchat/internal/limit"}, mayNot: []string{"github.com/labstack", "github.com/joho"}},
		"limit":     {mayNot: []string{"net/http", "github.com/labstack", "os"}},
		"rooms":     {mayNot: []string{"net", "github.com"}},
		"signaling": {may: []string{"vidchat/engine", "vidchat/engine/rawjson", "vidchat/internal/limit", "vidchat/rooms"}, mayNot: []string{"github.com/labstack", "os"}},
		"turn":      {mayNot: []string{"net/http", "github.com", "os"}},
	} {
		for _, path := range importsOf(t, folder) {
			ours := path == "vidchat" || strings.HasPrefix(path, "vidchat/")
			if ours && !slices.Contains(rule.may, path) {
				t.Errorf("%s imports %s", folder, path)
			}
			for _, forbidden := range rule.mayNot {
				if path == forbidden || strings.HasPrefix(path, forbidden+"/") {
					t.Errorf("%s imports %s", folder, path)
				}
			}
		}
	}
}

// importsOf lists what the files of a package import, without its tests.
func importsOf(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no Go files (%v)", folder, err)
	}
	var paths []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
	}
	return paths
}
