package signaling

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// An invalid body ends the session with an error.
func TestHostileBodies(t *testing.T) {
	many := strings.Repeat("x", 64<<10)
	tests := []struct {
		name    string
		version int
		kind    string
		body    string
		status  int
	}{
		{"invalid UTF-8", 3, "text/plain", "3:4\xff\xfe", 400},
		{"invalid UTF-8", 4, "text/plain", "4\xff", 400},
		{"invalid UTF-8 in octets", 3, "application/octet-stream", "\x00\x02\xff4\xff", 400},
		{"octets in version 4", 4, "application/octet-stream", "4x", 400},
		{"wrong length", 3, "text/plain", "99:4", 400},
		{"endless length", 3, "text/plain", strings.Repeat("9", 1000) + ":4", 400},
		{"empty", 3, "text/plain", "", 400},
		{"empty", 4, "text/plain", "", 400},
		{"separators only", 4, "text/plain", strings.Repeat("\x1e", 60_000), 400},
		{"a form, as JSONP sends it", 3, "application/x-www-form-urlencoded", "d=2%3A40", 400},
		{"unknown packet", 4, "text/plain", "7", 400},
		{"one byte too much", 4, "text/plain", "4" + many, 413},
	}
	h := start(t, engineio.Config{})
	for _, test := range tests {
		t.Run(fmt.Sprintf("EIO%d/%s", test.version, test.name), func(t *testing.T) {
			h := h.forTest(t)
			sid := h.handshake(test.version)
			if status, answer := h.post(test.version, sid, test.kind, strings.NewReader(test.body)); status != test.status {
				t.Errorf("got %d %s, want %d", status, answer, test.status)
			}
			h.awaitSessionEnd(sid)
		})
	}
	h.expectAlive()
}

// A body of 64 MiB is refused before it is read, with or without Content-Length.
func TestHugeBodies(t *testing.T) {
	h := start(t, engineio.Config{})
	announced := h.openRaw()
	expectAllocation(t, 4<<20, func() {
		sid := h.handshake(4)
		announced.request(http.MethodPost, h.query(4, sid), "Content-Length: 67108864")
		if resp, body := announced.response(); resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("with Content-Length: %d %s", resp.StatusCode, body)
		}
		h.awaitSessionEnd(sid)
	})
	expectAllocation(t, 4<<20, func() {
		sid := h.handshake(4)
		status, answer := h.post(4, sid, "text/plain", io.LimitReader(zeros{}, 64<<20))
		// The connection may be closed before the client has read the response.
		if status != http.StatusRequestEntityTooLarge && status != 0 {
			t.Errorf("chunked: %d %s", status, answer)
		}
		h.awaitSessionEnd(sid)
	})
	h.expectAlive()
}

// expectAllocation checks that something allocates at most a number of bytes. It counts the
// whole process.
func expectAllocation(t testing.TB, limit uint64, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > limit {
		t.Errorf("%d bytes were allocated, want at most %d", allocated, limit)
	}
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Two concurrent polls, or posts, end the session, since the responses would be ambiguous.
func TestOverlappingPolls(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		first, second := h.openRaw(), h.openRaw()
		sid := h.handshake(version)
		session, _ := h.sockets.Socket(sid)
		first.request(http.MethodGet, h.query(version, sid))
		time.Sleep(20 * time.Millisecond)
		second.request(http.MethodGet, h.query(version, sid))
		if resp, _ := second.response(); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("EIO %d: second poll: %d", version, resp.StatusCode)
		}
		if resp, body := first.response(); resp.StatusCode != http.StatusOK || !strings.Contains(body, "1") {
			t.Errorf("EIO %d: first poll: %d %q", version, resp.StatusCode, body)
		}
		if reason := session.Reason(); reason != engineio.ReasonOverlap {
			t.Errorf("EIO %d: the reason is %q", version, reason)
		}
		h.awaitSessionEnd(sid)
		h.expectAlive()
	}
}

func TestOverlappingPosts(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		first, second := h.openRaw(), h.openRaw()
		sid := h.handshake(version)
		session, _ := h.sockets.Socket(sid)
		first.request(http.MethodPost, h.query(version, sid), "Content-Length: 3")
		first.send([]byte("1"))
		time.Sleep(20 * time.Millisecond)
		second.request(http.MethodPost, h.query(version, sid), "Content-Length: 3")
		second.send([]byte("1:6"))
		if resp, _ := second.response(); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("EIO %d: second post: %d", version, resp.StatusCode)
		}
		if reason := session.Reason(); reason != engineio.ReasonOverlap {
			t.Errorf("EIO %d: the reason is %q", version, reason)
		}
		h.awaitSessionEnd(sid)
		h.expectAlive()
	}
}

// A request to a session that has upgraded gets an error, and the session stays open.
func TestRequestsAfterUpgrade(t *testing.T) {
	h := start(t, engineio.Config{})
	for _, version := range []int{3, 4} {
		p := h.dial(version, dialer.Upgrade)
		if status := h.status(http.MethodGet, "?"+h.query(version, p.SID)); status != http.StatusBadRequest {
			t.Errorf("EIO %d: poll: %d", version, status)
		}
		if status, _ := h.post(version, p.SID, "text/plain", strings.NewReader("1:6")); status != http.StatusBadRequest {
			t.Errorf("EIO %d: post: %d", version, status)
		}
		p.ExpectNothing()
	}
}

// A session ends if nothing follows its handshake.
func TestAbandonedHandshakes(t *testing.T) {
	h := start(t, engineio.Config{PingInterval: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
	for range 50 {
		h.handshake(3)
		h.handshake(4)
		h.openWebSocket(4, "")
	}
	if h.Sessions() == 0 {
		t.Error("no session was open")
	}
	h.awaitEmpty()
}
