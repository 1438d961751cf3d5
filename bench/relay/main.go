// Command relay is the lower bound that vidchat is measured against: a WebSocket
// server that only forwards frames between the two clients of a pair. Clients
// that request the same path form a pair. It listens on 127.0.0.1:$PORT.
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
	waiting := pairing{peers: make(map[string]*peer)}
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		go waiting.handle(conn)
	}
}

// pairing holds the peers that wait for the other of their pair, by path.
type pairing struct {
	mu    sync.Mutex // guards peers
	peers map[string]*peer
}

// peer is one connection of a pair.
type peer struct {
	conn  net.Conn
	other atomic.Pointer[peer] // nil until it has connected
}

// handle serves one connection from the handshake until it closes.
func (p *pairing) handle(conn net.Conn) {
	defer conn.Close()
	self := &peer{conn: conn}
	var path string
	upgrader := ws.Upgrader{
		OnRequest: func(uri []byte) error { path = string(uri); return nil },
		// Before the response, so that a client that has it can be reached.
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) { p.add(path, self); return nil, nil },
	}
	defer func() { p.remove(path, self) }()
	if _, err := upgrader.Upgrade(conn); err != nil {
		return
	}
	self.forwardAll()
}

func (p *pairing) add(path string, self *peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	other, ok := p.peers[path]
	if !ok {
		p.peers[path] = self
		return
	}
	delete(p.peers, path)
	self.other.Store(other)
	other.other.Store(self)
}

func (p *pairing) remove(path string, self *peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.peers[path] == self {
		delete(p.peers, path)
	}
}

// forwardAll forwards frames until the connection closes. Only this goroutine
// writes to the other peer.
func (p *peer) forwardAll() {
	buf := make([]byte, 4096)
	for n := 0; ; {
		read, err := p.conn.Read(buf[n:])
		if err != nil {
			return
		}
		n += read
		used, err := p.forward(buf[:n])
		if err != nil {
			return
		}
		n = copy(buf, buf[used:n])
		if n == len(buf) {
			buf = append(buf, make([]byte, n)...)
		}
	}
}

// forward forwards the complete frames at the beginning of buf and returns how many
// bytes they took. It unmasks them in place, because a server's frame is a client's
// frame without the mask.
func (p *peer) forward(buf []byte) (used int, err error) {
	for {
		head, size := frameSize(buf[used:])
		if size == 0 || used+size > len(buf) {
			return used, nil
		}
		frame := buf[used : used+size]
		used += size
		other := p.other.Load()
		if other == nil {
			continue
		}
		if _, err := other.conn.Write(unmask(frame, head)); err != nil {
			return used, err
		}
	}
}

// maskSize is the size of the mask, which only a client's frame has.
const maskSize = 4

// frameSize returns the size of the header and of the whole masked frame at the
// beginning of buf, or zeros if buf is too short to tell.
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

// unmask turns a client's frame into a server's frame.
func unmask(frame []byte, head int) []byte {
	mask := [maskSize]byte(frame[head-maskSize : head])
	ws.Cipher(frame[head:], mask, 0)
	copy(frame[maskSize:], frame[:head-maskSize])
	frame = frame[maskSize:]
	frame[1] &= 0x7f
	return frame
}
