package certificate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACMEConfig configures an ACME.
type ACMEConfig struct {
	Log zerolog.Logger
	// Domains are the names that certificates are obtained for.
	Domains []string
	// Dir is where certificates and keys are kept. Only this user may read it.
	Dir string
	// Directory is the URL of the authority's directory; Let's Encrypt by default.
	Directory string
	// Email is told to the authority, which may write there; it may be empty.
	Email string
	// Client is used to reach the authority; http.DefaultClient by default.
	Client *http.Client
	// RenewBefore is how long before its end a certificate is renewed. By default it
	// is a third of its lifetime, and at most 30 days.
	RenewBefore time.Duration
	// Cooldown is the least time between two failed attempts for a name. Let's
	// Encrypt allows five failures an hour. By default it is 15 minutes.
	Cooldown time.Duration
}

const (
	defaultCooldown = 15 * time.Minute
	// attemptTime is how long one attempt may take.
	attemptTime = 5 * time.Minute
	// checkTime is how often certificates are looked at.
	checkTime = time.Hour
)

// ACME obtains certificates. Only Run asks the authority: otherwise a stranger could
// use up its limits by handshakes.
type ACME struct {
	cfg     ACMEConfig
	manager *autocert.Manager
	answers *recorder

	mu    sync.Mutex // guards names
	names map[string]*state
}

// state is what is known of a name.
type state struct {
	expires time.Time
	problem string
	next    time.Time // when it may be tried again
}

// NewACME returns an ACME. It fails if Dir is not safe.
func NewACME(cfg ACMEConfig) (*ACME, error) {
	if err := safeDir(cfg.Dir); err != nil {
		return nil, err
	}
	cfg.Cooldown = cmp.Or(cfg.Cooldown, defaultCooldown)
	answers := &recorder{to: http.DefaultTransport}
	client := &http.Client{Transport: answers}
	if cfg.Client != nil {
		answers.to = cfg.Client.Transport
	}
	a := &ACME{
		cfg: cfg, answers: answers,
		manager: &autocert.Manager{
			Prompt:      autocert.AcceptTOS,
			Cache:       autocert.DirCache(cfg.Dir),
			HostPolicy:  autocert.HostWhitelist(cfg.Domains...),
			RenewBefore: cfg.RenewBefore,
			Email:       cfg.Email,
			Client:      &acme.Client{DirectoryURL: cmp.Or(cfg.Directory, autocert.DefaultACMEDirectory), HTTPClient: client},
		},
		names: make(map[string]*state),
	}
	for _, name := range cfg.Domains {
		a.names[name] = new(state)
	}
	return a, nil
}

// safeDir makes the folder, or checks that only this user can read its keys.
func safeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("certificates cannot be kept: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("certificates cannot be kept: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read %s, where private keys are kept: run chmod 700 %s", dir, dir)
	}
	if !ownedByThisUser(info) {
		return fmt.Errorf("%s, where private keys are kept, belongs to another user: run chown on it, or start as that user", dir)
	}
	return nil
}

// TLSConfig implements Source.
func (a *ACME) TLSConfig() *tls.Config { return tlsConfig(a.certificate, acme.ALPNProto) }

// Redirect implements Source.
func (a *ACME) Redirect() http.Handler { return a.manager.HTTPHandler(http.HandlerFunc(redirect)) }

// Reload implements Source. The folder is this process's own, so nothing changes.
func (a *ACME) Reload() {}

var errNoCertificate = errors.New("there is no certificate for this name yet")

// certificate answers a handshake with what has been obtained.
func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	// The authority's challenge has this protocol alone (RFC 8737). With others beside
	// it, the library would ask for a certificate.
	if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
		return a.manager.GetCertificate(hello)
	}
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	a.mu.Lock()
	known := a.names[name]
	obtained := known != nil && !known.expires.IsZero()
	a.mu.Unlock()
	if !obtained {
		return nil, errNoCertificate
	}
	return a.manager.GetCertificate(modernHello(name))
}

// modernHello is a handshake that takes the certificate with the small key, the
// only kind that is obtained.
func modernHello(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName:       name,
		CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
		SupportedCurves:  []tls.CurveID{tls.CurveP256},
	}
}

// Run implements Source. It obtains what is missing, and tells when something does
// not go as it should. The library renews by itself, and tries again
// every half hour to hour.
func (a *ACME) Run(ctx context.Context) {
	for {
		wait := checkTime
		for _, name := range a.cfg.Domains {
			wait = min(wait, a.check(ctx, name))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// check obtains the certificate of a name if it is missing, and returns how long to
// wait for the next check.
func (a *ACME) check(ctx context.Context, name string) (wait time.Duration) {
	a.mu.Lock()
	before := *a.names[name]
	a.mu.Unlock()
	now := time.Now()
	if now.Before(before.next) {
		return before.next.Sub(now)
	}
	a.answers.remember("")
	certificate, err := a.obtain(ctx, name)
	after := state{}
	switch {
	case ctx.Err() != nil:
		return 0
	case err != nil:
		after = state{problem: explain(err, a.answers.problem()), next: now.Add(max(a.cfg.Cooldown, retryAfter(err)))}
		a.cfg.Log.Error().Str("domain", name).Str("problem", after.problem).
			Time("next_attempt", after.next).Msg("no certificate could be obtained")
	default:
		after.expires = certificate.Leaf.NotAfter
		if left := after.expires.Sub(now); left < after.expires.Sub(certificate.Leaf.NotBefore)/5 {
			after.problem = fmt.Sprintf("it has not been renewed, and ends in %d hours", int(left.Hours()))
			a.cfg.Log.Warn().Str("domain", name).Time("expires", after.expires).Msg("the certificate has not been renewed")
		}
		if !after.expires.Equal(before.expires) {
			a.cfg.Log.Info().Str("domain", name).Time("expires", after.expires).Msg("has a certificate")
		}
	}
	a.mu.Lock()
	*a.names[name] = after
	a.mu.Unlock()
	if err != nil {
		return after.next.Sub(now)
	}
	return checkTime
}

// obtain returns the certificate of a name: the one in use, the one that is kept, or
// a new one.
func (a *ACME) obtain(ctx context.Context, name string) (*tls.Certificate, error) {
	type result struct {
		certificate *tls.Certificate
		err         error
	}
	done := make(chan result, 1)
	go func() { // ends after attemptTime at the latest, as the library bounds it
		certificate, err := a.manager.GetCertificate(modernHello(name))
		done <- result{certificate, err}
	}()
	select {
	case r := <-done:
		return r.certificate, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(attemptTime):
		return nil, errors.New("the authority takes too long")
	}
}

// Status implements Source.
func (a *ACME) Status() []Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Status, len(a.cfg.Domains))
	for i, name := range a.cfg.Domains {
		list[i] = Status{Name: name, Expires: a.names[name].expires, Problem: a.names[name].problem}
	}
	return list
}
