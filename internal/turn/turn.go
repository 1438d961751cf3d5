// Package turn is a STUN and TURN server (RFC 8489, RFC 8656) for the callers of
// this server: it relays their media where no direct path exists. The protocol is
// that of github.com/pion/turn; what stands here is who may relay how much, and
// where to.
//
// Read turn.go first (setup and the life of an allocation), then peers.go (where
// nobody may relay to), quota.go and relay.go (how much), channels.go (the short way of
// media), stream.go and packets.go (what strangers may do before they have a
// credential), and selftest.go.
package turn

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/turn/v5"
	"github.com/rs/zerolog"

	"vidchat/internal/limit"
)

// Realm is the realm of the long-term credentials.
const Realm = "vidchat"

// Config configures a Server.
type Config struct {
	Log zerolog.Logger
	// Secret is what credentials are made with: see package ice.
	Secret string
	// Public4 and Public6 are the addresses at which callers reach this machine. A
	// family without one is not relayed.
	Public4, Public6 netip.Addr
	// Local are all addresses of this machine. Nobody relays to those that are not
	// public.
	Local []netip.Addr
	// MinPort and MaxPort are the range of the relays' UDP ports.
	MinPort, MaxPort uint16
	// PerUser and PerAddress are the most allocations of one credential and of one
	// client address, and Total the most of all; 0 means no limit. An office behind
	// one router is one address. A /56 of IPv6 has four times as many, a /48 16 times.
	PerUser, PerAddress, Total int
	// Bandwidth is how many bytes per second an allocation may relay in each
	// direction; 0 means no limit.
	Bandwidth int
	// channelTime and permissionTime are how long channels and permissions last that are
	// not renewed; those of RFC 8656 by default. Tests shorten them.
	channelTime, permissionTime time.Duration
	// Now is the wall clock, with which the end of a credential is compared;
	// time.Now by default.
	Now func() time.Time
}

// Limits of what a client may do that has no allocation.
const (
	// requestsPerSecond and requestsBurst bound the packets of an address. Each is
	// answered, which must not make the server worth using for a flood.
	requestsPerSecond = 50
	requestsBurst     = 300
	// streamsPerAddress is the most TCP connections of an address.
	streamsPerAddress = 64
)

// Server relays until Close is called.
type Server struct {
	log         zerolog.Logger
	peers       peers
	credentials credentials
	quota       *quota
	relays      *relays
	addresses   *limit.Addresses
	metrics     *metrics
	pion        *turn.Server

	mu      sync.Mutex // guards what follows
	clients map[streamKey]*stream
}

// streamKey is both ends of a TCP connection: a client may use one port for several
// of the server's.
type streamKey struct{ client, server netip.AddrPort }

// Listeners is where a server is reached. It closes them.
type Listeners struct {
	// Packets are UDP sockets.
	Packets []*net.UDPConn
	// Streams are listeners of TCP or, with the handshake done or left to the first
	// read, of TLS.
	Streams []net.Listener
}

// Start returns a server that uses the listeners.
func Start(cfg Config, listeners Listeners) (*Server, error) {
	switch {
	case cfg.Secret == "":
		return nil, errors.New("TURN needs a secret")
	case !cfg.Public4.IsValid() && !cfg.Public6.IsValid():
		return nil, errors.New("TURN needs the public address of this machine")
	case cfg.MinPort == 0 || cfg.MaxPort < cfg.MinPort:
		return nil, errors.New("TURN needs a range of ports")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{
		log:         cfg.Log,
		peers:       peers{public: []netip.Addr{cfg.Public4, cfg.Public6}, local: cfg.Local, minPort: cfg.MinPort, maxPort: cfg.MaxPort},
		credentials: credentials{secret: cfg.Secret, now: cfg.Now},
		quota:       newQuota(cfg.PerUser, cfg.PerAddress, cfg.Total),
		addresses:   limit.NewAddresses(limit.Rate{PerSecond: requestsPerSecond, Burst: requestsBurst}, streamsPerAddress),
		metrics:     newMetrics(),
		clients:     make(map[streamKey]*stream),
	}
	s.relays = newRelays(cfg, s.peers, s.metrics)
	config := turn.ServerConfig{
		Realm:         Realm,
		LoggerFactory: libraryLog{cfg.Log},
		AuthHandler:   s.authenticate,
		QuotaHandler:  s.reserve,
		// Browsers do not say which family they want, and IPv4 reaches more callers.
		StrictAddressFamily: cfg.Public4.IsValid(),
		ChannelBindTimeout:  cfg.channelTime,
		PermissionTimeout:   cfg.permissionTime,
		EventHandler: turn.EventHandler{
			OnAuth:              s.onAuth,
			OnAllocationCreated: s.onAllocationCreated,
			OnAllocationDeleted: s.onAllocationDeleted,
		},
	}
	s.relays.watch(&config.EventHandler)
	for _, conn := range listeners.Packets {
		if err := enlargeBuffers(conn, sharedBuffer); err != nil {
			return nil, err
		}
		listener := newPackets(conn, s)
		config.PacketConnConfigs = append(config.PacketConnConfigs, turn.PacketConnConfig{
			PacketConn: listener, RelayAddressGenerator: packetRelays{s.relays, listener}, PermissionHandler: s.permit,
		})
	}
	for _, listener := range listeners.Streams {
		config.ListenerConfigs = append(config.ListenerConfigs, turn.ListenerConfig{
			Listener: &streams{Listener: listener, server: s}, RelayAddressGenerator: s.relays, PermissionHandler: s.permit,
		})
	}
	var err error
	s.pion, err = turn.NewServer(config)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes the listeners, and with them every allocation.
func (s *Server) Close() error {
	err := s.pion.Close()
	s.mu.Lock()
	open := make([]*stream, 0, len(s.clients))
	for _, conn := range s.clients {
		open = append(open, conn)
	}
	s.mu.Unlock()
	for _, conn := range open {
		_ = conn.Close() // the client may be gone already
	}
	return err
}

// Allocations returns the number of allocations that exist.
func (s *Server) Allocations() int { return s.quota.count() }

// authenticate is called for every request with a credential.
func (s *Server) authenticate(request *turn.RequestAttributes) (user string, key []byte, ok bool) {
	key, ok = s.credentials.key(request.Username, request.Realm, request.Method)
	if !ok {
		s.metrics.refused(refusedCredential)
	}
	return request.Username, key, ok
}

// onAuth counts what was signed with another secret.
func (s *Server) onAuth(_, _ net.Addr, _, _, _, _ string, ok bool) {
	if !ok {
		s.metrics.refused(refusedCredential)
	}
}

func (s *Server) permit(_ net.Addr, peer net.IP) bool {
	addr, ok := netip.AddrFromSlice(peer)
	if ok = ok && s.peers.allowed(addr.Unmap()); !ok {
		s.metrics.refused(refusedPeer)
	}
	return ok
}

// reserve is called before an allocation is made.
func (s *Server) reserve(user, _ string, client net.Addr) bool {
	reason, ok := s.quota.reserve(user, addrPortOf(client).Addr(), time.Now())
	if !ok {
		s.metrics.refused(reason)
	}
	return ok
}

func (s *Server) onAllocationCreated(client, server net.Addr, _, user, _ string, relay net.Addr, _ int) {
	s.quota.created(user, addrPortOf(client).Addr())
	s.metrics.created.Add(1)
	udp, ok := client.(*net.UDPAddr)
	if !ok {
		s.setAllocated(client, server, true)
	} else if made := s.relays.find(addrPortOf(relay)); made != nil {
		made.setClient(udp)
	}
}

func (s *Server) onAllocationDeleted(client, server net.Addr, _, user, _ string) {
	s.quota.deleted(user, addrPortOf(client).Addr())
	if _, udp := client.(*net.UDPAddr); !udp { // a client over UDP is forgotten as its relay is closed
		s.setAllocated(client, server, false)
	}
}

// setAllocated lifts or sets the limits of a client over TCP without an allocation.
func (s *Server) setAllocated(client, server net.Addr, allocated bool) {
	s.mu.Lock()
	conn := s.clients[streamKey{addrPortOf(client), addrPortOf(server)}]
	s.mu.Unlock()
	if conn != nil {
		conn.setAllocated(allocated)
	}
}

// addrPortOf is the address of a UDP or TCP client.
func addrPortOf(addr net.Addr) netip.AddrPort {
	var found netip.AddrPort
	switch addr := addr.(type) {
	case *net.UDPAddr:
		found = addr.AddrPort()
	case *net.TCPAddr:
		found = addr.AddrPort()
	}
	return netip.AddrPortFrom(found.Addr().Unmap(), found.Port())
}
