package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vidchat/internal/config"
)

// healthTimeout is how long a healthy server may take to answer.
const healthTimeout = 3 * time.Second

// CheckHealth asks the server that runs with the same settings whether it is
// alive. It is for containers, which have no other program to ask with.
func CheckHealth(ctx context.Context, c config.Config) error {
	if c.Port == "0" {
		return errors.New("PORT is 0, so the server's address is unknown: set it to check the health")
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	transport, scheme := &http.Transport{DisableKeepAlives: true}, "http://"
	if c.HTTPS.Enabled() {
		// The server is asked by its address, for which it has no certificate.
		transport.TLSClientConfig, scheme = &tls.Config{InsecureSkipVerify: true}, "https://"
		if len(c.HTTPS.Domains) > 0 {
			transport.TLSClientConfig.ServerName = c.HTTPS.Domains[0]
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+c.LocalAddr()+"/healthz", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not healthy: it answers %s", response.Status)
	}
	return nil
}
