//go:build unix

package engine

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// rawIO reads and writes the socket itself. A read borrows its buffer only
// once there is something to read; a write takes what the kernel takes and
// never waits. Both need the descriptor, below what net.Conn offers.
type rawIO struct {
	conn    syscall.RawConn // nil where the connection has no descriptor: TLS
	onRead  func(fd uintptr) bool
	onWrite func(fd uintptr) bool
	pending []byte // what is to be written
	n, wn   int
	err     error
	werr    error
}

// init makes the two callbacks once, so that no read or write allocates one.
func (io *rawIO) init(f *frames) {
	source, ok := f.conn.(syscall.Conn)
	if !ok {
		return
	}
	conn, err := source.SyscallConn()
	if err != nil {
		return
	}
	io.conn = conn
	io.onRead = f.readReady
	io.onWrite = f.writeReady
}

// read fills the buffer behind f.w. It gives the buffer back before it waits,
// if there is nothing in it.
func (io *rawIO) read(f *frames) (int, error) {
	if io.conn == nil {
		f.borrow()
		return f.conn.Read(f.buf[f.w:])
	}
	err := io.conn.Read(io.onRead)
	if errors.Is(err, os.ErrDeadlineExceeded) && f.frozen.Load() {
		_ = f.conn.SetReadDeadline(time.Time{}) // it was there to wake us
		err = io.conn.Read(io.onRead)
	}
	if err != nil {
		return 0, err
	}
	return io.n, io.err
}

var errFrozen = errors.New("no more is read")

func (f *frames) borrow() {
	if f.buf == nil {
		f.buf = readBuffers.Get().(*readBuffer)
	}
}

// readReady is called when the socket may have something. It tells whether
// the read is done.
func (f *frames) readReady(fd uintptr) bool {
	f.borrow()
	n, err := retry(func() (int, error) { return syscall.Read(int(fd), f.buf[f.w:]) })
	if err == syscall.EAGAIN {
		if f.frozen.Load() {
			f.raw.n, f.raw.err = 0, errFrozen
			return true
		}
		if f.w == 0 {
			f.free()
		}
		return false
	}
	f.raw.n, f.raw.err = max(n, 0), err
	return true
}

// try writes what the socket takes at once, and tells how much that was.
func (io *rawIO) try(b []byte) (int, error) {
	if io.conn == nil {
		return 0, nil
	}
	io.pending, io.wn, io.werr = b, 0, nil
	err := io.conn.Write(io.onWrite)
	io.pending = nil
	if err != nil {
		return 0, err
	}
	return io.wn, io.werr
}

func (f *frames) writeReady(fd uintptr) bool {
	n, err := retry(func() (int, error) { return syscall.Write(int(fd), f.raw.pending) })
	if err == syscall.EAGAIN {
		err = nil
	}
	f.raw.wn, f.raw.werr = max(n, 0), err
	return true
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
