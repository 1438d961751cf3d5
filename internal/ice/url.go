package ice

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What is wrong with an address, in words for the operator who wrote it.
var (
	ErrNoHost      = errors.New("it names no host")
	ErrSlashes     = errors.New("it must not have // behind the scheme")
	ErrUser        = errors.New("it must not carry a user or a password, credentials are made from the secret")
	ErrScheme      = errors.New("its scheme does not belong here")
	ErrHost        = errors.New("its host is neither a name nor an address (IPv6 goes into brackets)")
	ErrPort        = errors.New("its port is not a number from 1 to 65535")
	ErrTransport   = errors.New("only ?transport=udp or ?transport=tcp may follow the host")
	errQueryOnSTUN = errors.New("nothing may follow the port of a STUN server")
)

// hostName is what DNS names and the short names of container networks look like.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$`)

// ParseTURN reads a list of TURN servers, separated by commas or spaces. Each is
// a host, host:port, or a URL of RFC 7065 (turn: or turns:, with ?transport=udp
// or ?transport=tcp); an entry without a scheme gets "turn:". An error names the
// entry.
func ParseTURN(list string) ([]string, error) {
	return parseList(list, "turn", "turns")
}

// ParseSTUN reads a list of STUN servers, separated by commas or spaces: host,
// host:port, or a URL of RFC 7064 (stun: or stuns:); an entry without a scheme
// gets "stun:".
func ParseSTUN(list string) ([]string, error) {
	return parseList(list, "stun", "stuns")
}

func parseList(list string, schemes ...string) ([]string, error) {
	var urls []string
	for _, entry := range strings.FieldsFunc(list, isSeparator) {
		url, err := parse(entry, schemes)
		if err != nil {
			return nil, describe(entry, err)
		}
		if !slices.Contains(urls, url) {
			urls = append(urls, url)
		}
	}
	return urls, nil
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\t' }

// describe names the entry, unless it may contain a password.
func describe(entry string, err error) error {
	if errors.Is(err, ErrUser) {
		return fmt.Errorf("one entry is unusable: %w", err)
	}
	return fmt.Errorf("%q is unusable: %w", entry, err)
}

func parse(entry string, schemes []string) (string, error) {
	if strings.Contains(entry, "@") {
		return "", ErrUser
	}
	scheme, rest, err := cutScheme(entry, schemes)
	if err != nil {
		return "", err
	}
	address, query, hasQuery := strings.Cut(rest, "?")
	if err := checkAddress(address); err != nil {
		return "", err
	}
	if hasQuery {
		if err := checkQuery(scheme, query); err != nil {
			return "", err
		}
	}
	return scheme + ":" + rest, nil
}

// cutScheme splits "turn:host". A bare "host:3478" has a colon too, so only the
// schemes of STUN and TURN, and anything followed by //, count as a scheme.
func cutScheme(entry string, schemes []string) (scheme, rest string, err error) {
	head, tail, found := strings.Cut(entry, ":")
	switch known := slices.Contains([]string{"stun", "stuns", "turn", "turns"}, strings.ToLower(head)); {
	case found && strings.HasPrefix(tail, "//"):
		return "", "", ErrSlashes
	case !found || !known:
		return schemes[0], entry, nil
	case !slices.Contains(schemes, strings.ToLower(head)):
		return "", "", ErrScheme
	}
	return strings.ToLower(head), tail, nil
}

func checkQuery(scheme, query string) error {
	if strings.HasPrefix(scheme, "stun") {
		return errQueryOnSTUN
	}
	if query != "transport=udp" && query != "transport=tcp" {
		return ErrTransport
	}
	return nil
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil { // no port: STUN and TURN have a default
		host = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
		port = "3478"
	}
	if host == "" {
		return ErrNoHost
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return ErrPort
	}
	return checkHost(host, strings.HasPrefix(address, "["))
}

func checkHost(host string, bracketed bool) error {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() == bracketed && ip.Zone() == "" {
		return nil
	}
	if bracketed || !hostName.MatchString(host) {
		return ErrHost
	}
	return nil
}
