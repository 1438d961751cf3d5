package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vidchat/internal/origin"
)

var (
	// hostName is a name as browsers compare it. Names in an intranet have no dots.
	hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	// addressEnd is how hosts end that browsers take for an IPv4 address, however it is written.
	addressEnd = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)
)

// readEmbedOrigins reads the sites that may embed the call page. They become part of
// its Content-Security-Policy, which knows no other origins than these.
func readEmbedOrigins(c *Config, value string) error {
	for _, entry := range split(value) {
		if entry == "*" {
			return errors.New("* would let every site embed and control the call page: list the origins of those that may, as https://host[:port]")
		}
		named, err := parseEmbedOrigin(entry)
		if err != nil {
			return err
		}
		if !slices.Contains(c.EmbedOrigins, named) {
			c.EmbedOrigins = append(c.EmbedOrigins, named)
		}
	}
	return nil
}

func parseEmbedOrigin(entry string) (string, error) {
	named, err := origin.Parse(entry)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(named)
	if err != nil {
		return "", fmt.Errorf("write %q as https://host or https://host:port", entry)
	}
	scheme, _, _ := strings.Cut(strings.ToLower(entry), ":")
	host := u.Hostname()
	_, notAddress := netip.ParseAddr(host)
	local := host == "localhost" || host == "127.0.0.1"
	switch {
	case scheme != "https" && scheme != "http":
		return "", fmt.Errorf("write %q as https://host or https://host:port", entry)
	case scheme == "http" && !local:
		return "", fmt.Errorf("write %q with https://: without it, browsers allow cameras on pages of localhost only", entry)
	case (notAddress == nil || addressEnd.MatchString(host)) && !local:
		return "", fmt.Errorf("write the name of the site instead of the address in %q: a policy for frames cannot name addresses", entry)
	case !hostName.MatchString(host):
		return "", fmt.Errorf("write the host of %q in ASCII (xn--…), as parts of letters, digits and inner hyphens, with a dot between them", entry)
	case !isPort(u.Port()):
		return "", fmt.Errorf("write %q with a port from 1 to 65535, or without one", entry)
	}
	return named, nil
}

// isPort reports whether this is the port of an origin, which may have none.
func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}
