// Command relay is the limit that vidchat is measured against: a WebSocket
// server that only hands frames from one end of a pair to the other. The two
// ends of a pair ask for the same path. It listens on 127.0.0.1 and PORT.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gobwas/ws"
)

func main() {
	if err := run(net.JoinHostPort("127.0.0.1", os.Getenv("PORT"))); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

func run(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return serve(listener)
}

// serve accepts connections until the listener is closed.
func serve(listener net.Listener) error {
	waiting := pairing{ends: make(map[string]*end)}
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		go waiting.attend(conn)
	}
}

// pairing holds the ends that wait for their other end, by path.
type pairing struct {
	mu   sync.Mutex // guards ends
	ends map[string]*end
}

// end is one connection of a pair.
type end struct {
	conn  net.Conn
	other atomic.Pointer[end] // nil until it has come
}

// attend serves one connection from handshake to end.
func (p *pairing) attend(conn net.Conn) {
	defer conn.Close()
	e := &end{conn: conn}
	var path string
	upgrader := ws.Upgrader{
		OnRequest: func(uri []byte) error { path = string(uri); return nil },
		// Before the answer, so that who has it can be reached.
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) { p.enter(path, e); return nil, nil },
	}
	defer func() { p.leave(path, e) }()
	if _, err := upgrader.Upgrade(conn); err != nil {
		return
	}
	e.pump()
}

func (p *pairing) enter(path string, e *end) {
	p.mu.Lock()
	defer p.mu.Unlock()
	other, ok := p.ends[path]
	if !ok {
		p.ends[path] = e
		return
	}
	delete(p.ends, path)
	e.other.Store(other)
	other.other.Store(e)
}

func (p *pairing) leave(path string, e *end) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ends[path] == e {
		delete(p.ends, path)
	}
}

// pump hands frames over until the connection ends. Only this goroutine writes
// to the other end.
func (e *end) pump() {
	buf := make([]byte, 4096)
	for n := 0; ; {
		read, err := e.conn.Read(buf[n:])
		if err != nil {
			return
		}
		n += read
		used, err := e.relay(buf[:n])
		if err != nil {
			return
		}
		n = copy(buf, buf[used:n])
		if n == len(buf) {
			buf = append(buf, make([]byte, n)...)
		}
	}
}

// relay hands over the whole frames at the beginning of buf, and tells how many
// bytes they were. It changes them in place: a server's frame is a client's
// without the mask.
func (e *end) relay(buf []byte) (used int, err error) {
	for {
		head, size := frameSize(buf[used:])
		if size == 0 || used+size > len(buf) {
			return used, nil
		}
		frame := buf[used : used+size]
		used += size
		other := e.other.Load()
		if other == nil {
			continue
		}
		if _, err := other.conn.Write(unmask(frame, head)); err != nil {
			return used, err
		}
	}
}

// maskSize is what a client's frame has in its header and a server's has not.
const maskSize = 4

// frameSize tells the size of the header and of the whole masked frame that buf
// begins with, or zero while that cannot be told.
func frameSize(buf []byte) (head, size int) {
	if len(buf) < 2 {
		return 0, 0
	}
	head, payload := 2, int(buf[1]&0x7f)
	if payload >= 126 {
		more := 2
		if payload == 127 {
			more = 8
		}
		if len(buf) < head+more {
			return 0, 0
		}
		payload = 0
		for _, b := range buf[head : head+more] {
			payload = payload<<8 | int(b)
		}
		head += more
	}
	return head + maskSize, head + maskSize + payload
}

// unmask turns a client's frame into a server's.
func unmask(frame []byte, head int) []byte {
	mask := [maskSize]byte(frame[head-maskSize : head])
	ws.Cipher(frame[head:], mask, 0)
	copy(frame[maskSize:], frame[:head-maskSize])
	frame = frame[maskSize:]
	frame[1] &= 0x7f
	return frame
}
