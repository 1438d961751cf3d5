// Package coturn has the tests of the TURN server as compose.yaml starts it: with the
// credentials that vidchat gives out, a caller gets what a call needs and no more.
package coturn

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/ice"
)

const secret = "a secret of this test"

// arguments are those of compose.yaml, with an address of this machine.
func arguments(t *testing.T, port string) []string {
	t.Helper()
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(string(text), "    command:\n")
	list, _, _ := strings.Cut(text2, "    ports:\n")
	replace := strings.NewReplacer("${TURN_SECRET}", secret, "${PUBLIC_IP}", "127.0.0.1", "=3478", "="+port)
	var args []string
	for _, found := range regexp.MustCompile(`(?m)^      - (\S+)`).FindAllStringSubmatch(list, -1) {
		args = append(args, replace.Replace(found[1]))
	}
	// Debian's version has a console unless told otherwise.
	return append(args, "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--relay-ip=::1", "--no-cli")
}

// freePort is one that neither UDP nor TCP uses. It is below those that systems give
// to connections, and below those that coturn relays by.
func freePort(t *testing.T) (port string) {
	t.Helper()
	wait.Until(t, "a port is free", func() bool {
		port = strconv.Itoa(10_000 + rand.IntN(10_000))
		tcp, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			return false
		}
		defer tcp.Close()
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err != nil {
			return false
		}
		defer udp.Close()
		return true
	})
	return port
}

// start runs coturn and returns its address.
func start(t *testing.T, more ...string) string {
	t.Helper()
	port := freePort(t)
	address := net.JoinHostPort("127.0.0.1", port)
	command := exec.Command("turnserver", append(arguments(t, port), more...)...)
	command.Dir = t.TempDir()
	var log strings.Builder
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatalf("%v: install coturn, as make debian does", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		if strings.Contains(log.String(), "unrecognized option") || t.Failed() {
			t.Errorf("coturn says: %s", log.String())
		}
	})
	wait.Until(t, "coturn listens", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	return address
}

// credential is what a session of a client gets.
func credential(client string, session int) ice.Server {
	c := ice.Config{TURN: []string{"turn:t.example"}, Secret: secret, TTL: time.Hour}
	return c.Servers(netip.MustParsePrefix(client), strconv.Itoa(session), time.Now())[0]
}

func mustAllocate(t *testing.T, server string, with ice.Server, family int) *allocation {
	t.Helper()
	a, err := allocate(server, with, family)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.conn.Close() })
	return a
}

// A caller's packets reach a peer.
func TestCoturnRelays(t *testing.T) {
	a := mustAllocate(t, start(t, "--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1"), credential("192.0.2.1/32", 1), 4)
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	to := netip.MustParseAddrPort(peer.LocalAddr().String())
	if err := a.permit(to); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	for end := time.Now().Add(wait.Timeout); ; {
		if err := a.send(to, []byte("media")); err != nil {
			t.Fatal(err)
		}
		_ = peer.SetReadDeadline(time.Now().Add(time.Second))
		n, from, err := peer.ReadFrom(b)
		if err == nil && string(b[:n]) == "media" {
			if port := from.(*net.UDPAddr).Port; port != int(a.relayed.Port()) || port < 49160 || port > 49259 {
				t.Errorf("it comes from port %d, the relayed one is %v", port, a.relayed)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatal("nothing arrives")
		}
	}
}

// Whoever does not know the secret gets nothing.
func TestCoturnRefusesOtherCredentials(t *testing.T) {
	server := start(t)
	forged := credential("192.0.2.1/32", 1)
	forged.Credential = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
	renamed := credential("192.0.2.1/32", 1)
	renamed.Username += "2"
	past := ice.Config{TURN: []string{"turn:t.example"}, Secret: secret, TTL: time.Hour}
	expired := past.Servers(netip.MustParsePrefix("192.0.2.1/32"), "1", time.Now().Add(-2*time.Hour))[0]
	for name, with := range map[string]ice.Server{"forged": forged, "renamed": renamed, "expired": expired} {
		_, err := allocate(server, with, 4)
		if code := codeError(0); !errors.As(err, &code) || code != 401 {
			t.Errorf("%s: %v, want 401", name, err)
		}
	}
}

// No peer behind a firewall can be reached, however its address is written.
func TestCoturnDeniesReservedPeers(t *testing.T) {
	server := start(t)
	four, six := mustAllocate(t, server, credential("192.0.2.1/32", 1), 4), mustAllocate(t, server, credential("192.0.2.1/32", 1), 6)
	for _, peer := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
		"192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:10.0.0.1",
		"64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::10.0.0.1", "100::1", "2001::1", "2001:0:a00:1::", "2001:2::1", "2001:10::1", "2001:20::1",
		"2001:db8::1", "2002:a00:1::1", "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
	} {
		addr := netip.MustParseAddr(peer)
		a := four
		if addr.Is6() {
			a = six
		}
		err := a.permit(netip.AddrPortFrom(addr, 80))
		if code := codeError(0); !errors.As(err, &code) || code != 403 {
			t.Errorf("%s: %v, want 403", peer, err)
		}
	}
	for peer, a := range map[string]*allocation{"1.1.1.1": four, "2a00::1": six} {
		if err := a.permit(netip.AddrPortFrom(netip.MustParseAddr(peer), 9)); err != nil {
			t.Errorf("%s: %v", peer, err)
		}
	}
}

// Neither a user nor an address with many sessions can take all allocations, and
// others get theirs in the meantime.
func TestCoturnQuotas(t *testing.T) {
	server := start(t)
	const userQuota, users = 16, 4
	taken := 0
	for session := range 100 {
		with := credential("192.0.2.1/32", session)
		for {
			a, err := allocate(server, with, 4)
			code := codeError(0)
			if errors.As(err, &code) && code == 437 {
				continue // coturn still knows the port from an allocation that was refused
			}
			if code == 486 {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.conn.Close() })
			if taken++; taken > users*userQuota {
				t.Fatalf("an address has %d allocations", taken)
			}
		}
		if session == 0 && taken != userQuota {
			t.Errorf("a user has %d allocations, want %d", taken, userQuota)
		}
	}
	if taken != users*userQuota {
		t.Errorf("an address gets %d allocations, want %d", taken, users*userQuota)
	}
	mustAllocate(t, server, credential("192.0.2.2/32", 1), 4)
}
