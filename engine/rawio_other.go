//go:build !unix

package engine

import (
	"net"
	"time"
)

// pulled is the plain way, where sockets are not file descriptors: a reader
// keeps its buffer while it waits, and every write is left to the goroutine
// that may wait.
type pulled struct{ net.Conn }

func newPulled(conn net.Conn) *pulled { return &pulled{conn} }

func (*pulled) try([]byte) (int, error)      { return 0, nil }
func (p *pulled) patient() (net.Conn, error) { return p.Conn, nil }
func (p *pulled) hearOut()                   { _ = p.SetReadDeadline(time.Unix(1, 0)) } // wakes the reader
func (p *pulled) hasten(d time.Duration)     { _ = p.SetWriteDeadline(time.Now().Add(d)) }

func (p *pulled) read(f *frames) ([]byte, error) {
	f.borrow()
	n, err := p.Read(f.buf[:])
	return f.buf[:n], err
}
