package turn

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"github.com/rs/zerolog"
)

// Transport is how a client reaches a TURN server.
type Transport string

// The transports of turn: and turns: URLs (RFC 7065).
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// Endpoint is a TURN server that Check tries.
type Endpoint struct {
	Address   string // host:port
	Transport Transport
	// TLS is used for TLS. Its ServerName is the host of Address if it has none.
	TLS                *tls.Config
	Username, Password string
}

// checkInterval is how often a packet is sent until one arrives.
const checkInterval = 100 * time.Millisecond

// What may fail, for errors.Is.
var (
	// ErrUnreachable means that the server does not answer.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrNothingRelayed means that there are allocations, and nothing passes.
	ErrNothingRelayed = errors.New("relays nothing")
)

// RefusedError is a server's answer to a request for an allocation: an error code of
// RFC 8656.
type RefusedError int

// Error implements error.
func (e RefusedError) Error() string {
	return fmt.Sprintf("makes no allocation: it answers with error %d", int(e))
}

// Credential reports whether the credential is wrong or has ended.
func (e RefusedError) Credential() bool { return int(e) == int(stun.CodeUnauthorized) }

// allocationError is why no allocation was made.
func allocationError(ctx context.Context, err error) error {
	var answer *stun.TurnError
	if errors.As(err, &answer) {
		return RefusedError(answer.ErrorCodeAttr.Code)
	}
	return fmt.Errorf("makes no allocation: %w", cause(ctx, err))
}

// ParseURL is the endpoint of a turn: or turns: URL (RFC 7065), as package ice
// writes them.
func ParseURL(url string) Endpoint {
	scheme, rest, _ := strings.Cut(url, ":")
	address, transport, _ := strings.Cut(rest, "?transport=")
	e := Endpoint{Address: address, Transport: UDP}
	port := "3478"
	if transport == "tcp" {
		e.Transport = TCP
	}
	if scheme == "turns" {
		e.Transport, port = TLS, "5349"
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		e.Address = net.JoinHostPort(strings.Trim(address, "[]"), port)
	}
	return e
}

// Check makes two allocations at a server and sends a packet from one relay to the
// other. The error says which step failed. It looks from this machine; what
// callers see, only they can tell.
func Check(ctx context.Context, e Endpoint) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var relays [2]net.PacketConn
	for i := range relays {
		c, err := e.dial(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		defer c.Close()
		defer context.AfterFunc(ctx, c.Close)() // ends what waits
		relays[i], err = c.Allocate()
		if err != nil {
			return allocationError(ctx, err)
		}
		defer relays[i].Close()
	}
	if err := exchange(ctx, relays[0], relays[1]); err != nil {
		return fmt.Errorf("%w: %w", ErrNothingRelayed, cause(ctx, err))
	}
	return nil
}

// cause is the end of the context, if that is why something failed.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// client is a TURN client that owns its connection.
type client struct {
	*turn.Client
	conn net.PacketConn
}

// Close ends the client and its connection.
func (c client) Close() {
	c.Client.Close()
	_ = c.conn.Close()
}

func (e Endpoint) dial(ctx context.Context) (*client, error) {
	var conn net.PacketConn
	switch e.Transport {
	case UDP:
		server, err := net.ResolveUDPAddr("udp", e.Address)
		if err != nil {
			return nil, err
		}
		network := "udp4" // the client asks for relays of the family of its socket
		if server.IP.To4() == nil {
			network = "udp6"
		}
		conn, err = (&net.ListenConfig{}).ListenPacket(ctx, network, ":0")
		if err != nil {
			return nil, err
		}
	case TCP:
		tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", e.Address)
		if err != nil {
			return nil, err
		}
		conn = turn.NewSTUNConn(tcp)
	case TLS:
		encrypted, err := (&tls.Dialer{Config: e.TLS}).DialContext(ctx, "tcp", e.Address)
		if err != nil {
			return nil, err
		}
		conn = turn.NewSTUNConn(encrypted)
	default:
		return nil, fmt.Errorf("no such transport: %q", e.Transport)
	}
	c, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: e.Address, TURNServerAddr: e.Address, Username: e.Username, Password: e.Password,
		Conn: conn, LoggerFactory: libraryLog{zerolog.Nop()},
	})
	if err == nil {
		err = c.Listen()
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &client{c, conn}, nil
}

// exchange sends from one relay to another until the packet arrives, since UDP may
// lose it.
func exchange(ctx context.Context, from, to net.PacketConn) error {
	// Each has to permit the other. The packet that does it is not what is awaited.
	if _, err := to.WriteTo([]byte("permission"), from.LocalAddr()); err != nil {
		return err
	}
	sent := []byte(rand.Text())
	for got := make([]byte, 64); ; {
		if _, err := from.WriteTo(sent, to.LocalAddr()); err != nil {
			return err
		}
		if err := to.SetReadDeadline(time.Now().Add(checkInterval)); err != nil {
			return err
		}
		n, _, err := to.ReadFrom(got)
		if err == nil && bytes.Equal(got[:n], sent) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
