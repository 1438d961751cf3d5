package turn

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How many bytes may wait in a socket: of all clients over UDP, and of one relay. Media
// comes in bursts, such as a key frame to each of seven, and Linux counts some 2 KiB
// for a packet. It gives twice of this at most, or of net.core.rmem_max and wmem_max.
const (
	sharedBuffer = 4 << 20
	relayBuffer  = 1 << 20
)

// enlargeBuffers sets how many bytes may wait in a UDP socket.
func enlargeBuffers(conn *net.UDPConn, size int) error {
	return errors.Join(conn.SetReadBuffer(size), conn.SetWriteBuffer(size))
}

// packets is a UDP socket of many clients. It relays what they send on a channel, and
// drops the packets of a client which sends too many without an allocation: each would
// be answered, to an address that may be forged.
type packets struct {
	*net.UDPConn
	server  *Server
	clients clientSet
}

func newPackets(conn *net.UDPConn, s *Server) *packets {
	return &packets{UDPConn: conn, server: s, clients: clientSet{relays: make(map[netip.AddrPort]*relay)}}
}

// ReadFrom reads the next packet that the library has to handle.
func (c *packets) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(p)
		if err != nil {
			return n, nil, err
		}
		addr := netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if r := c.clients.find(addr); r != nil {
			if n < len(p) && r.relayChannelData(p[:n]) { // a longer one was cut off, and the library drops it
				continue
			}
			return n, r.clientAddr, nil
		}
		if _, ok := c.server.addresses.Take(addr.Addr(), time.Now()); ok {
			return n, net.UDPAddrFromAddrPort(addr), nil
		}
		c.server.metrics.refused(refusedRate)
	}
}

// clientSet is the clients of a UDP socket that have an allocation, and their relays.
type clientSet struct {
	mu     sync.RWMutex // guards relays
	relays map[netip.AddrPort]*relay
}

// find returns nil if the client has no allocation.
func (s *clientSet) find(client netip.AddrPort) *relay {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.relays[client]
}

func (s *clientSet) add(client netip.AddrPort, r *relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relays[client] = r
}

// remove removes a client whose allocation ends. It may have the next one already.
func (s *clientSet) remove(client netip.AddrPort, r *relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relays[client] == r {
		delete(s.relays, client)
	}
}
