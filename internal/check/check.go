// Package check finds out what is wrong with an installation, and says in words
// what to do. It looks from the machine itself: what callers see, only they can
// tell.
//
// Read check.go first: Run lists what is tried. machine.go has what concerns this
// machine, and network.go what others have to reach.
package check

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"vidchat/internal/config"
)

// Status is what came out.
type Status string

// A Problem keeps calls from working, a Warning may.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Problem Status = "problem"
)

// Result is what came out for one thing.
type Result struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Text says what was found and, unless all is well, what to do.
	Text string `json:"text"`
}

// Environment is what is looked at. The zero value is this machine.
type Environment struct {
	Resolve     func(ctx context.Context, name string) ([]netip.Addr, error)
	Interfaces  func() ([]netip.Addr, error)
	Descriptors func() (limit uint64, err error)
	Roots       *x509.CertPool // nil means those of the system
	Now         func() time.Time
	// Built is when the program was built, before which no clock is right; the zero
	// time if that is unknown.
	Built time.Time
	// Dial connects to a name of this server; by default it resolves it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// timeout bounds each attempt.
const timeout = 10 * time.Second

// checker runs the checks of one installation.
type checker struct {
	Environment
	config  config.Config
	results []Result
}

// Run checks an installation whose server runs. The settings have to be complete:
// with the TURN server of the process, if there is one.
func Run(ctx context.Context, c config.Config, env Environment) []Result {
	k := &checker{Environment: env.withDefaults(), config: c}
	k.add("settings", OK, "understood")
	k.dataDir()
	k.descriptors()
	k.clock()
	for _, name := range c.HTTPS.Domains {
		k.name(ctx, name)
		k.https(ctx, name)
	}
	if c.HTTPS.RedirectPort != "" {
		k.http(ctx)
	}
	k.turn(ctx)
	k.stun()
	k.redis(ctx)
	return k.results
}

// Settings are the results for settings that cannot be used.
func Settings(err error) []Result {
	var results []Result
	for _, e := range split(err) {
		results = append(results, Result{"settings", Problem, e.Error()})
	}
	return results
}

// split takes apart errors that were joined.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func (k *checker) add(name string, status Status, format string, args ...any) {
	k.results = append(k.results, Result{name, status, fmt.Sprintf(format, args...)})
}

// Failed reports whether there is a problem among the results.
func Failed(results []Result) bool {
	return slices.ContainsFunc(results, func(r Result) bool { return r.Status == Problem })
}

// note stands below the results.
const note = "This was tried from the machine itself. Whether callers elsewhere get through, the call page tells them."

// Write writes the results for people, a line each.
func Write(w io.Writer, results []Result) error {
	for _, r := range results {
		if _, err := fmt.Fprintf(w, "%-8s %s: %s\n", r.Status, r.Name, r.Text); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "\n"+note)
	return err
}

// WriteJSON writes the results for programs.
func WriteJSON(w io.Writer, results []Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		OK      bool     `json:"ok"`
		Results []Result `json:"results"`
	}{!Failed(results), results})
}
