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
func enlargeBuffers(conn net.PacketConn, size int) error {
	socket, ok := conn.(interface {
		SetReadBuffer(bytes int) error
		SetWriteBuffer(bytes int) error
	})
	if !ok {
		return nil
	}
	return errors.Join(socket.SetReadBuffer(size), socket.SetWriteBuffer(size))
}

// packets is a UDP socket that drops the packets of a client which sends too many
// without an allocation. Each would be answered, to an address that may be forged.
type packets struct {
	net.PacketConn
	server *Server
}

// ReadFrom reads the next packet that deserves an answer.
func (c *packets) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(p)
		if err != nil {
			return n, from, err
		}
		addr := addrPortOf(from)
		if c.server.allocated.has(addr) {
			return n, from, nil
		}
		if _, ok := c.server.addresses.Take(addr.Addr(), time.Now()); ok {
			return n, from, nil
		}
		c.server.metrics.refused(refusedRate)
	}
}

// addressSet is the UDP clients that have an allocation.
type addressSet struct {
	mu      sync.RWMutex // guards members
	members map[netip.AddrPort]struct{}
}

func (s *addressSet) has(addr netip.AddrPort) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.members[addr]
	return ok
}

func (s *addressSet) set(addr netip.AddrPort, member bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if member {
		s.members[addr] = struct{}{}
	} else {
		delete(s.members, addr)
	}
}
