package config

import (
	"errors"
	"net"
	"strconv"
	"strings"
)

func readPort(c *Config, value string) error {
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return errors.New("set it to a whole number from 0 to 65535")
	}
	c.Port = strconv.FormatUint(port, 10)
	return nil
}

func readHost(c *Config, value string) error {
	if net.ParseIP(value) == nil && strings.ContainsAny(value, ":/[] ") {
		return errors.New("set it to an IP address or a host name, without port or scheme")
	}
	c.Host = value
	return nil
}

// readAdminAddr requires a port; without a host it means every interface.
func readAdminAddr(c *Config, value string) error {
	if value == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ ") {
		return errors.New("set it to host:port, such as 127.0.0.1:9090, or to :port for every interface")
	}
	c.AdminAddr = value
	return nil
}

// sameListener reports whether two listeners want the same port of the same
// address. Host names are compared as they are written.
func sameListener(address, host, port string) bool {
	otherHost, otherPort, _ := net.SplitHostPort(address)
	a, errA := strconv.ParseUint(otherPort, 10, 16)
	b, errB := strconv.ParseUint(port, 10, 16)
	if errA != nil || errB != nil || a != b || a == 0 {
		return false
	}
	return strings.EqualFold(host, otherHost) || everyInterface(host) || everyInterface(otherHost)
}

func everyInterface(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// LocalAddr is the host:port at which this machine reaches the server.
func (c Config) LocalAddr() string {
	host := c.Host
	if everyInterface(host) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, c.Port)
}
