//go:build unix

package engine

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// pulled is a connection that a goroutine waits for. A read borrows its buffer
// only once there is something to read; a write takes what the kernel takes
// and never waits. Both need the descriptor, below what net.Conn offers.
type pulled struct {
	net.Conn
	raw     syscall.RawConn // nil where the connection has no descriptor: TLS
	onRead  func(fd uintptr) bool
	onWrite func(fd uintptr) bool
	reader  *frames // that reads at the moment
	pending []byte  // what is to be written
	n, wn   int
	err     error
	werr    error
}

func newPulled(conn net.Conn) *pulled {
	p := &pulled{Conn: conn}
	source, ok := conn.(syscall.Conn)
	if !ok {
		return p
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return p
	}
	// The two callbacks are made once, so that no read or write allocates one.
	p.raw, p.onRead, p.onWrite = raw, p.readReady, p.writeReady
	return p
}

func (p *pulled) patient() (net.Conn, error) { return p.Conn, nil }

func (p *pulled) hearOut() { _ = p.SetReadDeadline(time.Unix(1, 0)) } // wakes the reader

func (p *pulled) hasten(d time.Duration) { _ = p.SetWriteDeadline(time.Now().Add(d)) }

// read reads into the buffer of f. It gives that back before it waits.
func (p *pulled) read(f *frames) ([]byte, error) {
	if p.raw == nil {
		f.borrow()
		n, err := p.Read(f.buf[:])
		return f.buf[:n], err
	}
	p.reader = f
	err := p.raw.Read(p.onRead)
	if errors.Is(err, os.ErrDeadlineExceeded) && f.frozen.Load() {
		_ = p.SetReadDeadline(time.Time{}) // it was there to wake us
		err = p.raw.Read(p.onRead)
	}
	if err == nil {
		err = p.err
	}
	if err != nil {
		return nil, err
	}
	return f.buf[:p.n], nil
}

// readReady is called when the socket may have something. It tells whether
// the read is done.
func (p *pulled) readReady(fd uintptr) bool {
	f := p.reader
	f.borrow()
	n, err := retry(func() (int, error) { return syscall.Read(int(fd), f.buf[:]) })
	if err == syscall.EAGAIN {
		if f.frozen.Load() {
			p.n, p.err = 0, errFrozen
			return true
		}
		f.free()
		return false
	}
	p.n, p.err = max(n, 0), err
	return true
}

func (p *pulled) try(b []byte) (int, error) {
	if p.raw == nil {
		return 0, nil
	}
	p.pending, p.wn, p.werr = b, 0, nil
	err := p.raw.Write(p.onWrite)
	p.pending = nil
	if err != nil {
		return 0, err
	}
	return p.wn, p.werr
}

func (p *pulled) writeReady(fd uintptr) bool {
	p.wn, p.werr = writeNow(int(fd), p.pending)
	return true
}

// writeNow writes what a socket takes without waiting.
func writeNow(fd int, b []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Write(fd, b) })
	if err == syscall.EAGAIN {
		err = nil
	}
	return max(n, 0), err
}

// retry calls a system call again where a signal interrupted it. Errors of
// system calls are compared as they are: errors.Is costs a tenth of a read.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}
