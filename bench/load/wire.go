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

// patience is how long a connection may take to be set up, in all.
const patience = 20 * time.Second

// wire is a connection that one goroutine reads and writes, and waits for.
type wire struct {
	conn net.Conn
	buf  *[8 << 10]byte
	r, w int // buf[r:w] was read and not consumed yet
}

var wireBuffers = sync.Pool{New: func() any { return new([8 << 10]byte) }}

// dial connects to a server. Closing the connection resets it, as a vanishing
// client does: that leaves no port behind that waits for a minute.
func dial(ctx context.Context, address string) (*wire, error) {
	dialer := net.Dialer{Timeout: patience, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp4", address)
	if err != nil {
		return nil, err
	}
	w := &wire{conn: conn, buf: wireBuffers.Get().(*[8 << 10]byte)}
	if err := errors.Join(conn.(*net.TCPConn).SetLinger(0), conn.SetDeadline(time.Now().Add(patience))); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *wire) close() {
	_ = w.conn.Close() // whatever it says, the connection is gone
	w.release()
}

func (w *wire) release() {
	if w.buf != nil {
		wireBuffers.Put(w.buf)
		w.buf = nil
	}
}

// detach takes the socket away from the runtime's poller, for a Loop. The wire
// is of no use afterwards.
func (w *wire) detach() (fd int, unread []byte, err error) {
	defer w.close()
	raw, err := w.conn.(*net.TCPConn).SyscallConn()
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
	return int(duplicate), bytes.Clone(w.buf[w.r:w.w]), err
}

// fill reads what there is, behind what is buffered.
func (w *wire) fill() error {
	if w.r > 0 {
		w.w, w.r = copy(w.buf[:], w.buf[w.r:w.w]), 0
	}
	if w.w == len(w.buf) {
		return io.ErrShortBuffer
	}
	n, err := w.conn.Read(w.buf[w.w:])
	w.w += n
	return err
}

func (w *wire) writeString(s string) error {
	_, err := io.WriteString(w.conn, s)
	return err
}

// response reads the answer to an HTTP request. The body is valid until the
// next call.
func (w *wire) response() (status int, body []byte, err error) {
	var head []byte
	for {
		if end := bytes.Index(w.buf[w.r:w.w], []byte("\r\n\r\n")); end >= 0 {
			head = w.buf[w.r : w.r+end]
			break
		}
		if err := w.fill(); err != nil {
			return 0, nil, err
		}
	}
	status, length, err := parseHead(string(head))
	if err != nil {
		return 0, nil, err
	}
	w.r += len(head) + len("\r\n\r\n")
	for w.w-w.r < length {
		if err := w.fill(); err != nil {
			return 0, nil, err
		}
	}
	body = w.buf[w.r : w.r+length]
	w.r += length
	return status, body, nil
}

// parseHead reads the status and the length of the body from the head of an
// HTTP answer.
func parseHead(head string) (status, length int, err error) {
	line, fields, _ := strings.Cut(head, "\r\n")
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
		return 0, 0, fmt.Errorf("%q is no HTTP answer", line)
	}
	for field := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(field, ":")
		if strings.EqualFold(name, "Content-Length") {
			length, err = strconv.Atoi(strings.TrimSpace(value))
			return status, length, err
		}
		if strings.EqualFold(name, "Transfer-Encoding") {
			return 0, 0, errors.New("the answer is chunked, which is not understood here")
		}
	}
	return status, 0, nil
}

// upgrade makes the connection a WebSocket.
func (w *wire) upgrade(path string) error {
	request := "GET " + path + " HTTP/1.1\r\nHost: " + w.conn.RemoteAddr().String() +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	if err := w.writeString(request); err != nil {
		return err
	}
	status, body, err := w.response()
	if err == nil && status != 101 {
		err = fmt.Errorf("the server answered a WebSocket handshake with %d %q", status, body)
	}
	return err
}

// send sends a text frame.
func (w *wire) send(packet string) error {
	_, err := w.conn.Write(appendFrame(nil, packet))
	return err
}

// expect reads text frames until one begins with prefix, and returns it. It is
// valid until the next call.
func (w *wire) expect(prefix string) (string, error) {
	for {
		first, payload, size := nextFrame(w.buf[w.r:w.w])
		if size == 0 {
			if err := w.fill(); err != nil {
				return "", fmt.Errorf("waiting for %s: %w", prefix, err)
			}
			continue
		}
		w.r += size
		switch {
		case first == finalClose:
			return "", fmt.Errorf("the server closed a connection that waited for %s", prefix)
		case first == finalPing:
			if _, err := w.conn.Write(pongTo(payload)); err != nil {
				return "", err
			}
		case bytes.HasPrefix(payload, []byte(prefix)):
			return string(payload), nil
		}
	}
}
