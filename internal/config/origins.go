package config

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"vidchat/internal/origin"
)

// split takes apart a list with commas or blanks in it.
func split(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}

func readOrigins(c *Config, value string) error {
	for _, entry := range split(value) {
		if entry == "*" {
			c.Origins.Any = true
			continue
		}
		named, err := origin.Parse(entry)
		if err != nil {
			return err
		}
		c.Origins.Listed = append(c.Origins.Listed, named)
	}
	if c.Origins.Any && len(c.Origins.Listed) > 0 {
		return errors.New("* lets every site in, so remove it or the others")
	}
	return nil
}

// maxProxies is more than anyone has one behind the other.
const maxProxies = 9

var errProxies = errors.New("set it to true or false, to the number of proxies (at most 9), or to their networks, such as 10.0.0.0/8,192.0.2.1")

func readTrustProxy(c *Config, value string) error {
	if trust, err := strconv.ParseBool(value); err == nil {
		if trust {
			c.Proxies.Hops = 1
		}
		return nil
	}
	if hops, err := strconv.Atoi(value); err == nil && hops > 0 && hops <= maxProxies {
		c.Proxies.Hops = hops
		return nil
	}
	for _, entry := range split(value) {
		network, err := parseNetwork(entry)
		if err != nil {
			return errProxies
		}
		c.Proxies.Networks = append(c.Proxies.Networks, network)
	}
	return nil
}

// parseNetwork reads a network, or an address as a network of one.
func parseNetwork(entry string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(entry); err == nil {
		addr = addr.Unmap().WithZone("")
		return addr.Prefix(addr.BitLen())
	}
	return netip.ParsePrefix(entry)
}
