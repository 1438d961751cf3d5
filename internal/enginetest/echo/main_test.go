package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// addressLog finds the address on which the command listens.
type addressLog struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *addressLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *addressLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *addressLog) address() string {
	_, rest, _ := strings.Cut(l.String(), `"addr":"`)
	address, _, _ := strings.Cut(rest, `"`)
	return address
}

// start runs the command and returns the URL to use.
func start(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log, ended := new(addressLog), make(chan error, 1)
	arguments := []string{"-addr", "127.0.0.1:0", "-path", "/engine.io/", "-ping-interval", "300ms", "-ping-timeout", "200ms"}
	go func() { ended <- run(ctx, arguments, zerolog.New(log)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	wait.Until(t, "the command listens", func() bool { return log.address() != "" })
	return "http://" + log.address() + "/engine.io/"
}

func TestEchoText(t *testing.T) {
	url := start(t)
	ctx := wait.Context(t)
	for _, version := range []int{3, 4} {
		for _, transport := range dialer.Transports {
			c, err := dialer.Dial(ctx, dialer.Options{URL: url, Version: version, Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"hello", "é漢😀\u2028", "", `["json"]`, strings.Repeat("x", 100_000)} {
				if err := c.Send(text); err != nil {
					t.Fatalf("EIO %d, %s: %v", version, transport, err)
				}
				if got, err := c.Receive(ctx); err != nil || got != text {
					t.Errorf("EIO %d, %s: got %.40q, %v; want %.40q", version, transport, got, err, text)
				}
			}
			c.Close()
		}
	}
}

// The bytes of a binary message, as each version and transport writes them.
func TestEchoBinaryOverPolling(t *testing.T) {
	url := start(t)
	tests := []struct {
		version                       int
		query, contentType, put, want string
	}{
		{3, "", "text/plain", "10:b4AQIDBA==", "\x01\x05\xff\x04\x01\x02\x03\x04"},
		{3, "&b64=1", "text/plain", "10:b4AQIDBA==", "10:b4AQIDBA=="},
		{3, "", "application/octet-stream", "\x01\x05\xff\x04\x01\x02\x03\x04", "\x01\x05\xff\x04\x01\x02\x03\x04"},
		{4, "", "text/plain", "bAQIDBA==", "bAQIDBA=="},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("EIO%d %q", test.version, test.put), func(t *testing.T) {
			base := fmt.Sprintf("%s?EIO=%d&transport=polling%s", url, test.version, test.query)
			_, rest, _ := strings.Cut(request(t, http.MethodGet, base, "", ""), `"sid":"`)
			sid, _, _ := strings.Cut(rest, `"`)
			if got := request(t, http.MethodPost, base+"&sid="+sid, test.contentType, test.put); got != "ok" {
				t.Fatalf("posted: %s", got)
			}
			if got := request(t, http.MethodGet, base+"&sid="+sid, "", ""); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEchoBinaryOverWebSocket(t *testing.T) {
	url := strings.Replace(start(t), "http", "ws", 1)
	for version, data := range map[int]string{3: "\x04\x01\xff", 4: "\x01\xff"} {
		conn := openWebSocket(t, fmt.Sprintf("%s?EIO=%d&transport=websocket", url, version))
		if err := wsutil.WriteClientBinary(conn, []byte(data)); err != nil {
			t.Fatal(err)
		}
		got, op, err := []byte(nil), ws.OpText, error(nil)
		for op != ws.OpBinary { // OPEN and pings come before
			if got, op, err = wsutil.ReadServerData(conn); err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != data {
			t.Errorf("EIO %d: got %q", version, got)
		}
	}
}

func request(t *testing.T, method, url, contentType, body string) string {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func openWebSocket(t *testing.T, url string) io.ReadWriter {
	t.Helper()
	conn, early, _, err := ws.Dial(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(wait.Timeout))
	if early == nil {
		return conn
	}
	return struct {
		io.Reader
		io.Writer
	}{early, conn}
}

func TestWrongArguments(t *testing.T) {
	for _, arguments := range [][]string{{"-addr", "nowhere"}, {"-ping-interval", "soon"}, {"-unknown"}} {
		if err := run(context.Background(), arguments, zerolog.Nop()); err == nil {
			t.Errorf("%q: no error", arguments)
		}
	}
}
