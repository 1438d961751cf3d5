package config

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Relay is the TURN server in this process. The zero value is none.
type Relay struct {
	// Listen is the host:port for UDP and TCP (TURN_LISTEN), and ListenTLS the one
	// for TLS (TURNS_LISTEN). An empty one is not used.
	Listen, ListenTLS string
	// Public are the addresses at which callers reach this machine, one of IPv4, one
	// of IPv6, or both; if empty, the machine has to know (TURN_PUBLIC_IP).
	Public []netip.Addr
	// MinPort and MaxPort are the range of the UDP ports of relays (TURN_PORTS).
	MinPort, MaxPort uint16
	// Bandwidth is how many bytes per second an allocation may relay in each
	// direction; 0 is no limit (TURN_BANDWIDTH, in bits).
	Bandwidth int
	// STUN is true if callers use this server for STUN too, since no other was named.
	STUN bool
}

// Enabled reports whether this process is a TURN server.
func (r Relay) Enabled() bool { return r.Listen != "" }

// The ports of RFC 8656 and RFC 7065.
const (
	turnPort  = ":3478"
	turnsPort = ":5349"
)

func readTURNListen(c *Config, value string) (err error) {
	c.Relay.Listen, err = readListen(value)
	return err
}

func readTURNSListen(c *Config, value string) (err error) {
	c.Relay.ListenTLS, err = readListen(value)
	return err
}

// readListen reads a host:port. The value off stays, so that it differs from an
// unset one.
func readListen(value string) (string, error) {
	if value == "" || value == off {
		return value, nil
	}
	host, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ ") {
		return "", errors.New("set it to host:port, such as :3478 for every interface, or to off")
	}
	return value, nil
}

func readPublicIP(c *Config, value string) error {
	for _, entry := range split(value) {
		addr, err := netip.ParseAddr(entry)
		if err != nil || addr.Zone() != "" || addr.IsUnspecified() || addr.IsMulticast() {
			return errors.New("set it to the address at which callers reach this machine, or to one of IPv4 and one of IPv6")
		}
		for _, other := range c.Relay.Public {
			if other.Is4() == addr.Is4() {
				return errors.New("set it to one address of IPv4 and one of IPv6 at most")
			}
		}
		c.Relay.Public = append(c.Relay.Public, addr)
	}
	return nil
}

// minRelayPorts is the least number of ports: each relayed caller takes some.
const minRelayPorts = 10

func readRelayPorts(c *Config, value string) error {
	first, last, found := strings.Cut(value, "-")
	low, err1 := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !found || err1 != nil || err2 != nil || low < 1024 || high < low+minRelayPorts-1 {
		return errors.New("set it to the first and the last of at least 10 ports from 1024 on, such as 49160-49999")
	}
	c.Relay.MinPort, c.Relay.MaxPort = uint16(low), uint16(high)
	return nil
}

func readBandwidth(c *Config, value string) error {
	if value == off {
		return nil
	}
	bits, err := strconv.ParseUint(value, 10, 32)
	if err != nil || bits < 100_000 {
		return errors.New("set it to bits per second, at least 100000, or to off for no limit")
	}
	c.Relay.Bandwidth = int(bits / 8)
	return nil
}

// completeDefaults sets what depends on other settings. set reports whether a
// variable has a value.
func (c *Config) completeDefaults(set func(name string) bool) {
	if c.HTTPS.Enabled() && !set("PORT") {
		c.Port = "443"
	}
	if !c.HTTPS.Enabled() {
		c.HTTPS.RedirectPort = ""
	}
	r := &c.Relay
	if r.Listen == "" && len(c.HTTPS.Domains) > 0 && len(c.ICE.TURN) == 0 {
		r.Listen = turnPort
	}
	if r.Listen == off {
		r.Listen = ""
	}
	if r.Enabled() && !set("STUN_URLS") {
		r.STUN, c.ICE.STUN = true, nil
	}
	switch {
	case r.ListenTLS == off || !r.Enabled():
		r.ListenTLS = ""
	case r.ListenTLS == "" && c.HTTPS.Enabled():
		r.ListenTLS = turnsPort
	}
}
