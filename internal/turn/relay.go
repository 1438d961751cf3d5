package turn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
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

	mu   sync.RWMutex                // guards what follows
	open map[netip.AddrPort]struct{} // their public addresses
}

func newRelays(cfg Config, p peers, m *metrics) *relays {
	r := &relays{
		peers: p, public4: cfg.Public4, public6: cfg.Public6, minPort: cfg.MinPort, maxPort: cfg.MaxPort,
		metrics: m, started: time.Now(), open: make(map[netip.AddrPort]struct{}),
	}
	if cfg.Bandwidth > 0 {
		r.bandwidth = limit.Rate{PerSecond: float64(cfg.Bandwidth), Burst: cfg.Bandwidth} // one second's worth at once
	}
	return r
}

// Validate implements turn.RelayAddressGenerator.
func (*relays) Validate() error { return nil }

// AllocatePacketConn opens a relay. The library asks for a port where the client
// wants an even one, or the next one.
func (r *relays) AllocatePacketConn(request turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
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
		address := netip.AddrPortFrom(public, port)
		r.setOpen(address, true)
		return &relay{UDPConn: conn, relays: r, address: address, peers: make(map[netip.Addr]struct{})}, net.UDPAddrFromAddrPort(address), nil
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

func (r *relays) setOpen(address netip.AddrPort, open bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if open {
		r.open[address] = struct{}{}
	} else {
		delete(r.open, address)
	}
}

func (r *relays) isOpen(address netip.AddrPort) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, open := r.open[address]
	return open
}

// relay is the UDP socket of an allocation. It drops what exceeds the bandwidth,
// which the callers' browsers see as a lossy line and adapt to.
type relay struct {
	*net.UDPConn
	relays  *relays
	address netip.AddrPort // as callers see it

	mu       sync.Mutex // guards what follows
	toClient limit.Bucket
	toPeer   limit.Bucket
	unknown  limit.Bucket            // of senders that the client has sent nothing to
	peers    map[netip.Addr]struct{} // that the client has sent something to

	closed sync.Once

	// Of the last packet, so that the next one makes no garbage; of the one who reads.
	lastPeer netip.AddrPort
	lastAddr *net.UDPAddr
}

// maxPeers is how many peers of a relay are remembered. A call has seven, with a few
// addresses each.
const maxPeers = 256

// takeToPeer reports whether n bytes may be sent to a peer now.
func (r *relay) takeToPeer(n int, peer netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.peers[peer]; !known && len(r.peers) < maxPeers {
		r.peers[peer] = struct{}{}
	}
	return r.toPeer.Take(float64(n), r.relays.bandwidth, time.Since(r.relays.started))
}

// takeToClient reports whether n bytes may go to the client now. Anybody can send to
// a relay, and the library drops what nobody has permitted, but only later. So those
// that the client has sent nothing to cannot use up the bandwidth of the others.
func (r *relay) takeToClient(n int, peer netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	bucket := &r.unknown
	if _, known := r.peers[peer]; known {
		bucket = &r.toClient
	}
	return bucket.Take(float64(n), r.relays.bandwidth, time.Since(r.relays.started))
}

// ReadFrom reads the next packet from a peer. Other relays of this machine are
// known by their public address, though their packets come from loopback.
func (r *relay) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := r.ReadFromUDPAddrPort(p)
		if err != nil {
			return n, net.UDPAddrFromAddrPort(from), err
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if from.Addr().IsLoopback() {
			from = netip.AddrPortFrom(r.address.Addr(), from.Port())
			if !r.relays.isOpen(from) {
				continue // from a program on this machine, which nobody may talk to
			}
		}
		if !r.takeToClient(n, from.Addr()) {
			r.relays.metrics.dropped.Add(1)
			continue
		}
		r.relays.metrics.toClients.Add(uint64(n))
		if from != r.lastPeer {
			r.lastPeer, r.lastAddr = from, net.UDPAddrFromAddrPort(from)
		}
		return n, r.lastAddr, nil
	}
}

// WriteTo sends a packet to a peer. What may not be sent is dropped, as a network
// would do.
func (r *relay) WriteTo(p []byte, to net.Addr) (int, error) {
	peer := addrPortOf(to)
	own := r.relays.peers.own(peer)
	switch {
	case peer.Addr().Is4() != r.address.Addr().Is4(), !r.relays.peers.allowedPort(peer), own && !r.relays.isOpen(peer):
		r.relays.metrics.refused(refusedPeer)
		return len(p), nil
	case !r.takeToPeer(len(p), peer.Addr()):
		r.relays.metrics.dropped.Add(1)
		return len(p), nil
	}
	r.relays.metrics.toPeers.Add(uint64(len(p)))
	if own { // loopback also works where the public address is that of a router
		peer = netip.AddrPortFrom(loopbackOf(peer.Addr()), peer.Port())
	}
	return r.WriteToUDPAddrPort(p, peer)
}

// Close ends the relay.
func (r *relay) Close() error {
	r.closed.Do(func() { r.relays.setOpen(r.address, false) })
	return r.UDPConn.Close()
}

func loopbackOf(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}
