package signaling

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/enginetest/socketkind"
	"vidchat/internal/enginetest/wait"
)

// rawConn is a connection for arbitrary bytes.
type rawConn struct {
	net.Conn
	t      testing.TB
	reader *bufio.Reader
}

func (h *harness) openRaw() *rawConn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if h.tls != nil {
		conn = socketkind.Client(conn, h.tls)
	}
	_ = conn.SetDeadline(time.Now().Add(wait.Timeout))
	return &rawConn{conn, h.t, bufio.NewReader(conn)}
}

// tcp returns the connection beneath TLS, if there is TLS.
func (w *rawConn) tcp() *net.TCPConn {
	w.t.Helper()
	conn := w.Conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		w.t.Fatalf("the connection is a %T", conn)
	}
	return tcp
}

func (w *rawConn) send(parts ...[]byte) {
	w.t.Helper()
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			w.t.Fatal(err)
		}
	}
}

// request sends the head of a request. The caller sends the body.
func (w *rawConn) request(method, query string, headers ...string) {
	w.t.Helper()
	head := method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: " + w.RemoteAddr().String() + "\r\n"
	for _, line := range headers {
		head += line + "\r\n"
	}
	w.send([]byte(head + "\r\n"))
}

func (w *rawConn) response() (*http.Response, string) {
	w.t.Helper()
	resp, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		w.t.Fatalf("response: %v", err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("body: %v", err)
	}
	return resp, string(body)
}

var upgradeHeaders = []string{
	"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// openWebSocket opens a WebSocket of a session, or of a new one.
func (h *harness) openWebSocket(version int, sid string) *rawConn {
	h.t.Helper()
	query := fmt.Sprintf("EIO=%d&transport=websocket", version)
	if sid != "" {
		query += "&sid=" + sid
	}
	w := h.openRaw()
	w.request(http.MethodGet, query, upgradeHeaders...)
	if resp, body := w.response(); resp.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("WebSocket handshake: %d %s", resp.StatusCode, body)
	}
	return w
}

// connectedWebSocket opens a WebSocket of a new session whose namespace is connected.
func (h *harness) connectedWebSocket(version int) *rawConn {
	h.t.Helper()
	w := h.openWebSocket(version, "")
	w.readFrame() // the OPEN packet
	if version == 4 {
		w.send(textFrame("40"))
	}
	w.readFrame() // the CONNECT packet
	return w
}

func textFrame(text string) []byte { return clientFrame(ws.OpText, true, text) }

// clientFrame returns a masked frame.
func clientFrame(op ws.OpCode, fin bool, payload string) []byte {
	return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
}

// readFrame reads one frame. The opcode is 0 if the connection has ended.
func (w *rawConn) readFrame() (ws.OpCode, string) {
	w.t.Helper()
	h, err := ws.ReadHeader(w.reader)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			w.t.Fatalf("no frame: %v", err)
		}
		return 0, ""
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(w.reader, payload); err != nil {
		w.t.Fatalf("frame: %v", err)
	}
	return h.OpCode, string(payload)
}

func (w *rawConn) expectText(want string) {
	w.t.Helper()
	if op, got := w.readFrame(); op != ws.OpText || got != want {
		w.t.Fatalf("got %d %q, want %q", op, got, want)
	}
}

// join joins a room and reads the answer.
func (w *rawConn) join(room string) {
	w.t.Helper()
	w.send(textFrame("4" + event("create or join", room)))
	w.readFrame()
}

// probe starts an upgrade.
func (w *rawConn) probe() {
	w.t.Helper()
	w.send(textFrame("2probe"))
	w.expectText("3probe")
}

// expectClose reads until the close frame and checks its code.
func (w *rawConn) expectClose(code int) {
	w.t.Helper()
	for {
		op, payload := w.readFrame()
		switch op {
		case 0:
			w.t.Fatalf("the connection ended without a close frame, want %d", code)
		case ws.OpClose:
			if got, _ := ws.ParseCloseFrameData([]byte(payload)); int(got) != code {
				w.t.Fatalf("closed with %d, want %d", got, code)
			}
			_ = w.Close()
			return
		}
	}
}
