package signaling

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/socketio"
)

// What real clients and proxies send that Node serves.

// Older Swift clients name no version, and speak 3.
func TestNoVersionIsThree(t *testing.T) {
	h := start(t, engineio.Config{})
	w := h.openRaw()
	w.request(http.MethodGet, "transport=websocket", upgradeHeaders...)
	if resp, body := w.response(); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %d %s", resp.StatusCode, body)
	}
	if _, open := w.readFrame(); !strings.HasSuffix(open, `"pingTimeout":5000}`) {
		t.Errorf("opened with %s", open)
	}
	w.expectText("40")
	w.send(textFrame("2"))
	w.expectText("3")

	w = h.openRaw()
	w.request(http.MethodGet, "transport=polling")
	resp, body := w.response()
	if resp.StatusCode != http.StatusOK || !strings.HasSuffix(body, "2:40") {
		t.Fatalf("got %d %s", resp.StatusCode, body)
	}
	w = h.openRaw()
	w.request(http.MethodPost, "transport=polling&sid="+resp.Cookies()[0].Value, "Content-Length: 3")
	w.send([]byte("1:2"))
	if resp, body := w.response(); body != "ok" {
		t.Errorf("the post got %d %s", resp.StatusCode, body)
	}
}

func TestUpgradeHeaders(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, tt := range []struct {
		name        string
		connection  []string
		subprotocol string // asked for
		status      int
		answer      string
	}{
		{"as usual", []string{"Connection: Upgrade"}, "", 101, ""},
		{"a list", []string{"Connection: keep-alive, Upgrade"}, "", 101, ""},
		{"two lines", []string{"Connection: keep-alive", "Connection: Upgrade"}, "", 101, ""},
		{"two lines, turned", []string{"Connection: upgrade", "Connection: keep-alive"}, "", 101, ""},
		{"no upgrade", []string{"Connection: keep-alive"}, "", 400, ""},
		{"another word", []string{"Connection: no-upgrade"}, "", 400, ""},
		{"a subprotocol", []string{"Connection: Upgrade"}, "Sec-WebSocket-Protocol: chat", 101, "chat"},
		{"two subprotocols", []string{"Connection: Upgrade"}, "Sec-WebSocket-Protocol: v2.chat, v1.chat", 101, "v2.chat"},
		{"two lines of subprotocols", []string{"Connection: Upgrade"}, "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Protocol: a", 101, "b"},
	} {
		headers := append(tt.connection, upgradeHeaders[1:]...)
		if tt.subprotocol != "" {
			headers = append(headers, tt.subprotocol)
		}
		w := h.openRaw()
		w.request(http.MethodGet, "EIO=4&transport=websocket", headers...)
		resp, body := w.response()
		if resp.StatusCode != tt.status || resp.Header.Get("Sec-WebSocket-Protocol") != tt.answer {
			t.Errorf("%s: got %d %s, subprotocol %q", tt.name, resp.StatusCode, body, resp.Header.Get("Sec-WebSocket-Protocol"))
		}
	}
}

// A client with forceBase64 sends binary as text by every transport. It is
// dropped everywhere, and the connection lives.
func TestBinaryInBase64IsDropped(t *testing.T) {
	for _, transport := range dialer.Transports {
		for version, packet := range map[int]string{3: "b4AQID", 4: "bAQID"} {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) {
				h := start(t, engineio.Config{})
				p := h.dial(version, transport)
				if err := p.SendPayload(packet, packet); err != nil {
					t.Fatal(err)
				}
				p.ExpectNothing()
				if got := h.sockets.Refused(socketio.RefusedBinary); got != 2 {
					t.Errorf("%d packets were refused as binary", got)
				}
			})
		}
	}
}
