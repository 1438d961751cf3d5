package chaos

import (
	"net"
	"sync"
	"testing"
)

// radio is a TCP proxy that can go mute: nothing passes any more, nobody reads
// what the server sends, and it hears of no end.
type radio struct {
	net.Listener
	to     string
	conns  sync.WaitGroup
	mu     sync.Mutex // guards what follows
	mute   bool
	client []net.Conn
	server []net.Conn
}

func newRadio(t testing.TB, to string) *radio {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &radio{Listener: listener, to: to}
	r.conns.Go(r.serve)
	t.Cleanup(r.close)
	return r
}

func (r *radio) serve() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		r.mu.Lock()
		r.client, r.server = append(r.client, client), append(r.server, server)
		r.mu.Unlock()
		r.conns.Go(func() { r.carry(server, client) })
		r.conns.Go(func() { r.carry(client, server) })
	}
}

// carry passes on what comes until the radio is mute. Then it no longer reads.
func (r *radio) carry(to, from net.Conn) {
	buf := make([]byte, 2<<10)
	for {
		n, err := from.Read(buf)
		r.mu.Lock()
		mute := r.mute
		r.mu.Unlock()
		switch {
		case mute:
			return
		case err != nil:
			_ = to.Close()
			return
		}
		_, _ = to.Write(buf[:n])
	}
}

// silence lets nothing pass any more, and nobody in.
func (r *radio) silence() {
	_ = r.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mute = true
	for _, conn := range r.client {
		_ = conn.Close()
	}
}

func (r *radio) close() {
	r.silence()
	r.mu.Lock()
	for _, conn := range r.server {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.conns.Wait()
}

func TestRadioGoesMute(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r := newRadio(t, listener.Addr().String())
	client, err := newWire(t.Context(), r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client.put("passes")
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 6)
	if n, err := conn.Read(got); err != nil || string(got[:n]) != "passes" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	r.silence()
	if _, err := client.Read(got); err == nil {
		t.Error("the client does not see the end")
	}
	for range 2 {
		if _, err := conn.Write([]byte("into the void")); err != nil {
			t.Errorf("the server sees it: %v", err)
		}
	}
}
