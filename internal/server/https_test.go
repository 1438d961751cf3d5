package server_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/enginetest/testcert"
	"vidchat/internal/ice"
	"vidchat/internal/server"
	"vidchat/internal/servertest"
	"vidchat/internal/turn"
)

// withTLS are the settings of a server that speaks TLS, and more.
func withTLS(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	certFile, keyFile := testcert.New(t, "localhost").Write(t, t.TempDir())
	env := map[string]string{"TLS_CERT": certFile, "TLS_KEY": keyFile}
	for name, value := range more {
		env[name] = value
	}
	return env
}

// ownTURN are the settings of a server that relays on loopback.
var ownTURN = map[string]string{
	"TURN_LISTEN": "127.0.0.1:0", "TURNS_LISTEN": "127.0.0.1:0", "TURN_PUBLIC_IP": "127.0.0.1", "TURN_PORTS": "30000-39999",
}

// Pages and calls over https are those over http, in both versions of HTTP.
func TestHTTPS(t *testing.T) {
	t.Parallel() // it mostly waits
	s := servertest.Start(t, withTLS(t, nil))
	if !strings.HasPrefix(s.URL, "https://") {
		t.Fatalf("the URL is %s", s.URL)
	}
	page := s.Ask("GET", "/")
	if page.StatusCode != http.StatusOK || page.ProtoMajor != 2 || page.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s over %s, %v", page.Status, page.Proto, page.Header)
	}
	for _, transport := range servertest.Transports {
		for _, version := range []int{3, 4} {
			a, b := s.Dial(version, transport), s.Dial(version, transport)
			a.Join("x")
			b.Join("x")
			a.Next() // join
			b.MustSend(`2["message",{"room":"x"}]`)
			if got := a.Next(); !strings.HasPrefix(got, `2["message"`) {
				t.Errorf("EIO %d over %s: got %s", version, transport, got)
			}
			a.Close()
			b.Close()
		}
	}
	// Programs that know no ALPN, as many clients of WebSockets.
	host, port := s.HostPort()
	conn, err := tls.Dial("tcp", net.JoinHostPort(host, port), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if text, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 200") || !strings.Contains(string(text), "Strict-Transport-Security") {
		t.Errorf("without ALPN: %.300s, %v", text, err)
	}
}

// Whoever is silent after the TCP connection, or after the handshake, does not stay,
// and keeps nobody waiting; nor does who speaks no TLS.
func TestTLSListenerWaitsForNobody(t *testing.T) {
	t.Parallel() // it mostly waits
	s := servertest.Start(t, withTLS(t, ownTURN))
	host, port := s.HostPort()
	address := net.JoinHostPort(host, port)
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	shy, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer shy.Close()
	plain, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, _ = io.WriteString(plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if got := s.Ask("GET", "/healthz"); got.StatusCode != http.StatusOK {
		t.Errorf("meanwhile: %s", got.Status)
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "shy": shy, "plain": plain} {
		_, err := io.Copy(io.Discard, conn) // until the server closes it
		if err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHTTPIsRedirected(t *testing.T) {
	s := servertest.Start(t, withTLS(t, nil))
	redirect := regexp.MustCompile(`"address":"([^"]+)".*"message":"redirecting from http"`).FindStringSubmatch(s.Log.String())
	if redirect == nil {
		t.Fatalf("the log does not say where: %s", s.Log)
	}
	got := servertest.NewClient(t, "http://"+redirect[1]).Ask("GET", "/call/?a=b")
	if got.StatusCode != http.StatusMovedPermanently || !strings.HasSuffix(got.Header.Get("Location"), "/call/?a=b") {
		t.Errorf("%s, %v", got.Status, got.Header)
	}
}

func TestHealthcheckOverTLS(t *testing.T) {
	env := withTLS(t, nil)
	s := servertest.Start(t, env)
	env["HOST"], env["PORT"] = s.HostPort()
	c, err := servertest.Load(t, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.CheckHealth(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// SIGHUP reads certificates again, and does not end a server that has some.
func TestHangupReloadsCertificates(t *testing.T) {
	c, err := servertest.Load(t, withTLS(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	log, hangups := servertest.NewLog(), make(chan os.Signal)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, server.Environment{
			Now: time.Now, LogTo: log, Client: servertest.BuiltClient, System: os.DirFS(t.TempDir()), Hangups: hangups,
		})
	}()
	<-log.Listening()
	for range 2 { // the second is taken when the first is done
		hangups <- syscall.SIGHUP
	}
	cancel()
	if err := <-ended; err != nil || !strings.Contains(log.String(), "certificate reloaded") {
		t.Errorf("%v: %s", err, log)
	}
}

// The server tells callers of its own TURN server, and what it tells works, over every
// transport, also on the port of https.
func TestOwnTURN(t *testing.T) {
	s := servertest.Start(t, withTLS(t, ownTURN))
	var answer struct{ ICEServers []ice.Server }
	if err := json.Unmarshal([]byte(s.Ask("GET", "/turn-server-config").Text), &answer); err != nil {
		t.Fatal(err)
	}
	_, port := s.HostPort()
	var tried []string
	for _, entry := range answer.ICEServers {
		e := turn.ParseURL(entry.URLs)
		e.Username, e.Password, e.TLS = entry.Username, entry.Credential, &tls.Config{InsecureSkipVerify: true}
		name := string(e.Transport)
		switch {
		case strings.HasPrefix(entry.URLs, "stun:"):
			tried = append(tried, "stun")
			continue // a TURN server answers STUN as well
		case strings.HasSuffix(e.Address, ":"+port):
			name += " beside https"
		}
		// A certificate has names, and Firefox does not even try an address with TLS.
		if host, _, _ := net.SplitHostPort(e.Address); e.Transport == turn.TLS && host != "localhost" {
			t.Errorf("%s does not have the certificate's name", entry.URLs)
		}
		ctx, cancel := context.WithTimeout(t.Context(), servertest.Timeout)
		if err := turn.Check(ctx, e); err != nil {
			t.Errorf("%s %v", entry.URLs, err)
		}
		cancel()
		tried = append(tried, name)
	}
	slices.Sort(tried)
	if want := []string{"stun", "tcp", "tls", "tls beside https", "udp"}; !slices.Equal(tried, want) {
		t.Errorf("it tells of %q, want %q", tried, want)
	}
	if metrics := s.Admin.Ask("GET", "/metrics").Text; !strings.Contains(metrics, "vidchat_turn_allocations_total 8") ||
		!strings.Contains(metrics, "vidchat_certificate_expires_timestamp_seconds") {
		t.Error("the metrics lack allocations or certificates")
	}
}

// The secret is made once, and others cannot read it.
func TestOwnTURNKeepsItsSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"DATA_DIR": dir}
	for name, value := range ownTURN {
		if name != "TURNS_LISTEN" {
			env[name] = value
		}
	}
	var secrets [2]string
	for i := range secrets {
		servertest.Start(t, env).StopCleanly()
		text, err := os.ReadFile(filepath.Join(dir, "turn-secret"))
		if err != nil || len(text) < 16 {
			t.Fatalf("the secret is %q, %v", text, err)
		}
		secrets[i] = string(text)
	}
	info, err := os.Stat(filepath.Join(dir, "turn-secret"))
	if secrets[0] != secrets[1] || err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is kept: %v; %v, %v", secrets[0] == secrets[1], info, err)
	}
}

// A machine without a public address asks for it.
func TestOwnTURNNeedsAnAddress(t *testing.T) {
	c, err := servertest.Load(t, map[string]string{"TURN_LISTEN": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	err = server.Run(t.Context(), c, server.Environment{LogTo: io.Discard, Client: servertest.BuiltClient, System: os.DirFS(t.TempDir())})
	if err == nil || !strings.Contains(err.Error(), "set TURN_PUBLIC_IP") {
		t.Errorf("the error is %v", err)
	}
}
