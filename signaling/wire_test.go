package signaling

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/socketkind"
)

// rawConn is a connection that a test writes any bytes to.
type rawConn struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// address is where the server listens.
func (h *harness) address() string {
	address, _, _ := strings.Cut(strings.TrimPrefix(h.url, h.scheme()), "/")
	return address
}

func (h *harness) raw() *rawConn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if h.tls != nil {
		conn = socketkind.Client(conn, h.tls)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &rawConn{conn, h.t, bufio.NewReader(conn)}
}

// tcp is the connection beneath TLS, if there is TLS.
func (w *rawConn) tcp() *net.TCPConn {
	w.t.Helper()
	conn := w.Conn
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		w.t.Fatalf("beneath is a %T", conn)
	}
	return tcp
}

func (w *rawConn) put(parts ...[]byte) {
	w.t.Helper()
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			w.t.Fatal(err)
		}
	}
}

// request sends the head of a request and leaves the rest to the caller.
func (w *rawConn) request(method, query string, headers ...string) {
	w.t.Helper()
	head := method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: " + w.RemoteAddr().String() + "\r\n"
	for _, line := range headers {
		head += line + "\r\n"
	}
	w.put([]byte(head + "\r\n"))
}

func (w *rawConn) response() (*http.Response, string) {
	w.t.Helper()
	resp, err := http.ReadResponse(w.in, nil)
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

var upgradeHeaders = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}

// socket opens a WebSocket of any session, or of a new one.
func (h *harness) socket(version int, sid string) *rawConn {
	h.t.Helper()
	query := fmt.Sprintf("EIO=%d&transport=websocket", version)
	if sid != "" {
		query += "&sid=" + sid
	}
	w := h.raw()
	w.request(http.MethodGet, query, upgradeHeaders...)
	if resp, body := w.response(); resp.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("WebSocket handshake: %d %s", resp.StatusCode, body)
	}
	return w
}

// connected opens a WebSocket of a new session whose namespace is connected.
func (h *harness) connected(version int) *rawConn {
	h.t.Helper()
	w := h.socket(version, "")
	w.frame() // open
	if version == 4 {
		w.put(frameOf("40"))
	}
	w.frame() // connect
	return w
}

func frameOf(text string) []byte { return masked(ws.OpText, true, text) }

func masked(op ws.OpCode, fin bool, payload string) []byte {
	return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
}

// frame reads one frame. The operation is 0 where the connection has ended.
func (w *rawConn) frame() (ws.OpCode, string) {
	w.t.Helper()
	h, err := ws.ReadHeader(w.in)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			w.t.Fatalf("no frame: %v", err)
		}
		return 0, ""
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(w.in, payload); err != nil {
		w.t.Fatalf("frame: %v", err)
	}
	return h.OpCode, string(payload)
}

func (w *rawConn) wantText(want string) {
	w.t.Helper()
	if op, got := w.frame(); op != ws.OpText || got != want {
		w.t.Fatalf("got %d %q, want %q", op, got, want)
	}
}

// wantClose reads up to the close frame and the end of the connection.
func (w *rawConn) wantClose(code int) {
	w.t.Helper()
	for {
		op, payload := w.frame()
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

// handshake opens a session over polling and does nothing more.
func (h *harness) handshake(version int) (sid string) {
	h.t.Helper()
	resp, err := h.http.Get(fmt.Sprintf("%s?EIO=%d&transport=polling", h.url, version))
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	begin, end := bytes.IndexByte(body, '{'), bytes.IndexByte(body, '}')
	var hello struct {
		SID string `json:"sid"`
	}
	if begin < 0 || end < 0 || json.Unmarshal(body[begin:end+1], &hello) != nil {
		h.t.Fatalf("handshake: %d %q", resp.StatusCode, body)
	}
	return hello.SID
}

func (h *harness) query(version int, sid string) string {
	return fmt.Sprintf("EIO=%d&transport=polling&sid=%s", version, sid)
}

// post sends a body and tells how it was answered.
func (h *harness) post(version int, sid, contentType string, body io.Reader) (int, string) {
	h.t.Helper()
	resp, err := h.http.Post(h.url+"?"+h.query(version, sid), contentType, body)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

// gone waits until a session is no longer found.
func (h *harness) gone(sid string) {
	h.t.Helper()
	eventually(h.t, "the session is gone", func() bool {
		_, found := h.sockets.Socket(sid)
		return !found
	})
}

// empty waits until no session and no room is left.
func (h *harness) empty() {
	h.t.Helper()
	eventually(h.t, "no session is left", func() bool { return h.Sessions() == 0 })
	eventually(h.t, "no room is left", func() bool { _, members := h.rooms.Size(); return members == 0 })
}

// within checks that something allocates no more than a number of bytes,
// everything in the process counted.
func within(t testing.TB, limit uint64, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > limit {
		t.Errorf("%d bytes were allocated, want at most %d", grown, limit)
	}
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// pair is two peers in a room, who are to notice nothing.
func (h *harness) pair(room string) (a, b *peer) {
	h.t.Helper()
	a, b = h.dial(3, dialer.WebSocket), h.dial(4, dialer.WebSocket)
	a.join(room)
	b.join(room)
	a.expect(`2["join","` + room + `"]`)
	return a, b
}

// inOneServer runs a test with each version and transport on one server.
func inOneServer(t *testing.T, cfg engineio.Config, test func(t *testing.T, h *harness, version int, transport string)) {
	h := start(t, cfg)
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			t.Run(fmt.Sprintf("EIO%d/%s", version, transport), func(t *testing.T) {
				test(t, h.in(t), version, transport)
			})
		}
	}
}
