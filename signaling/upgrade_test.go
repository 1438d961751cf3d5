package signaling

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/engineio/wire"
	"vidchat/internal/enginetest/dialer"
)

const (
	linePairs    = 50
	lineMessages = 10
)

// Over a slow line, 100 clients that change over to a WebSocket while they
// send and are sent to: no message is lost, none overtakes another, and nobody
// is dropped.
func TestUpgradeLosesNothing(t *testing.T) {
	lines := map[string]func() time.Duration{
		"40 ms each way":   steady(40 * time.Millisecond),
		"0 to 5 ms jitter": jitter(5 * time.Millisecond),
	}
	for name, delay := range lines {
		t.Run(name, func(t *testing.T) {
			h := start(t, engineio.Config{})
			url := h.behind(delay)
			failed := make(chan error, 2*linePairs)
			var pairs sync.WaitGroup
			for i := range linePairs {
				pairs.Go(func() { failed <- h.talk(url, fmt.Sprint("room ", i), 3+i%2) })
			}
			pairs.Wait()
			close(failed)
			for err := range failed {
				if err != nil {
					t.Error(err)
				}
			}
			for _, why := range []engineio.Reason{engineio.ReasonOverlap, engineio.ReasonMalformed, engineio.ReasonPingTimeout, engineio.ReasonSlowReader} {
				if n := h.sockets.Ended(why); n > 0 {
					t.Errorf("%d sessions ended: %s", n, why)
				}
			}
		})
	}
}

// talk has two clients, one of each version, send to each other while both
// upgrade.
func (h *harness) talk(url, room string, first int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var both [2]*dialer.Conn
	for i, version := range []int{first, 7 - first} {
		c, err := h.enter(ctx, url, room, version)
		if err != nil {
			return fmt.Errorf("%s, EIO %d: %w", room, version, err)
		}
		defer c.Abort()
		both[i] = c
	}
	if got, err := both[0].Receive(ctx); err != nil || got != `2["join","`+room+`"]` {
		return fmt.Errorf("%s: got %s, %w", room, got, err)
	}
	failed := make(chan error, 6)
	var work sync.WaitGroup
	for _, c := range both {
		work.Go(func() { failed <- c.Upgrade(ctx) })
		work.Go(func() { failed <- speak(c) })
		work.Go(func() { failed <- listen(ctx, c, room) })
	}
	work.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// enter opens a session over polling and joins a room.
func (h *harness) enter(ctx context.Context, url, room string, version int) (*dialer.Conn, error) {
	c, err := dialer.Dial(ctx, dialer.Options{URL: url, TLS: h.tls, Version: version, Transport: dialer.Polling})
	if err != nil {
		return nil, err
	}
	packets := []string{"40", `42["create or join","` + room + `"]`}
	if err := c.SendPayload(packets[4-version:]...); err != nil {
		return nil, err
	}
	for {
		got, err := c.Receive(ctx)
		if err != nil || strings.HasPrefix(got, `2["created"`) || strings.HasPrefix(got, `2["joined"`) {
			return c, err
		}
	}
}

func speak(c *dialer.Conn) error {
	for i := range lineMessages {
		if err := c.Send(fmt.Sprintf(`2["message",{"n":%d,"text":"é😀"}]`, i)); err != nil {
			return err
		}
		time.Sleep(rand.N(40 * time.Millisecond))
	}
	return nil
}

func listen(ctx context.Context, c *dialer.Conn, room string) error {
	for i := range lineMessages {
		got, err := c.Receive(ctx)
		if want := fmt.Sprintf(`2["message",{"n":%d,"text":"é😀"},"`, i); err != nil || !strings.HasPrefix(got, want) {
			return fmt.Errorf("%s, message %d: got %s, %v", room, i, got, err)
		}
	}
	return nil
}

// A client that probes and never changes over costs nothing, is given up in
// time, and goes on polling all the while.
func TestHalfUpgrade(t *testing.T) {
	const limit = 1500 * time.Millisecond
	h := start(t, engineio.Config{UpgradeTimeout: limit})
	p := h.dial(4, dialer.Polling)
	w := h.socket(4, p.SID)
	w.put(frameOf("2probe"))
	w.wantText("3probe")
	began := time.Now()

	var others []*rawConn
	for range 20 {
		other := h.socket(3, h.handshake(3))
		other.put(frameOf("2probe"))
		other.wantText("3probe")
		others = append(others, other)
	}
	p.quiet()
	before := cpuTime(t)
	time.Sleep(time.Second)
	if used := cpuTime(t) - before; used > 400*time.Millisecond {
		t.Errorf("21 half upgrades took %v of CPU in a second", used)
	}
	p.quiet()
	if op, got := w.frame(); op != 0 {
		t.Errorf("got %d %q, want the end", op, got)
	}
	if took := time.Since(began); took < limit-100*time.Millisecond || took > 3*limit {
		t.Errorf("given up after %v, want %v", took, limit)
	}
	for _, other := range others {
		if op, _ := other.frame(); op != 0 {
			t.Error("another half upgrade lives")
		}
	}
	p.quiet()
	if err := p.Upgrade(t.Context()); err != nil {
		t.Errorf("a later upgrade: %v", err)
	}
	p.quiet()
}

// cpuTime is what the process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What was queued while a session polled comes over the WebSocket, in order,
// and the poll that waits is released.
func TestQueueChangesOver(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		sid := h.handshake(version)
		session, _ := h.sockets.Socket(sid)
		packets := "2:40"
		if version == 4 {
			packets = "40"
		}
		if status, answer := h.post(version, sid, "text/plain", strings.NewReader(packets)); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		w, poll := h.socket(version, sid), h.raw()
		poll.request(http.MethodGet, h.query(version, sid))
		if _, body := poll.response(); !strings.Contains(body, "40") {
			t.Fatalf("polled %q", body)
		}
		poll.request(http.MethodGet, h.query(version, sid))
		w.put(frameOf("2probe"))
		w.wantText("3probe")
		if _, body := poll.response(); strings.TrimPrefix(body, "1:") != "6" {
			t.Errorf("EIO %d: the poll was released with %q", version, body)
		}
		for i := range 20 {
			session.Send(wire.NewMessage(fmt.Sprint("before ", i)))
		}
		w.put(frameOf("5"), frameOf("40/x,"))
		for i := range 20 {
			w.wantText(fmt.Sprint("4before ", i))
		}
		if _, got := w.frame(); !strings.HasPrefix(got, "44/x,") {
			t.Errorf("EIO %d: what came behind the 5 was answered by %q", version, got)
		}
	}
}
