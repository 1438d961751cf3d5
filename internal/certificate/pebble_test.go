package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/enginetest/wait"
)

// pebbleVersion is the version of Let's Encrypt's test server.
const pebbleVersion = "v2.10.1"

// programs builds pebble and its DNS server once.
var programs = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "vidchat-pebble-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "install",
		"github.com/letsencrypt/pebble/v2/cmd/pebble@"+pebbleVersion,
		"github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv@"+pebbleVersion)
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("building pebble: %w: %s", err, out)
	}
	return dir, nil
})

// pebble is a running authority, which validates on ports of this machine.
type pebble struct {
	directory         string
	client            *http.Client
	httpAddr, tlsAddr string // where it looks for answers to challenges
	management        string // of its DNS server
}

// startPebble starts an authority whose certificates are valid for a time.
func startPebble(t *testing.T, validity time.Duration) *pebble {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 6)
	certificate := testcert.New(t, "localhost")
	certFile, keyFile := certificate.Write(t, t.TempDir())
	p := &pebble{
		directory: fmt.Sprintf("https://localhost:%d/dir", ports[0]),
		client:    &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: certificate.Pool}, DisableKeepAlives: true}},
		httpAddr:  fmt.Sprintf("127.0.0.1:%d", ports[2]), tlsAddr: fmt.Sprintf("127.0.0.1:%d", ports[3]),
		management: fmt.Sprintf("http://127.0.0.1:%d", ports[5]),
	}
	profile := map[string]any{"description": "for tests", "validityPeriod": int(validity.Seconds())}
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", ports[0]), "managementListenAddress": fmt.Sprintf("127.0.0.1:%d", ports[1]),
		"certificate": certFile, "privateKey": keyFile, "httpPort": ports[2], "tlsPort": ports[3],
		"domainBlocklist": []string{"blocked.test"}, "keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1}, "profiles": map[string]any{"default": profile},
	}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "pebble.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	dns := fmt.Sprintf("127.0.0.1:%d", ports[4])
	startProgram(t, filepath.Join(dir, "pebble-challtestsrv"), "-dnsserver", dns, "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
		"-management", fmt.Sprintf("127.0.0.1:%d", ports[5]))
	startProgram(t, filepath.Join(dir, "pebble"), "-config", config, "-dnsserver", dns)
	wait.Until(t, "the name server can be told what to answer", func() bool {
		conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", ports[5]))
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	wait.Until(t, "the authority answers", func() bool {
		response, err := p.client.Get(p.directory)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return true
	})
	return p
}

// noAddress makes a name unknown.
func (p *pebble) noAddress(t *testing.T, name string) {
	t.Helper()
	response, err := http.Post(p.management+"/set-servfail", "application/json", bytes.NewReader(fmt.Appendf(nil, `{"host":"%s."}`, name)))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

func startProgram(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0")
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait() // it was killed
	})
}

// freePorts are ports of TCP that nobody uses. They are below those that systems give
// to connections and to whoever asks for any port.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for len(ports) < n {
		port := 10_000 + mathrand.IntN(10_000)
		l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer l.Close()
		ports = append(ports, port)
	}
	return ports
}
