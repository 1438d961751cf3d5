package netpoll

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// corkedReader notes whether the cork was in at each read.
type corkedReader struct {
	cork  *recordingCork
	reads chan bool
	block chan struct{} // nil, or what a read waits for
}

func (r corkedReader) OnRead([]byte) (more bool) {
	in, _ := r.cork.state()
	r.reads <- in
	if r.block != nil {
		<-r.block
	}
	return true
}

func (corkedReader) OnReadError(error) {}
func (corkedReader) OnWritten(error)   {}

// Connections that have something to read at the same time are read with the cork in,
// and one by itself without it.
func TestCork(t *testing.T) {
	cork, block := new(recordingCork), make(chan struct{})
	p := New(cork)
	defer p.Stop()
	var clients []net.Conn
	var conns []*epollConn
	var readers []corkedReader
	for range 3 {
		client, server := tcpPair(t)
		defer client.Close()
		r := corkedReader{cork: cork, reads: make(chan bool, 1)}
		if len(readers) == 0 {
			r.block = block
		}
		conn := p.Adopt(server).(*epollConn)
		clients, conns, readers = append(clients, client), append(conns, conn), append(readers, r)
		conn.Start(r)
	}
	send := func(i int) {
		if _, err := clients[i].Write([]byte("a")); err != nil {
			t.Fatal(err)
		}
	}
	send(0)
	if in := <-readers[0].reads; in { // the loop waits for block from now on
		t.Error("one connection was read with the cork in")
	}
	for i := range 2 {
		send(1 + i)
		eventually(t, "it has arrived", func() bool {
			n, err := unix.IoctlGetInt(conns[1+i].fd, unix.TIOCINQ)
			return err == nil && n == 1
		})
	}
	close(block)
	if first, second := <-readers[1].reads, <-readers[2].reads; !first || !second {
		t.Errorf("two connections were read with the cork in: %v, %v", first, second)
	}
	eventually(t, "the cork is pulled", func() bool {
		in, puts := cork.state()
		return !in && puts == 1
	})
}
