package turn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/turn/v5"

	"vidchat/internal/limit"
)

// portAttempts is how many ports are tried before an allocation is refused.
const portAttempts = 32

var (
	errOnlyUDP  = errors.New("only UDP is relayed")
	errNoPort   = errors.New("no port is free for a relay")
	errNoFamily = errors.New("this machine has no public address of that family")
)

// relays makes the relays, which is where others send to reach a caller.
type relays struct {
	peers            peers
	public4, public6 netip.Addr
	minPort, maxPort uint16
	bandwidth        limit.Rate
	metrics          *metrics

	started time.Time

	mu   sync.RWMutex              // guards what follows
	open map[netip.AddrPort]*relay // by their public address
}

func newRelays(cfg Config, p peers, m *metrics) *relays {
	r := &relays{
		peers: p, public4: cfg.Public4, public6: cfg.Public6, minPort: cfg.MinPort, maxPort: cfg.MaxPort,
		metrics: m, started: time.Now(), open: make(map[netip.AddrPort]*relay),
	}
	if cfg.Bandwidth > 0 {
		r.bandwidth = limit.Rate{PerSecond: float64(cfg.Bandwidth), Burst: cfg.Bandwidth} // one second's worth at once
	}
	return r
}

// Validate implements turn.RelayAddressGenerator.
func (*relays) Validate() error { return nil }

// AllocatePacketConn opens a relay of a client that uses TCP or TLS.
func (r *relays) AllocatePacketConn(request turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	return r.allocate(request, nil)
}

// packetRelays makes the relays of the clients of a UDP socket.
type packetRelays struct {
	*relays
	listener *packets
}

// AllocatePacketConn opens a relay.
func (r packetRelays) AllocatePacketConn(request turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	return r.allocate(request, r.listener)
}

// allocate opens a relay. The library asks for a port where the client wants an even
// one, or the next one.
func (r *relays) allocate(request turn.AllocateListenerConfig, listener *packets) (net.PacketConn, net.Addr, error) {
	public := r.public4
	if request.Network == "udp6" {
		public = r.public6
	}
	switch {
	case request.RequestedPort != 0 && (request.RequestedPort < int(r.minPort) || request.RequestedPort > int(r.maxPort)):
		return nil, nil, errNoPort
	case !public.IsValid():
		return nil, nil, errNoFamily
	}
	for range portAttempts {
		port := r.minPort + uint16(rand.N(uint32(r.maxPort-r.minPort)+1))
		if request.RequestedPort != 0 {
			port = uint16(request.RequestedPort)
		}
		conn, err := net.ListenUDP(request.Network, &net.UDPAddr{Port: int(port)})
		if err != nil {
			continue // somebody has it
		}
		if err := enlargeBuffers(conn, relayBuffer); err != nil {
			_ = conn.Close()
			return nil, nil, err
		}
		opened := newRelay(r, conn, netip.AddrPortFrom(public, port), listener)
		r.mu.Lock()
		r.open[opened.address] = opened
		r.mu.Unlock()
		return opened, net.UDPAddrFromAddrPort(opened.address), nil
	}
	return nil, nil, fmt.Errorf("%w between %d and %d", errNoPort, r.minPort, r.maxPort)
}

// AllocateListener refuses to relay TCP (RFC 6062): media does not use it, and
// scanners of ports would.
func (*relays) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

// AllocateConn refuses to relay TCP, as AllocateListener does.
func (*relays) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyUDP }

// find returns the relay with a public address, or nil if there is none.
func (r *relays) find(address netip.AddrPort) *relay {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.open[address]
}

func (r *relays) isOpen(address netip.AddrPort) bool { return r.find(address) != nil }

// relay is the UDP socket of an allocation. It drops what exceeds the bandwidth,
// which the callers' browsers see as a lossy line and adapt to.
type relay struct {
	*net.UDPConn
	relays   *relays
	address  netip.AddrPort // as callers see it
	listener *packets       // where the client sends to; nil if it uses TCP or TLS

	// Of a client over UDP, set when the library has made the allocation.
	client     netip.AddrPort
	clientAddr *net.UDPAddr // as the library wants it, so that a packet makes no garbage

	mu        sync.Mutex // guards what follows
	closed    bool
	toClient  limit.Bucket
	toPeer    limit.Bucket
	permitted map[netip.Addr]struct{}   // the peers that the client has a permission for
	channels  map[uint16]route          // by number
	numbers   map[netip.AddrPort]uint16 // of the channels, by peer

	// Of the last packet, so that the next one makes no garbage; of the one who reads.
	lastPeer netip.AddrPort
	lastAddr *net.UDPAddr
}

func newRelay(r *relays, conn *net.UDPConn, address netip.AddrPort, listener *packets) *relay {
	return &relay{
		UDPConn: conn, relays: r, address: address, listener: listener,
		permitted: make(map[netip.Addr]struct{}), channels: make(map[uint16]route), numbers: make(map[netip.AddrPort]uint16),
	}
}

// route is a peer, and how packets reach it.
type route struct {
	peer    netip.AddrPort
	to      netip.AddrPort
	own     bool // it is a relay of this server, if there is one
	allowed bool
}

func (r *relay) routeTo(peer netip.AddrPort) route {
	found := route{
		peer: peer, to: peer, own: r.relays.peers.own(peer),
		allowed: peer.Addr().Is4() == r.address.Addr().Is4() && r.relays.peers.allowedPort(peer),
	}
	if found.own { // loopback also works where the public address is that of a router
		found.to = netip.AddrPortFrom(loopbackOf(peer.Addr()), peer.Port())
	}
	return found
}

// ReadFrom reads the next packet from a peer that the library has to send to the
// client. Those of channels go to clients over UDP at once. The packet is read behind
// the place of the header that it gets then.
func (r *relay) ReadFrom(p []byte) (int, net.Addr, error) {
	data := p[channelHeader:]
	for {
		n, from, err := r.ReadFromUDPAddrPort(data)
		if err != nil {
			return 0, nil, err
		}
		if n == len(data) {
			continue // the packet was probably longer
		}
		from, ok := r.peerOf(from)
		if !ok {
			continue
		}
		number, ok := r.takeToClient(n, from)
		if !ok {
			continue
		}
		if number != 0 && r.listener != nil {
			r.sendToClient(p, number, n)
			continue
		}
		if from != r.lastPeer {
			r.lastPeer, r.lastAddr = from, net.UDPAddrFromAddrPort(from)
		}
		return copy(p, data[:n]), r.lastAddr, nil
	}
}

// peerOf is the peer that a packet comes from. Other relays of this machine are known by
// their public address, though their packets come from loopback. It is false for other
// programs on this machine, which nobody may talk to.
func (r *relay) peerOf(from netip.AddrPort) (netip.AddrPort, bool) {
	peer := netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if !peer.Addr().IsLoopback() {
		return peer, true
	}
	peer = netip.AddrPortFrom(r.address.Addr(), peer.Port())
	return peer, r.relays.isOpen(peer)
}

// takeToClient reports whether n bytes from a peer may go to the client now, and the
// number of the peer's channel, or 0. Anybody can send to a relay: what comes without
// a permission takes none of the bandwidth.
func (r *relay) takeToClient(n int, peer netip.AddrPort) (number uint16, ok bool) {
	r.mu.Lock()
	_, permitted := r.permitted[peer.Addr()]
	ok = permitted && r.toClient.Take(float64(n), r.relays.bandwidth, time.Since(r.relays.started))
	number = r.numbers[peer]
	r.mu.Unlock()
	r.count(n, permitted, ok, &r.relays.metrics.toClients)
	return number, ok
}

// WriteTo sends a packet to a peer. What may not be sent is dropped, as a network
// would do.
func (r *relay) WriteTo(p []byte, to net.Addr) (int, error) {
	route := r.routeTo(addrPortOf(to))
	if !r.maySend(len(p), route) {
		return len(p), nil
	}
	return r.WriteToUDPAddrPort(p, route.to)
}

// maySend reports whether n bytes may be sent to a peer now.
func (r *relay) maySend(n int, to route) bool {
	if !to.allowed || to.own && !r.relays.isOpen(to.peer) {
		r.relays.metrics.refused(refusedPeer)
		return false
	}
	return r.takeToPeer(n, to.peer.Addr())
}

// takeToPeer reports whether the client has a permission for a peer, and bandwidth for
// n bytes. The library does not ask for the permission of a channel's peer, which may
// end before the channel does.
func (r *relay) takeToPeer(n int, peer netip.Addr) bool {
	r.mu.Lock()
	_, permitted := r.permitted[peer]
	ok := permitted && r.toPeer.Take(float64(n), r.relays.bandwidth, time.Since(r.relays.started))
	r.mu.Unlock()
	r.count(n, permitted, ok, &r.relays.metrics.toPeers)
	return ok
}

// count counts n bytes that are relayed, or why they are not.
func (r *relay) count(n int, permitted, ok bool, relayed *atomic.Uint64) {
	switch {
	case ok:
		relayed.Add(uint64(n))
	case permitted:
		r.relays.metrics.dropped.Add(1)
	default:
		r.relays.metrics.refused(refusedPermission)
	}
}

// Close ends the relay.
func (r *relay) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		if r.clientAddr != nil {
			r.listener.clients.remove(r.client, r)
		}
		r.relays.mu.Lock()
		delete(r.relays.open, r.address)
		r.relays.mu.Unlock()
	}
	r.mu.Unlock()
	return r.UDPConn.Close()
}

func loopbackOf(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}
