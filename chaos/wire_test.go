package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/gobwas/ws"
)

// patience bounds what takes milliseconds on an idle machine.
const patience = 20 * time.Second

// wire is a connection that takes any bytes. It ends with its context.
type wire struct {
	*net.TCPConn
	in *bufio.Reader
}

func newWire(ctx context.Context, address string) (*wire, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &wire{conn.(*net.TCPConn), bufio.NewReaderSize(conn, 512)}, nil
}

// put writes; an end on the other side shows when reading.
func (w *wire) put(parts ...string) {
	for _, p := range parts {
		_, _ = io.WriteString(w, p)
	}
}

// request sends the head of a request and leaves the rest to the caller.
func (w *wire) request(method, query string, headers ...string) {
	head := method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: " + w.RemoteAddr().String() + "\r\n"
	for _, line := range headers {
		head += line + "\r\n"
	}
	w.put(head + "\r\n")
}

func (w *wire) post(query, body string) {
	w.request(http.MethodPost, query, "Content-Type: text/plain", fmt.Sprint("Content-Length: ", len(body)))
	w.put(body)
}

// answer reads a response. Upgrades have no body.
func (w *wire) answer() (body string, err error) {
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusSwitchingProtocols:
		return "", nil
	case http.StatusOK:
		text, err := io.ReadAll(resp.Body)
		return string(text), err
	}
	return "", fmt.Errorf("HTTP %d", resp.StatusCode)
}

// rest reads until the other side ends, for so long at most.
func (w *wire) rest(most time.Duration) {
	_ = w.SetReadDeadline(time.Now().Add(most))
	_, _ = io.Copy(io.Discard, w.in)
}

// reset ends with RST, as a process does that is killed with unread input.
func (w *wire) reset() {
	_ = w.SetLinger(0)
	_ = w.Close()
}

var (
	sidPattern  = regexp.MustCompile(`"sid":"([^"]+)"`)
	errNoSID    = errors.New("the handshake has no sid")
	upgradeHead = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
)

func query(version int, transport, sid string) string {
	q := fmt.Sprintf("EIO=%d&transport=%s", version, transport)
	if sid != "" {
		q += "&sid=" + sid
	}
	return q
}

// handshake opens a session over polling.
func (w *wire) handshake(version int) (sid string, err error) {
	w.request(http.MethodGet, query(version, "polling", ""))
	body, err := w.answer()
	if err != nil {
		return "", err
	}
	found := sidPattern.FindStringSubmatch(body)
	if found == nil {
		return "", errNoSID
	}
	return found[1], nil
}

// socket makes a WebSocket of it, of a session or of a new one.
func (w *wire) socket(version int, sid string) error {
	w.request(http.MethodGet, query(version, "websocket", sid), upgradeHead...)
	_, err := w.answer()
	return err
}

func text(payload string) string { return frame(ws.OpText, true, payload) }

func frame(op ws.OpCode, fin bool, payload string) string {
	return string(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, fin, []byte(payload)))))
}
