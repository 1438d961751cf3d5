package signaling

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/socketkind"
)

// talking are two raw clients in a call. What the first sends in a frame, the
// second receives.
func talking(t testing.TB, seats bool) (from, to *rawConn) {
	cfg := Config{Engine: engineio.Config{}}
	if seats {
		cfg.SeatHold = testHold
	}
	h := startServer(t, cfg)
	from, to = h.connected(3), h.connected(3)
	for _, w := range []*rawConn{from, to} {
		w.put(frameOf(`42["create or join","x"]`))
		_, _ = w.frame()
	}
	for op, got := from.frame(); got != `42["join","x"]`; op, got = from.frame() {
		if op != ws.OpPing {
			t.Fatalf("got %q", got)
		}
	}
	return from, to
}

func detailsOf(size int) string { return `{"room":"x","sdp":"` + strings.Repeat("a", size) + `"}` }

// relayOnce sends a frame and waits for the message.
func relayOnce(t testing.TB, from, to *rawConn, frame, buf []byte, size int) {
	from.put(frame)
	n, err := io.ReadAtLeast(to.Conn, buf, size)
	if err != nil || !bytes.HasSuffix(buf[:n], []byte(`"]`)) {
		t.Fatalf("got %.40q, %v", buf[:n], err)
	}
}

// Relaying a message allocates twice: a copy of the packet, which may be kept,
// and the frame that is sent.
func TestRelayAllocations(t *testing.T) {
	if raceEnabled {
		return // which allocates by itself
	}
	for _, size := range []int{200, 2500} {
		from, to := talking(t, false)
		frame, buf := frameOf(`42["message",`+detailsOf(size)+`]`), make([]byte, 2*size+200)
		allocs := testing.AllocsPerRun(500, func() { relayOnce(t, from, to, frame, buf, size) })
		if allocs > 2 && !socketkind.OverTLS() { // which allocates for each record
			t.Errorf("%d bytes: %v allocations, want 2", size, allocs)
		}
	}
}

func BenchmarkRelay(b *testing.B) {
	for _, size := range []int{200, 2500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			from, to := talking(b, true)
			frame, buf := frameOf(`42["message",`+detailsOf(size)+`]`), make([]byte, 2*size+200)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				from.put(frame)
				for n := 0; n < size; { // a ping may come between
					m, err := to.Conn.Read(buf[n:])
					if err != nil {
						b.Fatal(err)
					}
					n += m
				}
			}
		})
	}
}
