package signaling

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// A session has at most one WebSocket.
func TestSecondWebSocket(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		for _, transport := range []string{dialer.WebSocket, dialer.Upgrade} {
			p := h.dial(version, transport)
			h.openWebSocket(version, p.SID).expectClose(1008)
			p.ExpectNothing()
			p.Close()
		}
		p := h.dial(version, dialer.Polling)
		candidate := h.openWebSocket(version, p.SID)
		candidate.probe()
		h.openWebSocket(version, p.SID).expectClose(1008)
		p.ExpectNothing()
		p.Close()
	}
	h.expectAlive()
}

// A WebSocket is closed if the session that it belongs to has ended.
func TestUpgradeOfEndedSession(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		p := h.dial(version, dialer.Polling)
		early := h.openWebSocket(version, p.SID)
		early.probe()
		p.Close()
		h.awaitSessionEnd(p.SID)
		_, _ = early.Write(textFrame("5"))
		if op, got := early.readFrame(); op != 0 && op != ws.OpClose {
			t.Errorf("EIO %d: got %d %q", version, op, got)
		}
		late := h.openRaw()
		late.request(http.MethodGet, fmt.Sprintf("EIO=%d&transport=websocket&sid=%s", version, p.SID), upgradeHeaders...)
		if resp, body := late.response(); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"code":1`) {
			t.Errorf("EIO %d: got %d %s", version, resp.StatusCode, body)
		}
	}
	h.awaitEmpty()
}

// A WebSocket that does not start with the probe is no upgrade, and the session keeps
// polling.
func TestFailedUpgrade(t *testing.T) {
	h := start(t, engineio.Config{})
	tests := []struct {
		name string
		data []byte
	}{
		{"a message", textFrame(`42["message",{}]`)},
		{"upgrade without probe", textFrame("5")},
		{"another ping", textFrame("2other")},
		{"binary", clientFrame(ws.OpBinary, true, "2probe")},
		{"nonsense", []byte(strings.Repeat("\xff", 20))},
		{"goodbye", clientFrame(ws.OpClose, true, "")},
		{"probe twice", append(textFrame("2probe"), textFrame("2probe")...)},
	}
	for _, version := range []int{3, 4} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("EIO%d/%s", version, test.name), func(t *testing.T) {
				h := h.forTest(t)
				p := h.dial(version, dialer.Polling)
				w := h.openWebSocket(version, p.SID)
				w.send(test.data)
				for op, _ := w.readFrame(); op != 0; op, _ = w.readFrame() {
				}
				p.ExpectNothing()
				if err := p.Upgrade(context.Background()); err != nil {
					t.Errorf("a later upgrade: %v", err)
				}
				p.ExpectNothing()
				p.Close()
			})
		}
	}
}
