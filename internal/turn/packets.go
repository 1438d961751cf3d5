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

// packets is a UDP socket that drops the packets of a client which sends too many
// without an allocation. Each would be answered, to an address that may be forged.
type packets struct {
	*net.UDPConn
	server *Server
}

// ReadFrom reads the next packet that deserves an answer.
func (c *packets) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(p)
		if err != nil {
			return n, nil, err
		}
		addr := netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if known := c.server.allocated.find(addr); known != nil {
			return n, known, nil
		}
		if _, ok := c.server.addresses.Take(addr.Addr(), time.Now()); ok {
			return n, net.UDPAddrFromAddrPort(addr), nil
		}
		c.server.metrics.refused(refusedRate)
	}
}

// addressSet is the UDP clients that have an allocation, each with its address as the
// library wants it: every packet of media has one, and none makes garbage.
type addressSet struct {
	mu      sync.RWMutex // guards members
	members map[netip.AddrPort]*net.UDPAddr
}

// find returns nil if the client has no allocation.
func (s *addressSet) find(addr netip.AddrPort) *net.UDPAddr {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.members[addr]
}

func (s *addressSet) set(addr netip.AddrPort, member bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if member {
		s.members[addr] = net.UDPAddrFromAddrPort(addr)
	} else {
		delete(s.members, addr)
	}
}
