package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vidchat/internal/config"
)

// checkTimeout is how long a server may take to say that it is alive.
const checkTimeout = 3 * time.Second

// checkHealth asks the server that runs with the same settings whether it is
// alive. It is for containers, which have nothing else to ask with.
func checkHealth(ctx context.Context, c config.Config) error {
	if c.Port == "0" {
		return errors.New("PORT is 0, so nobody knows where the server listens: set it to ask for its health")
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.LocalAddr()+"/healthz", nil)
	if err != nil {
		return err
	}
	request.Close = true
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not well: it answers %s", response.Status)
	}
	return nil
}
