package engineio

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"vidchat/internal/engineio/wire"
)

// stallingConn takes as much of a write as the test says, and the rest later.
type stallingConn struct {
	*recordingConn
	takes  func(n int) int
	queued []byte // not written yet
	wrote  []byte
}

func (c *stallingConn) TryWrite(b []byte) (int, error) {
	n := c.takes(len(b))
	c.wrote = append(c.wrote, b[:n]...)
	return n, nil
}

func (c *stallingConn) QueueWrite(b []byte) { c.queued = b }

// goOn writes what is queued.
func (c *stallingConn) goOn() {
	for c.queued != nil {
		b := c.queued
		c.wrote, c.queued = append(c.wrote, b...), nil
		c.handler.OnWritten(nil)
	}
}

// Sessions whose sockets stall use the same memory one after the other. Each is sent
// its own messages, whole and in order.
func TestStalledSessionsKeepTheirBytes(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var sessions []*Session
		var conns []*stallingConn
		want := make([][]byte, 3)
		for range want {
			s, recording := recordedSession(t)
			c := &stallingConn{recordingConn: recording, takes: func(n int) int {
				return []int{0, 1, n / 2, n}[rng.IntN(4)]
			}}
			s.socket.conn = c
			sessions, conns = append(sessions, s), append(conns, c)
		}
		for n := range 400 {
			i := rng.IntN(len(sessions))
			switch s := sessions[i]; rng.IntN(10) {
			case 0:
				conns[i].goOn()
			case 1:
				s.server.cork.Put()
			case 2:
				s.server.cork.Pull()
			default:
				body := bytes.Repeat([]byte{byte('a' + i)}, rng.IntN(3000))
				fill := fmt.Sprintf(",%d]", n)
				o := wire.NewMessage("[", string(body), fill)
				want[i] = append(want[i], o.Frame()...)
				s.SendDraft(wire.Draft{Head: "[", Body: body, Tail: []byte(fill)}, false)
				clear(body) // it was borrowed
			}
		}
		for i, s := range sessions {
			s.server.cork.Pull()
			conns[i].goOn()
			if !bytes.Equal(conns[i].wrote, want[i]) || s.Reason() != "" {
				t.Fatalf("seed %d: session %d was sent other bytes than its own (%q)", seed, i, s.Reason())
			}
			checkFree(t, s)
		}
	}
}
