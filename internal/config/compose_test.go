package config

import (
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func readCompose(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The compose file sets nothing that the server would ignore.
func TestComposeFileSetsWhatThereIs(t *testing.T) {
	known := map[string]bool{"GOMEMLIMIT": true} // the Go runtime's own
	for _, s := range settings() {
		known[s.name] = true
	}
	set := regexp.MustCompile(`(?m)^      ([A-Z_]+): `).FindAllStringSubmatch(readCompose(t), -1)
	if len(set) < 5 {
		t.Fatalf("it sets only %v", set)
	}
	for _, name := range set {
		if !known[name[1]] {
			t.Errorf("there is no setting %s", name[1])
		}
	}
}

// reserved are the addresses that are no host of the internet: the registries of
// IANA for special purposes, and what embeds an IPv4 address in one of IPv6.
var reserved = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::1/128", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48",
	"2001:10::/28", "2001:20::/28", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
}

// The TURN server relays to none of them, but to the others.
func TestComposeDeniesReservedPeers(t *testing.T) {
	var denied [][2]netip.Addr
	for _, found := range regexp.MustCompile(`--denied-peer-ip=(\S+)-(\S+)`).FindAllStringSubmatch(readCompose(t), -1) {
		denied = append(denied, [2]netip.Addr{netip.MustParseAddr(found[1]), netip.MustParseAddr(found[2])})
	}
	for _, d := range denied {
		if d[0] == netip.IPv6Unspecified() {
			t.Error("coturn takes :: for any address, so a range from there denies all of IPv4")
		}
	}
	covers := func(first, last netip.Addr) bool {
		for _, d := range denied {
			if d[0].BitLen() == first.BitLen() && d[0].Compare(first) <= 0 && d[1].Compare(last) >= 0 {
				return true
			}
		}
		return false
	}
	for _, text := range reserved {
		prefix := netip.MustParsePrefix(text)
		last := prefix.Addr().AsSlice()
		for bit := prefix.Bits(); bit < prefix.Addr().BitLen(); bit++ {
			last[bit/8] |= 0x80 >> (bit % 8)
		}
		if end, _ := netip.AddrFromSlice(last); !covers(prefix.Addr(), end) {
			t.Errorf("%s is not denied", text)
		}
	}
	for _, public := range []string{"1.1.1.1", "11.0.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2000::1", "2001:200::1", "2400::1", "2a00::1"} {
		if addr := netip.MustParseAddr(public); covers(addr, addr) {
			t.Errorf("%s is denied", public)
		}
	}
}

// A version is pinned, and no client address can take all allocations: it is four
// users at most, as package ice has it.
func TestComposeBoundsTheTURNServer(t *testing.T) {
	text := readCompose(t)
	if !regexp.MustCompile(`image: coturn/coturn:\d+\.\d+\.\d+-r\d+\n`).MatchString(text) {
		t.Error("the image of coturn has no exact version")
	}
	number := func(option string) int {
		_, rest, _ := strings.Cut(text, "--"+option+"=")
		n, _ := strconv.Atoi(regexp.MustCompile(`^\d+`).FindString(rest))
		return n
	}
	user, total, ports := number("user-quota"), number("total-quota"), number("max-port")-number("min-port")+1
	if user < 14 || 4*user >= total || total > ports {
		t.Errorf("a user has %d of %d allocations, and there are %d ports", user, total, ports)
	}
}
