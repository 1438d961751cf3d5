//go:build linux

package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// setupTimeout limits the whole setup of a connection.
const setupTimeout = 20 * time.Second

// rawConn is a blocking connection for HTTP and WebSocket, used by one goroutine.
type rawConn struct {
	conn net.Conn
	buf  *[8 << 10]byte
	r, w int // buf[r:w] has been read but not consumed
}

var buffers = sync.Pool{New: func() any { return new([8 << 10]byte) }}

// dial connects to a server. Closing the connection resets it, so that no port stays
// in TIME_WAIT for a minute.
func dial(ctx context.Context, address string) (*rawConn, error) {
	dialer := net.Dialer{Timeout: setupTimeout, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp4", address)
	if err != nil {
		return nil, err
	}
	c := &rawConn{conn: conn, buf: buffers.Get().(*[8 << 10]byte)}
	if err := errors.Join(conn.(*net.TCPConn).SetLinger(0), conn.SetDeadline(time.Now().Add(setupTimeout))); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *rawConn) close() {
	_ = c.conn.Close() // closed even if it returns an error
	c.release()
}

func (c *rawConn) release() {
	if c.buf != nil {
		buffers.Put(c.buf)
		c.buf = nil
	}
}

// detach returns a duplicate of the socket, which a Loop can poll, and what was read
// ahead. It closes the rawConn.
func (c *rawConn) detach() (fd int, unread []byte, err error) {
	defer c.close()
	raw, err := c.conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, nil, err
	}
	var duplicate, failed uintptr
	err = raw.Control(func(fd uintptr) {
		var errno syscall.Errno
		duplicate, _, errno = syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
		failed = uintptr(errno)
	})
	if failed != 0 {
		err = syscall.Errno(failed)
	}
	return int(duplicate), bytes.Clone(c.buf[c.r:c.w]), err
}

// fill reads more bytes into the buffer.
func (c *rawConn) fill() error {
	if c.r > 0 {
		c.w, c.r = copy(c.buf[:], c.buf[c.r:c.w]), 0
	}
	if c.w == len(c.buf) {
		return io.ErrShortBuffer
	}
	n, err := c.conn.Read(c.buf[c.w:])
	c.w += n
	return err
}

func (c *rawConn) writeString(s string) error {
	_, err := io.WriteString(c.conn, s)
	return err
}

// response reads an HTTP response. The body is valid until the next call.
func (c *rawConn) response() (status int, body []byte, err error) {
	var head []byte
	for {
		if end := bytes.Index(c.buf[c.r:c.w], []byte("\r\n\r\n")); end >= 0 {
			head = c.buf[c.r : c.r+end]
			break
		}
		if err := c.fill(); err != nil {
			return 0, nil, err
		}
	}
	status, length, err := parseHead(string(head))
	if err != nil {
		return 0, nil, err
	}
	c.r += len(head) + len("\r\n\r\n")
	for c.w-c.r < length {
		if err := c.fill(); err != nil {
			return 0, nil, err
		}
	}
	body = c.buf[c.r : c.r+length]
	c.r += length
	return status, body, nil
}

// parseHead parses the head of an HTTP response. It returns the status and the length
// of the body.
func parseHead(head string) (status, length int, err error) {
	line, fields, _ := strings.Cut(head, "\r\n")
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
		return 0, 0, fmt.Errorf("%q is not an HTTP response", line)
	}
	for field := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(field, ":")
		if strings.EqualFold(name, "Content-Length") {
			length, err = strconv.Atoi(strings.TrimSpace(value))
			return status, length, err
		}
		if strings.EqualFold(name, "Transfer-Encoding") {
			return 0, 0, errors.New("chunked responses are not supported")
		}
	}
	return status, 0, nil
}

// upgrade performs a WebSocket handshake.
func (c *rawConn) upgrade(path string) error {
	request := "GET " + path + " HTTP/1.1\r\nHost: " + c.conn.RemoteAddr().String() +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	if err := c.writeString(request); err != nil {
		return err
	}
	status, body, err := c.response()
	if err == nil && status != 101 {
		err = fmt.Errorf("the server answered a WebSocket handshake with %d %q", status, body)
	}
	return err
}

// send sends a text frame.
func (c *rawConn) send(packet string) error {
	_, err := c.conn.Write(appendFrame(nil, packet))
	return err
}

// expect reads text frames until one begins with prefix, and returns its payload.
func (c *rawConn) expect(prefix string) (string, error) {
	for {
		first, payload, size := nextFrame(c.buf[c.r:c.w])
		if size == 0 {
			if err := c.fill(); err != nil {
				return "", fmt.Errorf("waiting for %s: %w", prefix, err)
			}
			continue
		}
		c.r += size
		switch {
		case first == finalClose:
			return "", fmt.Errorf("the server closed the connection while the client waited for %s", prefix)
		case first == finalPing:
			if _, err := c.conn.Write(pongTo(payload)); err != nil {
				return "", err
			}
		case bytes.HasPrefix(payload, []byte(prefix)):
			return string(payload), nil
		}
	}
}
