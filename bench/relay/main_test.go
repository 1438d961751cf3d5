package main

import (
	"bytes"
	"net"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func TestRelay(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- serve(listener) }()
	a, b := dial(t, listener, "/1"), dial(t, listener, "/1")
	c, d := dial(t, listener, "/2"), dial(t, listener, "/2")
	for _, size := range []int{0, 1, 125, 126, 4096, 65535, 65536, 200000} {
		for i, pair := range [][2]net.Conn{{a, b}, {b, a}, {c, d}} {
			sent := bytes.Repeat([]byte{byte('a' + i)}, size)
			if err := wsutil.WriteClientText(pair[0], sent); err != nil {
				t.Fatal(err)
			}
			got, err := wsutil.ReadServerText(pair[1])
			if err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("%d of %d bytes arrived (%v)", len(got), size, err)
			}
		}
	}
	_ = listener.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A burst arrives as several frames per read and as frames split across reads.
func TestRelayOfABurst(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { _ = serve(listener) }()
	a, b := dial(t, listener, "/"), dial(t, listener, "/")
	var burst bytes.Buffer
	const frames = 500
	for range frames {
		if err := wsutil.WriteClientText(&burst, []byte("thirteen bytes")); err != nil {
			t.Fatal(err)
		}
	}
	go func() { _, _ = a.Write(burst.Bytes()) }()
	for range frames {
		if got, err := wsutil.ReadServerText(b); err != nil || string(got) != "thirteen bytes" {
			t.Fatalf("got %q (%v)", got, err)
		}
	}
}

func dial(t *testing.T, listener net.Listener, path string) net.Conn {
	t.Helper()
	conn, _, _, err := ws.Dial(t.Context(), "ws://"+listener.Addr().String()+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
