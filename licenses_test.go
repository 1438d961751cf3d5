package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write licenses.txt anew")

// licensesFile has the license of each module that is linked into the program.
const licensesFile = "licenses.txt"

type goModule struct {
	Path, Version, Dir string
	Main               bool
}

// linkedModules lists the modules whose packages the program imports on Linux,
// which the image is made for.
func linkedModules(t *testing.T) []goModule {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", ".")
	command.Env = append(os.Environ(), "GOOS=linux")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var modules []goModule
	for packages := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Module *goModule }
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main && !slices.Contains(modules, *p.Module) {
			modules = append(modules, *p.Module)
		}
	}
	slices.SortFunc(modules, func(a, b goModule) int { return strings.Compare(a.Path, b.Path) })
	return modules
}

// textsIn returns the licenses and notices in a folder.
func textsIn(t *testing.T, folder string) (texts []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name, _, _ := strings.Cut(strings.ToUpper(entry.Name()), ".")
		if !slices.Contains([]string{"LICENSE", "LICENCE", "NOTICE"}, name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(texts) == 0 {
		t.Errorf("%s has no license", folder)
	}
	return texts
}

// What the program contains of others is named with its license, each text once.
func TestLicenses(t *testing.T) {
	var texts []string
	owners := make(map[string][]string)
	add := func(name, folder string) {
		for _, text := range textsIn(t, folder) {
			if len(owners[text]) == 0 {
				texts = append(texts, text)
			}
			owners[text] = append(owners[text], name)
		}
	}
	goRoot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	add("The Go standard library", strings.TrimSpace(string(goRoot)))
	for _, m := range linkedModules(t) {
		add(m.Path+" "+m.Version, m.Dir)
	}
	var want strings.Builder
	fmt.Fprint(&want, "vidchat contains these Go modules, whose licenses follow.\n")
	for _, text := range texts {
		fmt.Fprintf(&want, "\n%s\n\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(owners[text], "\n"), text)
	}
	if *update {
		if err := os.WriteFile(licensesFile, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if moduleLicenses != want.String() {
		t.Errorf("%s is not up to date: run go test -run TestLicenses -update .", licensesFile)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--licenses"}, os.Getenv, &out, io.Discard, nil); err != nil || !strings.Contains(out.String(), "go-socket.io") {
		t.Errorf("--licenses prints %.100q, %v", out.String(), err)
	}
}
