package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vidchat/internal/turn"
)

func (e Environment) withDefaults() Environment {
	if e.Resolve == nil {
		e.Resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	if e.Interfaces == nil {
		e.Interfaces = turn.LocalAddresses
	}
	if e.Descriptors == nil {
		e.Descriptors = descriptorLimit
	}
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Dial == nil {
		e.Dial = (&net.Dialer{}).DialContext
	}
	return e
}

// name looks whether a domain leads to this machine.
func (k *checker) name(ctx context.Context, domain string) {
	name := "name " + domain
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	found, err := k.Resolve(ctx, domain)
	if err != nil || len(found) == 0 {
		k.add(name, Problem, "it has no address: add a DNS record (A, AAAA) that points at this machine")
		return
	}
	own, err := k.Interfaces()
	if err != nil {
		k.add(name, Warning, "the addresses of this machine cannot be read: %v", err)
		return
	}
	own = append(own, k.config.Relay.Public...)
	elsewhere := slices.DeleteFunc(slices.Clone(found), func(addr netip.Addr) bool { return slices.Contains(own, addr.Unmap()) })
	switch {
	case len(elsewhere) == 0:
		k.add(name, OK, "it points at this machine")
	case len(elsewhere) < len(found):
		k.add(name, Warning, "it points at this machine, and also at %v: remove that DNS record, if it is not this machine's", elsewhere)
	case slices.ContainsFunc(elsewhere, func(addr netip.Addr) bool { return hasPublic(own, addr.Unmap().Is4()) }):
		k.add(name, Problem, "it points at %v, which is not this machine: change its DNS record to %v", elsewhere, slices.DeleteFunc(own, func(a netip.Addr) bool { return !turn.Public(a) }))
	default:
		k.add(name, OK, "it points at %v; this machine has private addresses only, so that cannot be compared", elsewhere)
	}
}

// hasPublic reports whether there is a public address of a family.
func hasPublic(addrs []netip.Addr, is4 bool) bool {
	return slices.ContainsFunc(addrs, func(addr netip.Addr) bool { return addr.Is4() == is4 && turn.Public(addr) })
}

// https looks whether pages are served under a domain with a good certificate.
func (k *checker) https(ctx context.Context, domain string) {
	name := "https " + domain
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tcp, err := k.Dial(ctx, "tcp", net.JoinHostPort(domain, k.config.Port))
	if err != nil {
		if k.answersHere(ctx, k.config.Port) {
			k.add(name, Warning, "port %s answers on this machine, but not under its name: open it in the firewall; if it is open, the router does not let this machine reach itself, which harms no caller", k.config.Port)
			return
		}
		k.add(name, Problem, "port %s does not answer: start the server, and open the port in the firewall (%v)", k.config.Port, plain(err))
		return
	}
	defer tcp.Close()
	now := k.Now()
	conn := tls.Client(tcp, &tls.Config{ServerName: domain, RootCAs: k.Roots, Time: func() time.Time { return now }, NextProtos: []string{"http/1.1"}})
	if err := conn.HandshakeContext(ctx); err != nil {
		k.add(name, Problem, "%s", explainTLS(err))
		return
	}
	left := conn.ConnectionState().PeerCertificates[0].NotAfter.Sub(now)
	leaf := conn.ConnectionState().PeerCertificates[0]
	status, advice := OK, ""
	if left < leaf.NotAfter.Sub(leaf.NotBefore)/5 { // it is renewed long before
		status, advice = Warning, ", and was not renewed: read the log for the reason"
	}
	k.add(name, status, "port %s answers, and the certificate is good for %d days%s", k.config.Port, int(left.Hours()/24), advice)
}

// answersHere reports whether a port of the pages answers on this machine.
func (k *checker) answersHere(ctx context.Context, port string) bool {
	host, _, _ := net.SplitHostPort(k.config.LocalAddr())
	conn, err := k.Dial(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// explainTLS says what is wrong with a certificate.
func explainTLS(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var remote *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has ended, or begins later: check the clock, and read the log for why it was not renewed"
	case errors.As(err, &unknown):
		return "browsers do not know who signed the certificate: set TLS_CERT to a file with the whole chain, or use DOMAIN"
	case errors.As(err, &host):
		return "the certificate is for another name: set TLS_CERT to one for this name, or use DOMAIN"
	case errors.As(err, &remote) && remote.Op == "remote error": // an alert of TLS
		return "there is no certificate yet: read the log for the reason"
	}
	return fmt.Sprintf("it does not speak TLS, so another program has the port: %v", plain(err))
}

// http looks whether http is answered, which redirects and proves the domain.
func (k *checker) http(ctx context.Context) {
	domain, _, _ := net.SplitHostPort(k.config.LocalAddr())
	if len(k.config.HTTPS.Domains) > 0 {
		domain = k.config.HTTPS.Domains[0]
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client := &http.Client{
		Transport:     &http.Transport{DialContext: k.Dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(domain, k.config.HTTPS.RedirectPort)+"/", nil)
	if err != nil {
		k.add("http", Problem, "%v", err)
		return
	}
	response, err := client.Do(request)
	if err != nil && k.answersHere(ctx, k.config.HTTPS.RedirectPort) {
		k.add("http", Warning, "port %s answers on this machine, but not under its name: open it in the firewall; if it is open, the router does not let this machine reach itself, which harms no caller", k.config.HTTPS.RedirectPort)
		return
	}
	if err != nil {
		k.add("http", Problem, "port %s does not answer: open it in the firewall, or set HTTP_PORT to off (%v)", k.config.HTTPS.RedirectPort, plain(err))
		return
	}
	_ = response.Body.Close()
	if !strings.HasPrefix(response.Header.Get("Location"), "https://") {
		k.add("http", Problem, "another program answers on port %s: stop it, or set HTTP_PORT", k.config.HTTPS.RedirectPort)
		return
	}
	k.add("http", OK, "port %s answers and redirects", k.config.HTTPS.RedirectPort)
}

// NoTURN is the name of the result that there is no TURN server.
const NoTURN = "TURN"

// turn tries each TURN server with the credentials that callers get.
func (k *checker) turn(ctx context.Context) {
	if len(k.config.ICE.TURN) == 0 {
		k.add(NoTURN, Warning, "there is no TURN server, so callers behind strict firewalls will not see each other: set TURN_LISTEN or TURN_SERVER_URL")
		return
	}
	for _, server := range k.config.ICE.Servers(netip.PrefixFrom(netip.IPv6Loopback(), 128), "check", k.Now()) {
		if strings.HasPrefix(server.URLs, "turn") {
			k.turnServer(ctx, server.URLs, server.Username, server.Credential)
		}
	}
}

func (k *checker) turnServer(ctx context.Context, url, username, password string) {
	e := turn.ParseURL(url)
	e.Username, e.Password = username, password
	e.TLS = &tls.Config{RootCAs: k.Roots, ServerName: hostOf(e.Address)}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := turn.Check(limited, e)
	if ctx.Err() == nil && err != nil && k.config.Relay.Enabled() && k.worksHere(ctx, e) {
		k.add(url, Warning, "it works on this machine, but not under its name: open its port in the firewall; if it is open, the router does not let this machine reach itself, which harms no caller")
		return
	}
	var refused turn.RefusedError
	switch {
	case err == nil:
		k.add(url, OK, "two allocations reach each other")
	case errors.As(err, &refused) && refused.Credential():
		k.add(url, Problem, "it refuses the credentials that callers get: set TURN_SECRET to its secret (coturn: static-auth-secret), and check both clocks")
	case errors.As(err, &refused):
		k.add(url, Problem, "it refuses an allocation: %v", refused)
	case errors.Is(err, turn.ErrUnreachable):
		k.add(url, Problem, "it cannot be reached: start it, open its port in the firewall for this transport, and check the name (%v)", plain(err))
	case errors.Is(err, turn.ErrNothingRelayed):
		k.add(url, Problem, "it makes allocations, but relays nothing between them: open its relay ports (UDP), and set its external address (coturn: external-ip)")
	default:
		k.add(url, Problem, "it %v: check that it runs, and that its port is open for this transport", plain(err))
	}
}

// worksHere reports whether this process's own TURN server works by the address of
// this machine.
func (k *checker) worksHere(ctx context.Context, e turn.Endpoint) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, port, _ := net.SplitHostPort(e.Address)
	host := ""
	for _, listening := range []string{net.JoinHostPort(k.config.Host, k.config.Port), k.config.Relay.ListenTLS, k.config.Relay.Listen} {
		if at, itsPort, _ := net.SplitHostPort(listening); itsPort == port {
			host = at
		}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	e.Address = net.JoinHostPort(host, port)
	return turn.Check(ctx, e) == nil
}

// stun says what is used; a TURN server answers STUN as well.
func (k *checker) stun() {
	if len(k.config.ICE.STUN) == 0 && len(k.config.ICE.TURN) == 0 {
		k.add("STUN", Warning, "there is no STUN server, so only callers in one network see each other: if that is not intended, unset STUN_URLS, or name one")
	}
}

// plain is an error without the addresses and ports that it names.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
