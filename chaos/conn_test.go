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

// timeout limits what takes milliseconds on an idle machine.
const timeout = 20 * time.Second

// rawConn is a connection for arbitrary bytes. It is closed when its context ends.
type rawConn struct {
	*net.TCPConn
	in *bufio.Reader
}

func dialRaw(ctx context.Context, address string) (*rawConn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &rawConn{conn.(*net.TCPConn), bufio.NewReaderSize(conn, 512)}, nil
}

// send ignores errors: a connection that the server has closed shows when reading.
func (c *rawConn) send(parts ...string) {
	for _, p := range parts {
		_, _ = io.WriteString(c, p)
	}
}

// request sends the head of a request. The caller sends the body, if any.
func (c *rawConn) request(method, query string, headers ...string) {
	head := method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: " + c.RemoteAddr().String() + "\r\n"
	for _, line := range headers {
		head += line + "\r\n"
	}
	c.send(head + "\r\n")
}

func (c *rawConn) post(query, body string) {
	c.request(http.MethodPost, query, "Content-Type: text/plain", fmt.Sprint("Content-Length: ", len(body)))
	c.send(body)
}

// response reads the body of a response; an upgrade has none.
func (c *rawConn) response() (body string, err error) {
	resp, err := http.ReadResponse(c.in, nil)
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

// drain discards what the server sends until it closes the connection or the time is up.
func (c *rawConn) drain(most time.Duration) {
	_ = c.SetReadDeadline(time.Now().Add(most))
	_, _ = io.Copy(io.Discard, c.in)
}

// reset closes with RST, like a process that is killed with unread input.
func (c *rawConn) reset() {
	_ = c.SetLinger(0)
	_ = c.Close()
}

var (
	sidPattern  = regexp.MustCompile(`"sid":"([^"]+)"`)
	errNoSID    = errors.New("the handshake response has no sid")
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
func (c *rawConn) handshake(version int) (sid string, err error) {
	c.request(http.MethodGet, query(version, "polling", ""))
	body, err := c.response()
	if err != nil {
		return "", err
	}
	found := sidPattern.FindStringSubmatch(body)
	if found == nil {
		return "", errNoSID
	}
	return found[1], nil
}

// upgrade performs a WebSocket handshake, for a session or for a new one if sid is empty.
func (c *rawConn) upgrade(version int, sid string) error {
	c.request(http.MethodGet, query(version, "websocket", sid), upgradeHead...)
	_, err := c.response()
	return err
}

func text(payload string) string { return frame(ws.OpText, true, payload) }

func frame(op ws.OpCode, fin bool, payload string) string {
	return string(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, fin, []byte(payload)))))
}
