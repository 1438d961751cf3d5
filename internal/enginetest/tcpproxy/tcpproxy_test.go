package tcpproxy

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect connects through a proxy and returns both ends.
func connect(t *testing.T, delay Delay) (p *Proxy, client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p = Start(t, listener.Addr().String(), delay)
	if client, err = net.Dial("tcp", p.Address()); err != nil {
		t.Fatal(err)
	}
	if server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return p, client, server
}

func TestOrderAndDelay(t *testing.T) {
	const delay = 20 * time.Millisecond
	_, client, server := connect(t, Constant(delay))
	began := time.Now()
	var sent []byte
	for i := range 100 {
		sent = append(sent, byte(i))
		if _, err := client.Write(sent[i:]); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("received %v, %v", got, err)
	}
	if took := time.Since(began); took < delay {
		t.Errorf("arrived after %v, want at least %v", took, delay)
	}
}

func TestEndIsForwarded(t *testing.T) {
	_, client, server := connect(t, UpTo(time.Millisecond))
	_ = client.Close()
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the server sees %v", err)
	}
}

func TestFailIsHiddenFromServer(t *testing.T) {
	p, client, server := connect(t, Constant(0))
	if _, err := client.Write([]byte("before")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(server, got); err != nil {
		t.Fatal(err)
	}
	p.Fail()
	if _, err := client.Read(got); err == nil {
		t.Error("the client is still connected")
	}
	if _, err := net.Dial("tcp", p.Address()); err == nil {
		t.Error("a client can connect again")
	}
	for range 2 {
		if _, err := server.Write([]byte("lost")); err != nil {
			t.Errorf("the server notices: %v", err)
		}
	}
	_ = server.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, err := server.Read(got); err == io.EOF || n > 0 {
		t.Errorf("the server receives %q, %v", got[:n], err)
	}
}
