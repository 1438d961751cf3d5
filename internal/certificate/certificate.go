// Package certificate has the server's TLS certificates: those it obtains by ACME
// (RFC 8555) for its domains, or those of files that an operator renews.
//
// Read certificate.go first; acme.go obtains, problem.go says in words why that
// fails, and files.go reads and reloads.
package certificate

import (
	"context"
	"crypto/tls"
	"net/http"
	"time"
)

// Source has certificates for handshakes. Run keeps them valid.
type Source interface {
	// TLSConfig is what a listener uses.
	TLSConfig() *tls.Config
	// Redirect answers on port 80: challenges of the authority, and redirects to
	// https for everything else.
	Redirect() http.Handler
	// Run keeps the certificates valid until ctx ends.
	Run(ctx context.Context)
	// Reload reads again what may have changed.
	Reload()
	// Status says what is known of each certificate.
	Status() []Status
}

// Status is what is known of one certificate.
type Status struct {
	Name string
	// Expires is the zero time where there is no certificate.
	Expires time.Time
	// Problem says why there is none, or why it was not renewed; empty if all is
	// well.
	Problem string
}

// tlsConfig allows what current browsers use. Versions before 1.2 are broken (RFC
// 8996).
func tlsConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error), protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     append([]string{"h2", "http/1.1"}, protocols...),
		GetCertificate: get,
	}
}

// redirect sends everything to the same path with https. The answer is kept for a
// short time only, so that an operator can go back.
func redirect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "use https", http.StatusMisdirectedRequest)
		return
	}
	w.Header().Set("Cache-Control", "max-age=300")
	http.Redirect(w, r, "https://"+hostOf(r)+r.URL.RequestURI(), http.StatusMovedPermanently)
}
