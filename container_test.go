package main

import (
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The image is built with the versions everything else is.
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
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return string(found[1])
}

func TestHealthcheck(t *testing.T) {
	alive := start(t, builtClient, nil)
	sick, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sick.Close()
	broken := &http.Server{Handler: http.NotFoundHandler()}
	defer broken.Close()
	go func() { _ = broken.Serve(sick) }()
	for _, tt := range []struct{ name, address, want string }{
		{"alive", strings.TrimPrefix(alive.url, "http://"), ""},
		{"something else", sick.Addr().String(), "404 Not Found"},
		{"nobody", "127.0.0.1:1", "does not answer"},
		{"anywhere", "127.0.0.1:0", "PORT is 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host, port, _ := net.SplitHostPort(tt.address)
			env := map[string]string{"HOST": host, "PORT": port}
			err := run(t.Context(), program{
				args: []string{"--healthcheck"}, getenv: func(name string) string { return env[name] }, workDir: t.TempDir(),
			})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("the error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
