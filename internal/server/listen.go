package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"vidchat/internal/certificate"
	"vidchat/internal/config"
	"vidchat/internal/connections"
)

// certificateSource is where certificates come from.
type certificateSource = certificate.Source

// listeners is where the server is reached. All but public may be nil.
type listeners struct {
	public       net.Listener        // for pages and signaling
	limits       *connections.Limits // of public
	https        *tlsListener        // what public belongs to, if the server speaks TLS
	certificates certificateSource
	redirect     net.Listener // from http
	admin        net.Listener // for operators
	relay        *relay
}

// listen opens what the settings ask for. It completes them with what it finds out:
// the addresses of the TURN server in this process.
func listen(ctx context.Context, c *config.Config, log zerolog.Logger) (_ *listeners, err error) {
	if err := completeRelay(ctx, c, keptSecret); err != nil {
		return nil, err
	}
	l := new(listeners)
	defer func() {
		if err != nil {
			_ = l.close()
		}
	}()
	if l.certificates, err = newCertificates(*c, log); err != nil {
		return nil, err
	}
	// TCP keep-alive is off, since it takes four system calls per connection. A
	// connected client is pinged, and any other may be silent only briefly.
	sockets := net.ListenConfig{KeepAlive: -1, Control: connections.BoundUnsent}
	if l.public, err = sockets.Listen(ctx, "tcp", net.JoinHostPort(c.Host, c.Port)); err != nil {
		return nil, fmt.Errorf("cannot listen, choose another PORT or HOST: %w", err)
	}
	l.limits = connections.NewLimits(c.Limits.ConnectionsPerAddress, c.Proxies.Are)
	l.public = l.limits.Listen(l.public)
	if l.certificates != nil {
		l.https = listenTLS(l.public, l.certificates.TLSConfig(), c.Relay.Enabled())
		l.public = l.https.http
	}
	if c.HTTPS.RedirectPort != "" {
		if l.redirect, err = sockets.Listen(ctx, "tcp", net.JoinHostPort(c.Host, c.HTTPS.RedirectPort)); err != nil {
			return nil, fmt.Errorf("cannot listen for http, choose another HTTP_PORT: %w", err)
		}
		l.redirect = l.limits.Listen(l.redirect)
	}
	if c.AdminAddr != "" {
		if l.admin, err = sockets.Listen(ctx, "tcp", c.AdminAddr); err != nil {
			return nil, fmt.Errorf("cannot listen for operators, choose another ADMIN_ADDR: %w", err)
		}
	}
	if c.Relay.Enabled() {
		if l.relay, err = startRelay(ctx, *c, l, log); err != nil {
			return nil, err
		}
		c.ICE.TURN, c.ICE.STUN = l.relay.turn, append(l.relay.stun, c.ICE.STUN...)
	}
	return l, nil
}

// newCertificates is nil if the server speaks no TLS.
func newCertificates(c config.Config, log zerolog.Logger) (certificateSource, error) {
	switch h := c.HTTPS; {
	case len(h.Domains) > 0:
		return certificate.NewACME(certificate.ACMEConfig{
			Log: log, Domains: h.Domains, Dir: c.DataDir, Directory: h.Directory, Email: h.Email,
		})
	case h.CertFile != "":
		return certificate.NewFiles(log, h.CertFile, h.KeyFile)
	}
	return nil, nil
}

// followHangups reads certificates again, or ends the server where there are none,
// until ctx ends.
func (l *listeners) followHangups(ctx context.Context, hangups <-chan os.Signal, end func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			if l.certificates == nil {
				end()
				return
			}
			l.certificates.Reload()
		}
	}
}

// collectors are the metrics of what listens.
func (l *listeners) collectors() (list []prometheus.Collector) {
	list = l.limits.Collectors()
	if l.relay != nil {
		list = append(list, l.relay.server)
	}
	if l.certificates != nil {
		list = append(list, certificate.Collector(l.certificates))
	}
	return list
}

// close closes everything, media last. Closing twice does no harm.
func (l *listeners) close() (err error) {
	for _, listener := range []net.Listener{l.public, l.redirect, l.admin} {
		if listener != nil {
			_ = listener.Close()
		}
	}
	if l.relay != nil {
		err = l.relay.close()
	}
	if l.https != nil {
		err = errors.Join(err, l.https.close())
	}
	return err
}

// urlOf is where a browser finds the server: by its name, or on localhost, where
// it may use camera and microphone, unless the server listens elsewhere.
func urlOf(c config.Config, listening net.Addr) string {
	_, port, _ := net.SplitHostPort(listening.String())
	if len(c.HTTPS.Domains) > 0 && port == "443" {
		return "https://" + c.HTTPS.Domains[0] + "/"
	}
	host, scheme := c.Host, "http://"
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	if c.HTTPS.Enabled() {
		scheme = "https://"
	}
	if len(c.HTTPS.Domains) > 0 {
		host = c.HTTPS.Domains[0]
	}
	return scheme + net.JoinHostPort(host, port) + "/"
}

// quoted reports whether a value begins and ends with the same quote.
func quoted(value string) bool {
	return len(value) > 1 && value[0] == value[len(value)-1] && (value[0] == '"' || value[0] == '\'')
}
