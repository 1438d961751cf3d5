package cluster

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/redis"
)

func TestReadReply(t *testing.T) {
	for line, want := range map[string]int64{":0\r\n": 0, ":12\r\n": 12, "+OK\r\n": 0} {
		if number, err := readReply(bufio.NewReader(strings.NewReader(line))); number != want || err != nil {
			t.Errorf("%q: %d, %v", line, number, err)
		}
	}
	var refused replyError
	if _, err := readReply(bufio.NewReader(strings.NewReader("-NOPERM no\r\n"))); !errors.As(err, &refused) || codeOf(err) != "auth" {
		t.Errorf("an error is %v", err)
	}
	for _, line := range []string{"", ":1", ":x\r\n", "+PONG\r\n", "$4\r\nword\r\n", "\r\n", strings.Repeat("-", 1<<17)} {
		if _, err := readReply(bufio.NewReader(strings.NewReader(line))); err == nil || errors.As(err, &refused) {
			t.Errorf("%.20q: %v", line, err)
		}
	}
}

// Redis is asked to be quiet only if it has understood. What stands before it may answer
// anything.
func TestReadQuiet(t *testing.T) {
	for answers, want := range map[string]bool{
		"+PONG\r\n": true,
		"-ERR unknown command\r\n-ERR unknown command\r\n+PONG\r\n": false,
		"-NOPERM no\r\n+OK\r\n+PONG\r\n":                            false,
		"+OK\r\n+OK\r\n+PONG\r\n":                                   false,
	} {
		r := bufio.NewReader(strings.NewReader(answers + ":1\r\n"))
		if quiet, err := readQuiet(r); quiet != want || err != nil {
			t.Errorf("%q: %t, %v", answers, quiet, err)
		}
		if number, err := readReply(r); number != 1 || err != nil {
			t.Errorf("after %q: %d, %v", answers, number, err)
		}
	}
	if _, err := readQuiet(bufio.NewReader(strings.NewReader("-ERR\r\n+OK\r\n"))); err == nil {
		t.Error("a connection that has ended counts as one that works")
	}
}

// A Redis that takes connections and says nothing counts as one that does not answer.
func TestSilentRedis(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	n, err := New(Options{URL: "redis://:any@" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	n.redis.Dialer.Timeout = 50 * time.Millisecond
	if _, _, _, err := n.dialRedis(t.Context()); err == nil || codeOf(err) != "timeout" {
		t.Errorf("signing in ends with %v", err)
	}
}

// Redis takes any password from its default user if that has none.
func TestNeedlessPassword(t *testing.T) {
	server := redis.Start(t)
	a, b := startNode(t, "redis://:any@"+server.Address()), startNode(t, "redis://:any@"+server.Address())
	a.send(b, 0, 10)
	wantNumbers(t, b, a, 10)
}

// Nodes sign in to a Redis that has a password, with each of their connections.
func TestPassword(t *testing.T) {
	server := redis.Start(t, "--requirepass", "a password", "--user", "ann", "on", ">hers", "~*", "&*", "+@all")
	a := startNode(t, "redis://:a%20password@"+server.Address())
	b := startNode(t, "redis://ann:hers@"+server.Address())
	a.send(b, 0, 10)
	b.send(a, 0, 10)
	wantNumbers(t, b, a, 10)
	wantNumbers(t, a, b, 10)
}

func TestTLS(t *testing.T) {
	certFile, keyFile := certificate(t)
	url := redis.StartTLS(t, certFile, keyFile)
	a, b := startNode(t, url), startNode(t, url)
	a.send(b, 0, 10)
	b.send(a, 0, 10)
	wantNumbers(t, b, a, 10)
	wantNumbers(t, a, b, 10)
}

// certificate writes a certificate and its key, which nobody vouches for.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	own := web.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: own.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
