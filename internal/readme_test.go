package internal_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The picture in the README is what the packages of the program import.
func TestReadmeDrawsTheImports(t *testing.T) {
	if want := drawImports(programImports(t)); !strings.Contains(string(read(t, "README.md")), want) {
		t.Errorf("README.md lacks this picture, so replace the one there:\n%s", want)
	}
}

// A newcomer finds every package in the table, and every file that it names.
func TestReadmeListsThePackages(t *testing.T) {
	_, section, _ := strings.Cut(string(read(t, "README.md")), "\n## Read the code\n")
	table := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(section, -1)
	var listed []string
	for _, row := range table {
		folders := quotedIn(row, `/`)
		listed = append(listed, folders...)
		for _, file := range quotedIn(row, `\.go`) {
			if !slices.ContainsFunc(folders, func(folder string) bool { return exists(filepath.Join(root, folder, file)) }) {
				t.Errorf("README.md: %s is in none of %q", file, folders)
			}
		}
	}
	for folder := range readImports(t) {
		if folder != "." && !slices.ContainsFunc(listed, func(above string) bool { return strings.HasPrefix(folder+"/", above) }) {
			t.Errorf("README.md does not list %s", folder)
		}
	}
}

// quotedIn finds what stands in backquotes and has an ending.
func quotedIn(text, ending string) (found []string) {
	for _, match := range regexp.MustCompile("`([^` ]+"+ending+")`").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// programImports lists, for each package of the program, what it imports of this
// module. What only tests and measurements use is left out.
func programImports(t *testing.T) map[string][]string {
	t.Helper()
	all, program := readImports(t), make(map[string][]string)
	var visit func(folder string)
	visit = func(folder string) {
		if _, seen := program[folder]; seen {
			return
		}
		program[folder] = nil
		for _, imported := range all[folder] {
			if ours, ok := folderOf(imported); ok {
				program[folder] = append(program[folder], ours)
				visit(ours)
			}
		}
	}
	visit(".")
	return program
}

// drawImports draws imports as a Mermaid flowchart, which the pages of GitHub and
// others show as a picture.
func drawImports(imports map[string][]string) string {
	var names, arrows strings.Builder
	for _, folder := range slices.Sorted(maps.Keys(imports)) {
		if node, label := nodeOf(folder), labelOf(folder); node != label {
			fmt.Fprintf(&names, "    %s[%q]\n", node, label)
		}
		for _, imported := range imports[folder] {
			fmt.Fprintf(&arrows, "    %s --> %s\n", nodeOf(folder), nodeOf(imported))
		}
	}
	return "```mermaid\nflowchart TD\n" + names.String() + arrows.String() + "```\n"
}

// nodeOf is the name of a package in the text of the picture, and labelOf in the
// picture itself.
func nodeOf(folder string) string {
	return strings.ReplaceAll(strings.TrimPrefix(labelOf(folder), "internal/"), "/", "_")
}

func labelOf(folder string) string {
	if folder == "." {
		return "main"
	}
	return folder
}

// Links between the documents lead to files, and to headings in them.
func TestLinksOfDocuments(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "PROTOCOL.md", "CHANGELOG.md", "SECURITY.md"} {
		documents = append(documents, filepath.Join(root, name))
	}
	link := regexp.MustCompile(`\]\(([^)\s:]*)\)`)
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllSubmatch(text, -1) {
			file, anchor, _ := strings.Cut(string(found[1]), "#")
			target := document
			if file != "" {
				target = filepath.Join(filepath.Dir(document), file)
			}
			if !exists(target) || anchor != "" && !slices.Contains(anchorsOf(t, target), anchor) {
				t.Errorf("%s links to %s, which is not there", filepath.Base(document), found[1])
			}
		}
	}
}

// anchorsOf lists the headings of a document as links name them.
func anchorsOf(t *testing.T, document string) (anchors []string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(string(heading[1])), "")
		anchors = append(anchors, strings.ReplaceAll(plain, " ", "-"))
	}
	for _, id := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllSubmatch(text, -1) {
		anchors = append(anchors, string(id[1]))
	}
	return anchors
}
