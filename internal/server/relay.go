package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/certificate"
	"vidchat/internal/config"
	"vidchat/internal/turn"
)

// Limits of the TURN server. In a call of eight, a browser makes an allocation for
// each of seven peers over each of four transports, which are 28; while ICE restarts,
// it has twice as many, and before a call it has those of a spare connection. The
// callers of an address are four users: see package ice. An address has room for the
// calls of eight, such as an office behind one router.
const (
	allocationsPerUser    = 64
	allocationsPerAddress = 256
)

// secretFile has the secret of the TURN server, in DATA_DIR.
const secretFile = "turn-secret"

// completeRelay finds out what the settings leave open about the TURN server of
// this process, and tells callers where it is.
func completeRelay(ctx context.Context, c *config.Config, secretOf func(dir string) (string, error)) error {
	if !c.Relay.Enabled() {
		return nil
	}
	if len(c.Relay.Public) == 0 {
		found, err := publicAddresses(ctx, c.HTTPS.Domains)
		if err != nil {
			return err
		}
		c.Relay.Public = found
	}
	if c.ICE.Secret == "" {
		secret, err := secretOf(c.DataDir)
		if err != nil {
			return err
		}
		c.ICE.Secret = secret
	}
	return nil
}

// publicAddresses are those of this machine's interfaces, or else those that its
// name has: machines in a cloud often have a private address behind a public one.
func publicAddresses(ctx context.Context, domains []string) ([]netip.Addr, error) {
	var found []netip.Addr
	add := func(addr netip.Addr) {
		addr = addr.Unmap()
		if turn.Public(addr) && !slices.ContainsFunc(found, func(other netip.Addr) bool { return other.Is4() == addr.Is4() }) {
			found = append(found, addr)
		}
	}
	for _, addr := range localAddresses() {
		add(addr)
	}
	if len(domains) > 0 && !slices.ContainsFunc(found, netip.Addr.Is4) {
		resolved, err := net.DefaultResolver.LookupNetIP(ctx, "ip", domains[0])
		if err == nil {
			for _, addr := range resolved {
				add(addr)
			}
		}
	}
	if len(found) == 0 {
		return nil, errors.New("this machine has no public address of its own: set TURN_PUBLIC_IP to the address at which callers reach it, or TURN_LISTEN to off")
	}
	return found, nil
}

// localAddresses are those of this machine, or none on a system that does not tell
// them: there they have to be set.
func localAddresses() []netip.Addr {
	addrs, err := turn.LocalAddresses()
	if err != nil {
		return nil
	}
	return addrs
}

// keptSecret is the secret in a folder, which is made if it is missing. Without a
// folder it lasts as long as the process: callers fetch new credentials when they
// reconnect.
func keptSecret(dir string) (string, error) {
	if dir == "" {
		return rand.Text(), nil
	}
	secret, err := readSecret(dir)
	if err != nil || secret != "" {
		return secret, err
	}
	path := filepath.Join(dir, secretFile)
	secret = rand.Text() + rand.Text()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the secret of the TURN server cannot be kept, change DATA_DIR or set TURN_SECRET: %w", err)
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("the secret of the TURN server cannot be kept, change DATA_DIR or set TURN_SECRET: %w", err)
	}
	return secret, nil
}

// readSecret is the secret in a folder, or empty if there is none.
func readSecret(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, secretFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the secret of the TURN server cannot be read: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// startRelay starts the TURN server. Beside its own listeners it takes those
// connections of the TLS listener that speak TURN.
func startRelay(ctx context.Context, c config.Config, l *listeners, log zerolog.Logger) (*relay, error) {
	https := l.https
	r := new(relay)
	ports := relayPorts{}
	packets, tcp, err := listenOnOnePort(ctx, c.Relay.Listen)
	if err != nil {
		return nil, err
	}
	r.listeners.Packets = append(r.listeners.Packets, packets.(*net.UDPConn)) // as udp has
	r.listeners.Streams = append(r.listeners.Streams, tcp)
	ports.turn = portOf(tcp.Addr())
	if c.Relay.ListenTLS != "" {
		plain, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Relay.ListenTLS)
		if err != nil {
			return nil, r.fail(fmt.Errorf("cannot listen for TURN over TLS, choose another TURNS_LISTEN: %w", err))
		}
		r.tls = listenTLS(l.limits.Listen(plain), l.certificates.TLSConfig(), true)
		r.listeners.Streams = append(r.listeners.Streams, r.tls.turn)
		r.tls.http.stop() // nobody serves pages there
		ports.turns = portOf(plain.Addr())
	}
	if https != nil && https.turn != nil {
		r.listeners.Streams = append(r.listeners.Streams, https.turn)
		ports.https = portOf(https.tcp.Addr())
	}
	r.turn, r.stun = ports.urls(ctx, c)
	r.server, err = turn.Start(turn.Config{
		Log: log, Secret: c.ICE.Secret, Public4: family(c.Relay.Public, netip.Addr.Is4), Public6: family(c.Relay.Public, netip.Addr.Is6),
		Local: localAddresses(), MinPort: c.Relay.MinPort, MaxPort: c.Relay.MaxPort,
		PerUser: allocationsPerUser, PerAddress: allocationsPerAddress, Bandwidth: c.Relay.Bandwidth,
	}, r.listeners)
	if err != nil {
		return nil, r.fail(err)
	}
	return r, nil
}

// relay is the running TURN server, and where callers find it.
type relay struct {
	turn, stun []string // URLs
	server     *turn.Server
	listeners  turn.Listeners
	tls        *tlsListener // for TURN alone; may be nil
}

// fail closes what was opened, and returns the error.
func (r *relay) fail(err error) error {
	for _, conn := range r.listeners.Packets {
		_ = conn.Close()
	}
	for _, listener := range r.listeners.Streams {
		_ = listener.Close()
	}
	if r.tls != nil {
		_ = r.tls.close()
	}
	return err
}

// close ends every relay.
func (r *relay) close() error {
	err := r.server.Close()
	if r.tls != nil {
		err = errors.Join(err, r.tls.close())
	}
	return err
}

// relayPorts are the ports of the TURN server; empty ones are not used.
type relayPorts struct{ turn, turns, https string }

// urls is how callers reach the TURN server.
func (p relayPorts) urls(ctx context.Context, c config.Config) (turn, stun []string) {
	host := relayHost(c)
	isHere := func(name string) bool { return resolvesTo(ctx, name, c.Relay.Public) }
	nameForTLS := cmp.Or(certificate.NameIn(c.HTTPS.CertFile, isHere), host)
	turn = []string{"turn:" + host + ":" + p.turn + "?transport=udp", "turn:" + host + ":" + p.turn + "?transport=tcp"}
	for _, port := range []string{p.turns, p.https} {
		if port != "" {
			turn = append(turn, "turns:"+nameForTLS+":"+port+"?transport=tcp")
		}
	}
	if c.Relay.STUN {
		stun = []string{"stun:" + host + ":" + p.turn}
	}
	return turn, stun
}

// relayHost is what callers use without TLS, and with it unless a certificate that
// others obtained has a name: certificates have names, and seldom addresses.
func relayHost(c config.Config) string {
	if len(c.HTTPS.Domains) > 0 {
		return c.HTTPS.Domains[0]
	}
	if addr := c.Relay.Public[0]; addr.Is6() {
		return "[" + addr.String() + "]"
	}
	return c.Relay.Public[0].String()
}

// resolvesTo reports whether a name has one of these addresses: a certificate may have
// names of other machines too.
func resolvesTo(ctx context.Context, name string, addrs []netip.Addr) bool {
	const timeout = 3 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	return err == nil && slices.ContainsFunc(found, func(addr netip.Addr) bool { return slices.Contains(addrs, addr.Unmap()) })
}

func family(addrs []netip.Addr, is func(netip.Addr) bool) netip.Addr {
	if i := slices.IndexFunc(addrs, is); i >= 0 {
		return addrs[i]
	}
	return netip.Addr{}
}

// listenOnOnePort listens over UDP and TCP. For port 0 it looks for one that is free over
// both.
func listenOnOnePort(ctx context.Context, address string) (net.PacketConn, net.Listener, error) {
	for attempts := 20; ; attempts-- {
		packets, err := new(net.ListenConfig).ListenPacket(ctx, "udp", address)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot listen for TURN over UDP, choose another TURN_LISTEN: %w", err)
		}
		tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", samePort(address, packets.LocalAddr()))
		if err == nil {
			return packets, tcp, nil
		}
		_ = packets.Close()
		if _, port, _ := net.SplitHostPort(address); port != "0" || attempts == 0 {
			return nil, nil, fmt.Errorf("cannot listen for TURN over TCP, choose another TURN_LISTEN: %w", err)
		}
	}
}

// samePort is an address to listen on with the port of another listener, for where
// the system chooses.
func samePort(address string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(address)
	return net.JoinHostPort(host, portOf(listening))
}

func portOf(addr net.Addr) string {
	return portOfText(addr.String())
}
