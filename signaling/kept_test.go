package signaling

import (
	"fmt"
	"strings"
	"testing"

	"vidchat/internal/enginetest/dialer"
)

// mustReadFrame reads one frame of a connection that must not have ended.
func (w *rawConn) mustReadFrame() string {
	w.t.Helper()
	op, payload := w.readFrame()
	if op == 0 {
		w.t.Fatal("the connection has ended")
	}
	return payload
}

// A member that confirms nothing is sent 100 messages and loses its connection. If it has
// handled too few to get the rest, it is told so by resumed: false, and the other member
// by bye and join. Otherwise it gets the rest.
func TestTooManyUnconfirmedMessages(t *testing.T) {
	for seen, resumed := range map[int]bool{0: false, 30: false, 60: true, 100: true} {
		t.Run(fmt.Sprint("seen ", seen), func(t *testing.T) {
			const sent = 100
			h := startWithHold(t)
			a := h.dial(4, dialer.WebSocket)
			a.enter("x", nil)
			lost := h.connectedWebSocket(4)
			lost.send(textFrame(`421["enter","x",{}]`))
			seat := ""
			for seat == "" {
				packet := lost.mustReadFrame()
				if rest, ok := strings.CutPrefix(packet, "431"); ok {
					seat, _ = parseAck(t, "3"+"1"+rest, "1")["seat"].(string)
				}
			}
			a.ExpectPrefix(`2["join"`)
			for i := range sent {
				a.MustSend(event("message", fmt.Sprint("m", i+1)))
			}
			for received := 0; received < sent; {
				if strings.HasPrefix(lost.mustReadFrame(), `42["message"`) {
					received++
				}
			}
			_ = lost.tcp().SetLinger(0)
			_ = lost.Close()
			a.ExpectPrefix(`2["away"`)
			b := h.dial(4, dialer.WebSocket)
			ack := b.enter("x", map[string]any{"seat": seat, "seen": seen})
			if ack["seat"] != seat || ack["resumed"] != resumed {
				t.Fatalf("the ack is %v", ack)
			}
			if !resumed {
				a.ExpectPrefix(`2["bye"`)
				a.ExpectPrefix(`2["join"`)
				a.MustSend(event("message", "next"))
				b.ExpectPrefix(`2["message","next"`)
				return
			}
			a.ExpectPrefix(`2["back"`)
			for i := seen; i < sent; i++ {
				b.ExpectPrefix(fmt.Sprintf(`2["message","m%d"`, i+1))
			}
		})
	}
}
