package signaling

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/race"
	"vidchat/internal/enginetest/socketkind"
	"vidchat/internal/socketio"
)

// Which messages are relayed.
func TestRelayOnlyWithinRoom(t *testing.T) {
	h := start(t, engineio.Config{})
	a, b := h.pair("x")
	stranger, neighbour := h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	neighbour.Join("y")
	tests := []struct {
		name    string
		from    *client
		details string
		relayed bool
	}{
		{"own room", a, `{"room":"x"}`, true},
		{"no room", a, `{"sdp":1}`, true},
		{"null room", a, `{"room":null}`, true},
		{"no object", a, `"hello"`, true},
		{"escaped name", a, `{"room":"\u0078"}`, true},
		{"another room", a, `{"room":"y"}`, false},
		{"a room that does not exist", a, `{"room":"z"}`, false},
		{"a room that is a number", a, `{"room":1}`, false},
		{"without a seat", stranger, `{"room":"x"}`, false},
		{"without a seat or a room", stranger, `{"a":1}`, false},
		{"from another room", neighbour, `{"room":"x"}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := h.sockets.Refused(socketio.RefusedRoom)
			test.from.MustSend(`2["message",` + test.details + `]`)
			if test.relayed {
				senderOf(t, b.Next(), test.details)
				return
			}
			for _, p := range []*client{test.from, a, b, neighbour} {
				p.ExpectNothing()
			}
			if h.sockets.Refused(socketio.RefusedRoom) != before+1 {
				t.Error("it was not counted")
			}
		})
	}
}

// Details that decoding and encoding JSON would change.
var delicateDetails = []string{
	`{"sdp":"é ü 漢字 😀 \ud83d\ude00 \ud800 \u2028` + "\u2028\u2029" + `","room":"x"}`,
	`{"z":1,"a":2,"room":"x","m":[1e400,-0,1.0,12345678901234567890,0.1e-7]}`,
	`{ "spaces" :  [ 1 , 2 ] , "room" : "x" }`,
	`{"room":"x","unknown":{"deep":[[[[{"a":null}]]]]},"dup":1,"dup":2}`,
	`{"room":"x","sdp":"` + strings.Repeat("a=candidate:1 1 udp 2113937151\\r\\n", 300) + `"}`,
	`{"room":"x","html":"<script>&amp;</script>","slash":"\/"}`,
}

func TestRelayByteForByte(t *testing.T) {
	forEachTransport(t, func(t *testing.T, h *harness, version int, transport string) {
		a := h.dial(version, transport)
		a.Join("x")
		runEach(t, func(t *testing.T, otherVersion int, otherTransport string) {
			b := h.forTest(t).dial(otherVersion, otherTransport)
			b.Join("x")
			a.Expect(`2["join","x"]`)
			for _, details := range delicateDetails {
				a.MustSend(`2["message",` + details + `]`)
				senderOf(t, b.Next(), details)
				b.MustSend(`2["message",` + details + `,null,"third"]`)
				senderOf(t, a.Next(), details)
			}
			b.Close()
			a.ExpectPrefix(`2["bye","x"`)
		})
	})
}

// rawPair is two clients in a call, of which one sends to the other.
type rawPair struct{ from, to *rawConn }

func (h *harness) rawPair(room string) rawPair {
	h.t.Helper()
	p := rawPair{h.connectedWebSocket(3), h.connectedWebSocket(3)}
	p.from.join(room)
	p.to.join(room)
	for op, got := p.from.readFrame(); got != `42["join","`+room+`"]`; op, got = p.from.readFrame() {
		if op != ws.OpPing {
			h.t.Fatalf("got %q", got)
		}
	}
	return p
}

// relayer relays messages of several pairs at the same time, each in a room of its own.
type relayer struct {
	pairs []rawPair
	size  int
	frame []byte
	buf   []byte
}

func newRelayer(t testing.TB, cfg Config, count, size int) *relayer {
	t.Helper()
	h := startServer(t, cfg)
	r := &relayer{size: size, buf: make([]byte, 2*size+200)}
	r.frame = textFrame(`42["message",{"sdp":"` + strings.Repeat("a", size) + `"}]`)
	for i := range count {
		r.pairs = append(r.pairs, h.rawPair(fmt.Sprint("room", i)))
	}
	return r
}

// relay relays one message of each pair. A ping may come before it.
func (r *relayer) relay(t testing.TB) {
	for _, p := range r.pairs {
		p.from.send(r.frame)
	}
	for _, p := range r.pairs {
		if n, err := io.ReadAtLeast(p.to.Conn, r.buf, r.size); err != nil {
			t.Fatalf("got %.40q, %v", r.buf[:n], err)
		}
	}
}

// Relaying a message allocates nothing: what is kept until it has arrived, and the frame
// that is sent, are in memory that is used again.
func TestRelayAllocations(t *testing.T) {
	if race.Enabled || socketkind.OverTLS() {
		return // these allocate too
	}
	for _, count := range []int{1, 16} {
		for _, size := range []int{200, 2500} {
			for _, hold := range []time.Duration{0, testHold} {
				r := newRelayer(t, Config{SeatHold: hold}, count, size)
				for range keptMessages { // nothing is confirmed: then the oldest is dropped for each
					r.relay(t)
				}
				if allocations := testing.AllocsPerRun(200, func() { r.relay(t) }); allocations > 0 {
					t.Errorf("%d pairs, %d bytes, seats held for %v: %v allocations", count, size, hold, allocations)
				}
			}
		}
	}
}

// BenchmarkRelay relays within a process alone, and within one of several nodes, which
// costs next to nothing more.
func BenchmarkRelay(b *testing.B) {
	for _, count := range []int{1, 16} {
		for _, size := range []int{200, 2500} {
			b.Run(fmt.Sprintf("pairs=%d/size=%d/alone", count, size), func(b *testing.B) {
				benchmarkRelay(b, Config{SeatHold: testHold}, count, size)
			})
			b.Run(fmt.Sprintf("pairs=%d/size=%d/node", count, size), func(b *testing.B) {
				benchmarkRelay(b, Config{SeatHold: testHold, Cluster: newCloud(b).add()}, count, size)
			})
		}
	}
}

func benchmarkRelay(b *testing.B, cfg Config, count, size int) {
	r := newRelayer(b, cfg, count, size)
	b.ReportAllocs()
	b.SetBytes(int64(count * size))
	for b.Loop() {
		r.relay(b)
	}
}
