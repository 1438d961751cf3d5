package certificate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
)

// problems says in words what an authority means (RFC 8555, section 6.7).
var problems = map[string]string{
	"rateLimited":        "the authority refuses more attempts for now; wait",
	"dns":                "the name has no address; point its DNS record (A, AAAA) at this machine",
	"connection":         "the authority cannot reach ports 80 and 443 of this name; open them in the firewall, and point the DNS record at this machine",
	"unauthorized":       "something else answers for this name; point its DNS record at this machine, and let no other server have ports 80 and 443",
	"incorrectResponse":  "something else answers for this name; point its DNS record at this machine, and let no other server have ports 80 and 443",
	"tls":                "the authority cannot make a TLS connection to this name; let no proxy stand in between",
	"caa":                "the CAA record of this name forbids this authority; change the record, or ACME_DIRECTORY",
	"rejectedIdentifier": "the authority gives no certificates for this name; set DOMAIN to a public name of yours",
	"invalidContact":     "the authority does not accept ACME_EMAIL",
	"unsupportedContact": "the authority does not accept ACME_EMAIL",
	"serverInternal":     "the authority has a fault; it is tried again",
}

const problemPrefix = "urn:ietf:params:acme:error:"

// explain says why an attempt failed, and what to do. The problem is the type of
// what the authority said of a challenge, which the library does not pass on.
func explain(err error, problem string) string {
	types := []string{problem}
	for _, e := range acmeErrors(err) {
		types = append(types, e.ProblemType)
	}
	for _, t := range types {
		if text, known := problems[strings.TrimPrefix(t, problemPrefix)]; known {
			return text
		}
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "the authority's own name cannot be resolved; check this machine's DNS, and ACME_DIRECTORY"
	case errors.As(err, &op):
		return "the authority cannot be reached; check this machine's network, and ACME_DIRECTORY"
	}
	return err.Error()
}

// maxAnswer is the size up to which an authority's answer is looked at.
const maxAnswer = 64 << 10

// recorder remembers the problem of the last challenge that failed (RFC 8555,
// section 7.1.4).
type recorder struct {
	to http.RoundTripper

	mu   sync.Mutex // guards last
	last string
}

func (r *recorder) remember(problem string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = problem
}

func (r *recorder) problem() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.to.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body := response.Body
	start, err := io.ReadAll(io.LimitReader(body, maxAnswer))
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), body), body}
	var authorization struct {
		Challenges []struct{ Error struct{ Type, Detail string } }
	}
	if json.Unmarshal(start, &authorization) == nil {
		for _, challenge := range authorization.Challenges {
			switch e := challenge.Error; {
			case e.Type == "":
			case strings.Contains(e.Detail, "ould not resolve"): // which some give another type
				r.remember("dns")
			default:
				r.remember(e.Type)
			}
		}
	}
	return response, nil
}

// acmeErrors lists what the authority said.
func acmeErrors(err error) (found []*acme.Error) {
	var problem *acme.Error
	if errors.As(err, &problem) {
		found = append(found, problem)
	}
	var authorization *acme.AuthorizationError
	if errors.As(err, &authorization) {
		for _, e := range authorization.Errors {
			if errors.As(e, &problem) {
				found = append(found, problem)
			}
		}
	}
	var order *acme.OrderError
	if errors.As(err, &order) && order.Problem != nil {
		found = append(found, order.Problem)
	}
	for _, e := range found {
		found = append(found, subproblems(e)...)
	}
	return found
}

func subproblems(e *acme.Error) (found []*acme.Error) {
	for _, sub := range e.Subproblems {
		found = append(found, &acme.Error{ProblemType: sub.Type, Detail: sub.Detail})
	}
	return found
}

// retryAfter is how long the authority wants to be left alone.
func retryAfter(err error) time.Duration {
	for _, e := range acmeErrors(err) {
		if wait, limited := acme.RateLimit(e); limited {
			return wait
		}
	}
	return 0
}

// hostOf is the host of a request, without its port.
func hostOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return r.Host
}
