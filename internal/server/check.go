package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/check"
	"vidchat/internal/config"
)

const (
	// checkDelay is how long after its start a server looks at itself: a certificate
	// may have to be obtained first.
	checkDelay = 10 * time.Second
	checkEvery = 12 * time.Hour
)

// errCheck ends a program whose check found a problem. What it is has been written.
var errCheck = errors.New("the check found a problem")

// Check looks at an installation whose server runs with the same settings, and
// writes what it found. The error is that there is a problem.
func Check(ctx context.Context, c config.Config, loading error, w io.Writer, asJSON bool, env check.Environment) error {
	err := loading
	if err == nil {
		err = completeFromOutside(ctx, &c)
	}
	var results []check.Result
	if err != nil {
		results = check.Settings(err)
	} else {
		results = check.Run(ctx, c, env)
	}
	write := check.Write
	if asJSON {
		write = check.WriteJSON
	}
	if err := write(w, results); err != nil {
		return err
	}
	if check.Failed(results) {
		return errCheck
	}
	return nil
}

// completeFromOutside completes the settings as the running server does, without
// listening.
func completeFromOutside(ctx context.Context, c *config.Config) error {
	if !c.Relay.Enabled() {
		return nil
	}
	if err := completeRelay(ctx, c, usedSecret); err != nil {
		return err
	}
	ports := relayPorts{turn: portOfText(c.Relay.Listen), turns: portOfText(c.Relay.ListenTLS)}
	if c.HTTPS.Enabled() {
		ports.https = c.Port
	}
	turn, stun := ports.urls(ctx, *c)
	c.ICE.TURN, c.ICE.STUN = turn, append(stun, c.ICE.STUN...)
	return nil
}

// usedSecret is the secret that the running server has made. A check makes none.
func usedSecret(dir string) (string, error) {
	secret, err := readSecret(dir)
	if err == nil && secret == "" {
		err = fmt.Errorf("there is no secret of the TURN server in %s: start the server first, and check with the same DATA_DIR", dir)
	}
	return secret, err
}

func portOfText(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// verdict is what the server found out about itself.
type verdict struct {
	config config.Config
	log    zerolog.Logger
	latest atomic.Pointer[[]check.Result]
}

// run checks at the start and from time to time, until ctx ends.
func (v *verdict) run(ctx context.Context) {
	for wait := checkDelay; ; wait = checkEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		results := check.Run(ctx, v.config, check.Environment{})
		if ctx.Err() != nil {
			return
		}
		v.latest.Store(&results)
		for _, r := range results {
			switch {
			case r.Status == check.Problem:
				v.log.Error().Str("check", r.Name).Msg(r.Text)
			case r.Status == check.Warning && r.Name != check.NoTURN: // which was logged at the start
				v.log.Warn().Str("check", r.Name).Msg(r.Text)
			}
		}
	}
}

// write writes the latest verdict for operators.
func (v *verdict) write(w io.Writer) error {
	if results := v.latest.Load(); results != nil {
		return check.Write(w, *results)
	}
	_, err := io.WriteString(w, "not checked yet\n")
	return err
}
