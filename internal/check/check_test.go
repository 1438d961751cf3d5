package check

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"vidchat/internal/config"
	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/ice"
	"vidchat/internal/turn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	domain = "call.test"
	secret = "only for tests, at least"
)

// here is the address of this machine in the tests.
var here = netip.MustParseAddr("8.8.4.4")

// installation is a running server, or what a test makes of it.
type installation struct {
	config config.Config
	env    Environment
}

// install is an installation without faults: pages over https, a redirect, and a TURN
// server.
func install(t *testing.T) *installation {
	t.Helper()
	certificate := testcert.New(t, domain)
	pages := httptest.NewUnstartedServer(http.NotFoundHandler())
	pages.TLS = certificate.Server(t)
	pages.Config.ErrorLog = log.New(io.Discard, "", 0)
	pages.StartTLS()
	t.Cleanup(pages.Close)
	redirect := httptest.NewServer(http.RedirectHandler("https://"+domain+"/", http.StatusMovedPermanently))
	t.Cleanup(redirect.Close)
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(pages.Listener.Addr().String())
	_, plainPort, _ := net.SplitHostPort(redirect.Listener.Addr().String())
	return &installation{
		config: config.Config{
			Host: "127.0.0.1", Port: port, DataDir: dir, Limits: config.Limits{Sessions: 1000},
			HTTPS: config.HTTPS{Domains: []string{domain}, RedirectPort: plainPort},
			ICE:   ice.Config{TURN: []string{"turn:" + startTURN(t, secret) + "?transport=udp"}, Secret: secret, TTL: time.Hour},
		},
		env: Environment{
			Resolve:     func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{here}, nil },
			Interfaces:  func() ([]netip.Addr, error) { return []netip.Addr{here}, nil },
			Descriptors: func() (uint64, error) { return 2000, nil },
			Roots:       certificate.Pool,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, _ := net.SplitHostPort(address)
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
			},
		},
	}
}

// startTURN starts a TURN server with a secret, and returns its address.
func startTURN(t *testing.T, secret string) string {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := turn.Start(turn.Config{
		Log: zerolog.Nop(), Secret: secret, Public4: netip.MustParseAddr("127.0.0.1"), MinPort: 40_000, MaxPort: 49_000,
	}, turn.Listeners{Packets: []*net.UDPConn{conn}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return conn.LocalAddr().String()
}

func TestNothingIsWrong(t *testing.T) {
	i := install(t)
	results := Run(t.Context(), i.config, i.env)
	if len(results) != 8 {
		t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		if r.Status != OK && r.Name != "https "+domain { // the certificate lasts an hour
			t.Errorf("%+v", r)
		}
	}
	if Failed(results) {
		t.Error("there is a problem")
	}
}

// Each fault is told in words, by the line that is about it.
func TestBrokenInstallations(t *testing.T) {
	for name, tt := range map[string]struct {
		breaks func(t *testing.T, i *installation)
		line   string // begins the line
		want   string // is in it
	}{
		"no folder":            {func(_ *testing.T, i *installation) { i.config.DataDir += "-none" }, "problem data folder", "does not exist"},
		"a file for a folder":  {fileForFolder, "problem data folder", "is not a folder"},
		"others read the keys": {func(t *testing.T, i *installation) { chmod(t, i.config.DataDir, 0o755) }, "problem data folder", "chmod 700"},
		"few open files": {func(_ *testing.T, i *installation) {
			i.env.Descriptors = func() (uint64, error) { return 1024, nil }
		}, "warning open files", "MAX_SESSIONS=1000 needs 1512"},
		"a clock of the past": {func(_ *testing.T, i *installation) { i.env.Built = time.Now().Add(time.Hour) }, "problem clock", "before this program was built"},
		"a clock of the future": {func(_ *testing.T, i *installation) {
			i.env.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
		}, "problem https", "check the clock"},
		"no name": {func(_ *testing.T, i *installation) {
			i.env.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
		}, "problem name", "add a DNS record"},
		"a name of another machine": {func(_ *testing.T, i *installation) { i.resolve("8.8.8.8") }, "problem name", "change its DNS record to [8.8.4.4]"},
		"a name of two machines":    {func(_ *testing.T, i *installation) { i.resolve("8.8.8.8", "8.8.4.4") }, "warning name", "also at [8.8.8.8]"},
		"nobody on the port":        {func(_ *testing.T, i *installation) { i.config.Port = "1" }, "problem https", "start the server"},
		"a firewall": {func(_ *testing.T, i *installation) {
			dial := i.env.Dial
			i.env.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasPrefix(address, domain) {
					return nil, errors.New("no route")
				}
				return dial(ctx, network, address)
			}
		}, "warning https", "but not under its name"},
		"an unknown signer":       {func(_ *testing.T, i *installation) { i.env.Roots = x509.NewCertPool() }, "problem https", "whole chain"},
		"another name's":          {func(_ *testing.T, i *installation) { i.config.HTTPS.Domains[0] = "other.test" }, "problem https", "for another name"},
		"no TLS there":            {func(_ *testing.T, i *installation) { i.config.Port = i.config.HTTPS.RedirectPort }, "problem https", "another program has the port"},
		"another program on 80":   {func(t *testing.T, i *installation) { i.config.HTTPS.RedirectPort = i.otherProgram(t) }, "problem http:", "another program answers"},
		"nobody on 80":            {func(_ *testing.T, i *installation) { i.config.HTTPS.RedirectPort = "1" }, "problem http:", "open it in the firewall"},
		"a wrong secret":          {func(_ *testing.T, i *installation) { i.config.ICE.Secret = "another one, and long" }, "problem turn:", "set TURN_SECRET"},
		"no TURN server":          {func(_ *testing.T, i *installation) { i.config.ICE.TURN = nil }, "warning TURN", "strict firewalls"},
		"TURN over TCP is closed": {func(_ *testing.T, i *installation) { i.config.ICE.TURN = []string{"turn:127.0.0.1:1?transport=tcp"} }, "problem turn:", "cannot be reached"},
		"a TURN server's TLS fails": {func(t *testing.T, i *installation) {
			i.config.ICE.TURN = []string{"turns:127.0.0.1:" + i.otherProgram(t) + "?transport=tcp"}
		}, "problem turns:", "cannot be reached"},
		"neither STUN nor TURN": {func(_ *testing.T, i *installation) { i.config.ICE.TURN = nil }, "warning STUN", "unset STUN_URLS"},
	} {
		t.Run(name, func(t *testing.T) {
			i := install(t)
			tt.breaks(t, i)
			for _, r := range Run(t.Context(), i.config, i.env) {
				if strings.HasPrefix(string(r.Status)+" "+r.Name+":", tt.line) && strings.Contains(r.Text, tt.want) {
					return
				}
			}
			t.Errorf("no line %q with %q: %v", tt.line, tt.want, Run(t.Context(), i.config, i.env))
		})
	}
}

func (i *installation) resolve(addrs ...string) {
	i.env.Resolve = func(context.Context, string) (found []netip.Addr, err error) {
		for _, text := range addrs {
			found = append(found, netip.MustParseAddr(text))
		}
		return found, nil
	}
}

func (*installation) otherProgram(t *testing.T) (port string) {
	t.Helper()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	_, port, _ = net.SplitHostPort(other.Listener.Addr().String())
	return port
}

func fileForFolder(t *testing.T, i *installation) {
	t.Helper()
	i.config.DataDir += "-file"
	if err := os.WriteFile(i.config.DataDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// A certificate that is not there yet.
func TestNoCertificateYet(t *testing.T) {
	i := install(t)
	listener, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return nil, errors.New("none")
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	_, i.config.Port, _ = net.SplitHostPort(listener.Addr().String())
	for _, r := range Run(t.Context(), i.config, i.env) {
		if r.Name == "https "+domain && !strings.Contains(r.Text, "no certificate yet") {
			t.Error(r.Text)
		}
	}
}

// The results for people and for programs.
func TestWrite(t *testing.T) {
	results := append([]Result{{"clock", OK, "right"}}, Settings(errors.Join(errors.New("PORT cannot be used"), errors.New("HOST cannot be used")))...)
	var text, encoded bytes.Buffer
	if err := errors.Join(Write(&text, results), WriteJSON(&encoded, results)); err != nil {
		t.Fatal(err)
	}
	want := "ok       clock: right\nproblem  settings: PORT cannot be used\nproblem  settings: HOST cannot be used\n\n" + note + "\n"
	if text.String() != want {
		t.Errorf("got %s", text.String())
	}
	var decoded struct {
		OK      bool
		Results []Result
	}
	if err := json.Unmarshal(encoded.Bytes(), &decoded); err != nil || decoded.OK || len(decoded.Results) != 3 {
		t.Errorf("%+v, %v", decoded, err)
	}
}
