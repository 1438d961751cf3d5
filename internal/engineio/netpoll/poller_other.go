//go:build !linux

package netpoll

import (
	"net"
)

// Poller is for Linux. Elsewhere every connection blocks.
type Poller struct {
	blocking blockingConns
}

// New makes a Poller, which has no use for a cork.
func New(Cork) *Poller { return new(Poller) }

// Stop closes all connections, and waits for their goroutines.
func (p *Poller) Stop() { p.blocking.stop() }

// Disturb says that other goroutines are about to work.
func (*Poller) Disturb() {}

func (*Poller) adoptDescriptor(net.Conn) (Conn, bool) { return nil, false }
