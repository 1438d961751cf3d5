package engineio

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidchat/internal/enginetest/socketkind"
)

// The answer to a WebSocket handshake comes alone, and the OPEN packet a moment
// later: clients that attach their reader once the socket is open would lose
// what came with it.
func TestOpenComesAfterTheHandshake(t *testing.T) {
	for _, version := range []int{3, 4} {
		e := serve(t, Config{})
		address := strings.TrimSuffix(e.url[strings.Index(e.url, "//")+2:], "/")
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if socketkind.OverTLS() {
			conn = socketkind.Client(conn, e.tls)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, _ = fmt.Fprintf(conn, "GET /?EIO=%d&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", version, address)
		in := bufio.NewReader(conn)
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v, %v", resp, err)
		}
		if early := in.Buffered(); early > 0 {
			t.Errorf("EIO %d: %d bytes came with the answer", version, early)
		}
		open := make([]byte, 6)
		if _, err := io.ReadFull(in, open); err != nil || !strings.Contains(string(open), "0{") {
			t.Errorf("EIO %d: then %q, %v", version, open, err)
		}
	}
}
