package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/enginetest/wait"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := programs(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

const month = 30 * 24 * time.Hour

// serve answers on the ports that the authority looks at.
func (p *pebble) serve(t *testing.T, s Source) {
	t.Helper()
	plain, err := net.Listen("tcp4", p.httpAddr)
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := tls.Listen("tcp4", p.tlsAddr, s.TLSConfig())
	if err != nil {
		t.Fatal(err)
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	for listener, handler := range map[net.Listener]http.Handler{plain: s.Redirect(), encrypted: hello} {
		server := httptest.NewUnstartedServer(handler)
		_ = server.Listener.Close()
		server.Listener = listener
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		t.Cleanup(server.Close)
	}
}

// obtain starts obtaining certificates.
func (p *pebble) obtain(t *testing.T, cfg ACMEConfig) *ACME {
	t.Helper()
	cfg.Log, cfg.Directory, cfg.Client = zerolog.Nop(), p.directory, p.client
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "certificates")
	}
	a, err := NewACME(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.serve(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return a
}

// handshake is what a visitor of a name gets.
func (p *pebble) handshake(name string, change func(*tls.Config)) (*x509.Certificate, error) {
	cfg := &tls.Config{ServerName: name, InsecureSkipVerify: true} // the authority's root is made up
	if change != nil {
		change(cfg)
	}
	conn, err := tls.Dial("tcp4", p.tlsAddr, cfg)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

func awaitCertificate(t *testing.T, s Source) {
	t.Helper()
	wait.Until(t, "there is a certificate, or a problem", func() bool { return s.Status()[0] != Status{Name: s.Status()[0].Name} })
	if problem := s.Status()[0].Problem; problem != "" {
		t.Fatal(problem)
	}
}

// A certificate is obtained, kept, and used after a restart without the authority.
func TestObtainAndKeep(t *testing.T) {
	p := startPebble(t, 3*month)
	dir := filepath.Join(t.TempDir(), "certificates")
	a := p.obtain(t, ACMEConfig{Domains: []string{"call.test"}, Dir: dir})
	awaitCertificate(t, a)
	first, err := p.handshake("call.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.VerifyHostname("call.test") != nil || first.Issuer.CommonName == first.Subject.CommonName {
		t.Errorf("the certificate is for %v, from %v", first.DNSNames, first.Issuer)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	later, err := NewACME(ACMEConfig{Log: zerolog.Nop(), Domains: []string{"call.test"}, Dir: dir, Directory: "https://127.0.0.1:1/"})
	if err != nil {
		t.Fatal(err)
	}
	later.check(wait.Context(t), "call.test")
	kept, err := later.certificate(&tls.ClientHelloInfo{ServerName: "call.test"})
	if err != nil || kept.Leaf.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("after a restart: %v", err)
	}
}

// What a visitor may ask for.
func TestHandshakes(t *testing.T) {
	p := startPebble(t, 3*month)
	awaitCertificate(t, p.obtain(t, ACMEConfig{Domains: []string{"call.test"}}))
	for name, tt := range map[string]struct {
		name   string
		change func(*tls.Config)
		ok     bool
	}{
		"as browsers do": {"call.test", nil, true},
		"upper case":     {"CALL.test", nil, true},
		"another name":   {"other.test", nil, false},
		"no name":        {"127.0.0.1", nil, false},
		"TLS 1.2":        {"call.test", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, true},
		"TLS 1.1":        {"call.test", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, false},
		"RSA only": {"call.test", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}, false},
		"a challenge among others": {"call.test", func(c *tls.Config) { c.NextProtos = []string{"acme-tls/1", "h2"} }, true},
		"no challenge":             {"call.test", func(c *tls.Config) { c.NextProtos = []string{"acme-tls/1"} }, false},
		"RC4": {"call.test", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		}, false},
	} {
		if _, err := p.handshake(tt.name, tt.change); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A handshake does not make the server ask the authority, whatever it is like.
func TestHandshakesObtainNothing(t *testing.T) {
	a, err := NewACME(ACMEConfig{
		Log: zerolog.Nop(), Domains: []string{"call.test"}, Dir: filepath.Join(t.TempDir(), "certificates"), Directory: "https://127.0.0.1:1/",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, protocols := range [][]string{nil, {"h2"}, {"acme-tls/1", "h2"}, {"h2", "acme-tls/1"}} {
		_, err := a.certificate(&tls.ClientHelloInfo{ServerName: "call.test", SupportedProtos: protocols})
		if !errors.Is(err, errNoCertificate) {
			t.Errorf("%q: %v", protocols, err)
		}
	}
}

// A certificate that ends soon is renewed, while the server runs.
func TestRenewal(t *testing.T) {
	p := startPebble(t, time.Hour)
	awaitCertificate(t, p.obtain(t, ACMEConfig{Domains: []string{"call.test"}, RenewBefore: 2 * time.Hour}))
	first, err := p.handshake("call.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	wait.Until(t, "another certificate is used", func() bool {
		second, err := p.handshake("call.test", nil)
		return err == nil && second.SerialNumber.Cmp(first.SerialNumber) != 0
	})
}

// Failures are told in words, and are not repeated at once.
func TestFailures(t *testing.T) {
	p := startPebble(t, 3*month)
	p.noAddress(t, "nowhere.test")
	a := p.obtain(t, ACMEConfig{Domains: []string{"blocked.test", "nowhere.test"}})
	for i, want := range []string{"no certificates for this name", "has no address"} {
		wait.Until(t, want, func() bool { return a.Status()[i].Problem != "" })
		if got := a.Status()[i].Problem; !strings.Contains(got, want) {
			t.Errorf("the problem is %q, want %q in it", got, want)
		}
	}
	if left := a.check(wait.Context(t), "blocked.test"); left < defaultCooldown-time.Minute {
		t.Errorf("it is tried again in %v", left)
	}
}

// The reasons that the authority of the tests does not give.
func TestExplain(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"unreachable": {&net.OpError{Op: "dial", Err: io.EOF}, "cannot be reached"},
		"no DNS":      {&net.DNSError{Err: "no such host"}, "cannot be resolved"},
		"other":       {io.ErrUnexpectedEOF, "unexpected EOF"},
	} {
		if got := explain(tt.err, ""); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestDirHasToBeSafe(t *testing.T) {
	open := t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{open: "chmod 700", file: "cannot be kept", filepath.Join(t.TempDir(), "new", "dir"): ""} {
		_, err := NewACME(ACMEConfig{Log: zerolog.Nop(), Dir: dir})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", dir, err, want)
		}
	}
}

// Files are read again when they change; a file that cannot be used changes nothing.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := testcert.New(t, "first.test").Write(t, dir)
	f, err := NewFiles(zerolog.Nop(), certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(name string, problem bool) {
		t.Helper()
		got, err := f.TLSConfig().GetCertificate(nil)
		if err != nil || got.Leaf.DNSNames[0] != name || (f.Status()[0].Problem != "") != problem {
			t.Errorf("%v, %v, %+v", got.Leaf.DNSNames, err, f.Status())
		}
	}
	expect("first.test", false)
	if err := os.WriteFile(certFile, []byte("half a cert"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.versions == f.currentVersions() {
		t.Error("the change is not seen")
	}
	f.Reload()
	expect("first.test", true)
	testcert.New(t, "second.test").Write(t, dir)
	f.Reload()
	expect("second.test", false)
	if _, err := NewFiles(zerolog.Nop(), certFile, filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("without a key: %v", err)
	}
}

func TestRedirect(t *testing.T) {
	for target, want := range map[string]string{
		"http://call.test/call/?a=b":  "https://call.test/call/?a=b",
		"http://call.test:8080/":      "https://call.test/",
		"http://[2001:db8::1]:8080/x": "https://[2001:db8::1]/x",
	} {
		w := httptest.NewRecorder()
		redirect(w, httptest.NewRequest("GET", target, nil))
		if got := w.Result().Header.Get("Location"); got != want || w.Code != http.StatusMovedPermanently {
			t.Errorf("%s: %d %s", target, w.Code, got)
		}
	}
	w := httptest.NewRecorder()
	redirect(w, httptest.NewRequest("POST", "http://call.test/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("a POST gets %d", w.Code)
	}
}

// The name that callers are told is the first of the certificate that is this machine's,
// wherever in the file that is.
func TestNameInCertificate(t *testing.T) {
	c := testcert.New(t, "call.example.org")
	isHere := func(name string) bool { return name != "example.org" }
	for name, tt := range map[string]struct {
		text []byte
		want string
	}{
		"certificate":       {c.CertPEM, "call.example.org"},
		"behind its key":    {slices.Concat(c.KeyPEM, c.CertPEM), "call.example.org"},
		"another machine's": {testcert.New(t, "example.org", "call.example.org").CertPEM, "call.example.org"},
		"wildcard":          {testcert.New(t, "*.example.org").CertPEM, ""},
		"key alone":         {c.KeyPEM, ""},
		"no PEM":            {[]byte("certificate"), ""},
		"no certificate":    {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), ""},
		"nothing in a file": {nil, ""},
	} {
		file := filepath.Join(t.TempDir(), "cert.pem")
		if err := os.WriteFile(file, tt.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := NameIn(file, isHere); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := NameIn(filepath.Join(t.TempDir(), "missing"), isHere); got != "" {
		t.Errorf("a missing file: %q", got)
	}
}
