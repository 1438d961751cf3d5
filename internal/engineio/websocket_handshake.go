package engineio

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// isUpgrade reports whether a request asks for a WebSocket in a way that can be
// accepted. It comes before the connection is hijacked, when an answer in plain
// HTTP is still possible.
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoAtLeast(1, 1) &&
		hasToken(r.Header, "Upgrade", websocketName) && hasToken(r.Header, "Connection", "upgrade") &&
		r.Header.Get("Sec-WebSocket-Version") == "13" &&
		len(r.Header.Get("Sec-WebSocket-Key")) == 24
}

// hasToken reports whether a header that is a list has a token in it. Lines of one
// name are one list (RFC 9110, section 5.3).
func hasToken(h http.Header, name, token string) bool {
	for entry := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(entry), token) {
			return true
		}
	}
	return false
}

// subprotocolOf is the subprotocol to answer with: the first that the client asks
// for, as Node does. Browsers fail without an answer. Nothing depends on it.
func subprotocolOf(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Sec-WebSocket-Protocol"), ",")
	return strings.TrimSpace(first)
}

// handshakeTime is how long a client may take to read the answer to a WebSocket
// handshake.
const handshakeTime = 15 * time.Second

var errEarlyFrames = errors.New("client sent frames before the WebSocket handshake was done")

// hijack takes the connection of a WebSocket handshake from net/http, whose
// goroutine and buffers have nothing to do with it afterwards, and answers the
// handshake.
func hijack(w http.ResponseWriter, r *http.Request) (net.Conn, error) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	if rw.Reader.Buffered() > 0 {
		err = errEarlyFrames
	}
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(handshakeTime)) // net/http may have set another
	}
	if err == nil {
		_, err = conn.Write(switchingProtocols(r))
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
	}
	return conn, err
}

// acceptSuffix is what RFC 6455, section 1.3 adds to a key.
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// switchingProtocols is the answer to a WebSocket handshake.
func switchingProtocols(r *http.Request) []byte {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + acceptSuffix))
	b := append(make([]byte, 0, 160), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = base64.StdEncoding.AppendEncode(b, sum[:])
	if name := subprotocolOf(r); name != "" {
		b = append(b, "\r\nSec-WebSocket-Protocol: "+name...)
	}
	return append(b, "\r\n\r\n"...)
}
