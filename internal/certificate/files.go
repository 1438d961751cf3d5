package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// reloadTime is how often files are looked at.
const reloadTime = time.Minute

// Files is a certificate in two PEM files, which something else renews.
type Files struct {
	log               zerolog.Logger
	certFile, keyFile string

	mu          sync.RWMutex // guards what follows
	certificate *tls.Certificate
	versions    [2]version
	problem     string
}

// version tells whether a file has changed.
type version struct {
	modified time.Time
	size     int64
}

// NewFiles reads a certificate with its chain, and its key.
func NewFiles(log zerolog.Logger, certFile, keyFile string) (*Files, error) {
	f := &Files{log: log, certFile: certFile, keyFile: keyFile}
	f.versions = f.currentVersions()
	certificate, err := f.read()
	if err != nil {
		return nil, err
	}
	f.certificate = certificate
	return f, nil
}

func (f *Files) read() (*tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return nil, fmt.Errorf("the certificate in %s with the key in %s cannot be used: %w", f.certFile, f.keyFile, err)
	}
	if certificate.Leaf == nil {
		if certificate.Leaf, err = x509.ParseCertificate(certificate.Certificate[0]); err != nil {
			return nil, fmt.Errorf("the certificate in %s cannot be used: %w", f.certFile, err)
		}
	}
	return &certificate, nil
}

// NameIn is the first name that the certificate in a PEM file is for and that is this
// machine's, or empty if there is none: a wildcard is no name.
func NameIn(certFile string, isHere func(name string) bool) string {
	text, err := os.ReadFile(certFile)
	if err != nil {
		return ""
	}
	block, rest := pem.Decode(text)
	for block != nil && block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return ""
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return ""
	}
	for _, name := range leaf.DNSNames {
		if !strings.Contains(name, "*") && isHere(name) {
			return name
		}
	}
	return ""
}

// currentVersions says what the files are. A file that is missing has none, and is
// found out by read.
func (f *Files) currentVersions() (v [2]version) {
	for i, name := range []string{f.certFile, f.keyFile} {
		if info, err := os.Stat(name); err == nil {
			v[i] = version{info.ModTime(), info.Size()}
		}
	}
	return v
}

// TLSConfig implements Source.
func (f *Files) TLSConfig() *tls.Config {
	return tlsConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		f.mu.RLock()
		defer f.mu.RUnlock()
		return f.certificate, nil
	})
}

// Redirect implements Source.
func (f *Files) Redirect() http.Handler { return http.HandlerFunc(redirect) }

// Run implements Source. It reads the files again when they have changed.
func (f *Files) Run(ctx context.Context) {
	tick := time.NewTicker(reloadTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f.mu.RLock()
		same := f.versions == f.currentVersions()
		f.mu.RUnlock()
		if !same {
			f.Reload()
		}
	}
}

// Reload implements Source. Files that cannot be used change nothing.
func (f *Files) Reload() {
	versions := f.currentVersions()
	certificate, err := f.read()
	f.mu.Lock()
	f.versions, f.problem = versions, ""
	if err != nil {
		f.problem = err.Error()
	} else {
		f.certificate = certificate
	}
	f.mu.Unlock()
	if err != nil {
		f.log.Error().Err(err).Msg("the certificate was not reloaded, the old one stays in use")
		return
	}
	f.log.Info().Time("expires", certificate.Leaf.NotAfter).Msg("certificate reloaded")
}

// Status implements Source.
func (f *Files) Status() []Status {
	f.mu.RLock()
	defer f.mu.RUnlock()
	leaf := f.certificate.Leaf
	return []Status{{Name: strings.Join(leaf.DNSNames, ", "), Expires: leaf.NotAfter, Problem: f.problem}}
}
