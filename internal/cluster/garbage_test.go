package cluster

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/internal/enginetest/race"
)

// sink is a connection that takes everything.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error) { return len(b), nil }

func (sink) SetWriteDeadline(time.Time) error { return nil }

// To send a body, or to receive one, takes no memory of its size: the collector would cost more
// than all else.
func TestBodiesLeaveNoGarbage(t *testing.T) {
	const size, most = 10_000, 2_000
	body := make([]byte, size)
	a, b := idleNode(t), idleNode(t)
	a.publisher.connected(sink{}, false)
	sending := bytesPerRun(func() {
		a.Queue(b.id, 2, body)
		a.Flush()
		if !a.answered(true) {
			t.Fatal("nothing was sent")
		}
	})
	if sending > most {
		t.Errorf("to send %d bytes takes %d bytes of memory", size, sending)
	}
	if race.Enabled { // memory is not used again
		return
	}
	received := 0
	b.Handle(2, func(NodeID, []byte) { received++ })
	p := packet{stream: 1, first: 1}
	text := appendFrame(p.appendHeader(nil), 2, body)
	head := append([]byte{packetVersion}, a.id...)
	message := string(a.keys.seal(head, text, packetContext(a.id, b.id), forPackets))
	receiving := bytesPerRun(func() {
		b.take(message, nil)
		b.link.peers[a.id].upTo = 0 // so that it is new again
	})
	if receiving > most || received < 100 {
		t.Errorf("to receive %d bytes %d times takes %d bytes of memory", size, received, receiving)
	}
}

func idleNode(t *testing.T) *Node {
	t.Helper()
	n, err := New(Options{URL: "redis://127.0.0.1:1", Secret: testSecret, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bytesPerRun is how much memory a function takes, once it has what it uses again.
func bytesPerRun(f func()) uint64 {
	const warmup, runs = 10, 200
	for range warmup {
		f()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}
