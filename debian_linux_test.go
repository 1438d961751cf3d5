package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// debianVersion is the version of the package that the test makes.
const debianVersion = "v9.8.7"

// The Debian package is installed into a folder as if that were the root of a
// machine, the server runs from there, and a removal leaves the settings.
func TestDebianPackage(t *testing.T) {
	t.Parallel() // it waits for other programs
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("this is no Debian: dpkg is missing, so no package is installed")
	}
	folder := t.TempDir()
	built, file, root := filepath.Join(folder, "vidchat"), filepath.Join(folder, "vidchat.deb"), filepath.Join(folder, "root")
	output(t, "go", "build", "-ldflags", "-X main.releasedAs="+debianVersion, "-o", built, ".")
	output(t, "scripts/debian-package", built, runtime.GOARCH, debianVersion, file)
	install(t, root, file)

	unit := read(t, filepath.Join(root, "usr/lib/systemd/system/vidchat.service"))
	program := filepath.Join(root, setting(t, unit, "ExecStart"))
	if got := output(t, program, "--version"); !strings.HasPrefix(got, "vidchat "+debianVersion+" (go") {
		t.Errorf("--version prints %q, want %s in it", got, debianVersion)
	}
	settings := read(t, filepath.Join(root, strings.TrimPrefix(setting(t, unit, "EnvironmentFile"), "-")))
	data := filepath.Join(root, setting(t, settings, "DATA_DIR"))
	p := spawnProgram(t, program, "DATA_DIR="+data)
	response, err := http.Get(p.url + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %v, %v", response, err)
	} else if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	p.signal(t, syscall.SIGTERM)
	p.expectEnd(t)

	if os.Geteuid() == 0 {
		dpkg(t, root, "--remove", "vidchat")
		if _, err := os.Stat(program); !os.IsNotExist(err) {
			t.Errorf("the program is still there after a removal: %v", err)
		}
		if again := read(t, filepath.Join(root, "etc/vidchat/vidchat.env")); again != settings {
			t.Errorf("the settings are not kept: %q", again)
		}
	}
}

// The unit lets the server do little besides its work.
func TestUnitIsConfined(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is missing, so nothing rates the unit")
	}
	const most = "20" // 2.0 of 10
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold="+most, "--no-pager", "deploy/vidchat.service").CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// install puts the package into a root. Only root may have dpkg do so, and anybody
// may unpack it.
func install(t *testing.T, root, file string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("not root: the package is unpacked, not installed")
		output(t, "dpkg-deb", "--extract", file, root)
		return
	}
	if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dpkg(t, root, "--install", file)
}

// dpkg works in another root, with the shell of this machine.
func dpkg(t *testing.T, root string, args ...string) {
	t.Helper()
	output(t, "dpkg", append([]string{"--root=" + root, "--force-script-chrootless"}, args...)...)
}

// output runs a command that has to succeed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v:\n%s", name, args, err, out)
	}
	return string(out)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// setting finds the line name=value.
func setting(t *testing.T, text, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `=(\S+)$`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	return found[1]
}
