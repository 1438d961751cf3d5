package turn

import (
	"net"
	"net/netip"
	"slices"
)

// peers says where media may be relayed to. A relay that goes anywhere is a way
// into the networks behind it: the machine itself, its neighbours, the metadata
// service of a cloud.
type peers struct {
	public           []netip.Addr // of this machine; may contain invalid ones
	local            []netip.Addr // all others of this machine
	minPort, maxPort uint16       // of the relays
}

// forbidden are the networks that are not the public internet: IANA's special
// purpose registries (RFC 6890 and its updates), multicast, and the forms of IPv6
// that carry an address of IPv4.
var forbidden = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96",           // unspecified, loopback, IPv4-compatible
	"::ffff:0:0/96",   // IPv4-mapped; those that the library unmaps are judged as IPv4
	"::ffff:0:0:0/96", // IPv4-translated (RFC 2765)
	"64:ff9b::/96",    // NAT64
	"64:ff9b:1::/48",
	"100::/64",      // discard
	"2001::/23",     // IETF protocol assignments, with Teredo and benchmarks
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4
	"2620:4f:8000::/48",
	"3fff::/20", // documentation
	"5f00::/16", // SRv6
	"fc00::/7",  // unique local
	"fe80::/10", // link-local
	"fec0::/10", // site-local
	"ff00::/8",  // multicast
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// allowed reports whether packets may be relayed to an address, and from it. This
// machine's own is allowed, because two relayed callers meet there: see allowedPort.
func (p peers) allowed(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	if slices.Contains(p.public, addr) {
		return true
	}
	return !slices.Contains(p.local, addr) && !slices.ContainsFunc(forbidden, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// own reports whether an address is where relays of this server are.
func (p peers) own(addr netip.AddrPort) bool {
	return slices.Contains(p.public, addr.Addr()) && addr.Port() >= p.minPort && addr.Port() <= p.maxPort
}

// allowedPort reports whether packets may be relayed to an address and port. At
// this machine's own addresses, only other relays may be reached.
func (p peers) allowedPort(addr netip.AddrPort) bool {
	if slices.Contains(p.public, addr.Addr()) {
		return p.own(addr)
	}
	return addr.Port() != 0 && p.allowed(addr.Addr())
}

// Public reports whether an address is one of the public internet.
func Public(addr netip.Addr) bool { return peers{}.allowed(addr) }

// LocalAddresses are those of this machine's interfaces.
func LocalAddresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, entry := range list {
		if network, ok := entry.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(network.IP); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	return addrs, nil
}
