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
	"vidchat/internal/enginetest/tcpproxy"
)

const (
	upgradePairs    = 50
	upgradeMessages = 10
)

// Over a slow line, 100 clients upgrade while they send and receive. No message is lost
// or out of order, and no client is disconnected.
func TestUpgradeLosesNothing(t *testing.T) {
	delays := map[string]tcpproxy.Delay{
		"40 ms each way":   tcpproxy.Constant(40 * time.Millisecond),
		"0 to 5 ms jitter": tcpproxy.UpTo(5 * time.Millisecond),
	}
	for name, delay := range delays {
		t.Run(name, func(t *testing.T) {
			h := start(t, engineio.Config{})
			_, url := h.startProxy(delay)
			var pairs sync.WaitGroup
			for i := range upgradePairs {
				pairs.Go(func() {
					if err := h.runCall(url, fmt.Sprint("room ", i), 3+i%2); err != nil {
						t.Error(err)
					}
				})
			}
			pairs.Wait()
			for _, reason := range []engineio.Reason{engineio.ReasonOverlap, engineio.ReasonMalformed, engineio.ReasonPingTimeout, engineio.ReasonSlowReader} {
				if n := h.sockets.Ended(reason); n > 0 {
					t.Errorf("%d sessions ended: %s", n, reason)
				}
			}
		})
	}
}

// runCall has two clients, one of each version, exchange messages while both upgrade.
func (h *harness) runCall(url, room string, firstVersion int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var both [2]*dialer.Conn
	for i, version := range []int{firstVersion, 7 - firstVersion} {
		options := h.options(version, dialer.Polling)
		options.URL = url
		c, err := tryJoin(ctx, options, room)
		if err != nil {
			return fmt.Errorf("%s, EIO %d: %w", room, version, err)
		}
		defer c.Abort()
		both[i] = c
	}
	if got, err := both[0].Receive(ctx); err != nil || got != event("join", room) {
		return fmt.Errorf("%s: got %s, %w", room, got, err)
	}
	failed := make(chan error, 6)
	for _, c := range both {
		go func() { failed <- c.Upgrade(ctx) }()
		go func() { failed <- sendNumbers(c) }()
		go func() { failed <- expectNumbers(ctx, c, room) }()
	}
	var err error
	for range cap(failed) {
		if e := <-failed; e != nil {
			err = e
		}
	}
	return err
}

func sendNumbers(c *dialer.Conn) error {
	for i := range upgradeMessages {
		if err := c.Send(fmt.Sprintf(`2["message",{"n":%d,"text":"é😀"}]`, i)); err != nil {
			return err
		}
		time.Sleep(rand.N(40 * time.Millisecond))
	}
	return nil
}

func expectNumbers(ctx context.Context, c *dialer.Conn, room string) error {
	for i := range upgradeMessages {
		got, err := c.Receive(ctx)
		if want := fmt.Sprintf(`2["message",{"n":%d,"text":"é😀"},"`, i); err != nil || !strings.HasPrefix(got, want) {
			return fmt.Errorf("%s, message %d: got %s, %v", room, i, got, err)
		}
	}
	return nil
}

// A client that probes but never upgrades costs little CPU, is disconnected in time, and
// can poll meanwhile.
func TestProbeWithoutUpgrade(t *testing.T) {
	const limit = 1500 * time.Millisecond
	h := start(t, engineio.Config{UpgradeTimeout: limit})
	p := h.dial(4, dialer.Polling)
	w := h.openWebSocket(4, p.SID)
	w.probe()
	began := time.Now()

	var others []*rawConn
	for range 20 {
		other := h.openWebSocket(3, h.handshake(3))
		other.probe()
		others = append(others, other)
	}
	p.ExpectNothing()
	before := cpuTime(t)
	time.Sleep(time.Second)
	if used := cpuTime(t) - before; used > 400*time.Millisecond {
		t.Errorf("21 probes without an upgrade took %v of CPU in a second", used)
	}
	p.ExpectNothing()
	if op, got := w.readFrame(); op != 0 {
		t.Errorf("got %d %q, want the end", op, got)
	}
	if took := time.Since(began); took < limit-100*time.Millisecond || took > 3*limit {
		t.Errorf("disconnected after %v, want %v", took, limit)
	}
	for _, other := range others {
		if op, _ := other.readFrame(); op != 0 {
			t.Error("another one is still connected")
		}
	}
	p.ExpectNothing()
	if err := p.Upgrade(t.Context()); err != nil {
		t.Errorf("a later upgrade: %v", err)
	}
	p.ExpectNothing()
}

// cpuTime returns the CPU time of this process.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What was queued while a session polled arrives over the WebSocket in order, and the
// pending poll is answered.
func TestQueueIsSentAfterUpgrade(t *testing.T) {
	for _, version := range []int{3, 4} {
		h := start(t, engineio.Config{})
		sid := h.handshake(version)
		session, _ := h.sockets.Socket(sid)
		connect := "2:40"
		if version == 4 {
			connect = "40"
		}
		if status, answer := h.post(version, sid, "text/plain", strings.NewReader(connect)); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		w, poll := h.openWebSocket(version, sid), h.openRaw()
		poll.request(http.MethodGet, h.query(version, sid))
		if _, body := poll.response(); !strings.Contains(body, "40") {
			t.Fatalf("polled %q", body)
		}
		poll.request(http.MethodGet, h.query(version, sid))
		w.probe()
		if _, body := poll.response(); strings.TrimPrefix(body, "1:") != "6" {
			t.Errorf("EIO %d: the pending poll was answered with %q", version, body)
		}
		for i := range 20 {
			session.Send(wire.NewMessage(fmt.Sprint("before ", i)))
		}
		w.send(textFrame("5"), textFrame("40/x,"))
		for i := range 20 {
			w.expectText(fmt.Sprint("4before ", i))
		}
		if _, got := w.readFrame(); !strings.HasPrefix(got, "44/x,") {
			t.Errorf("EIO %d: the packet after the 5 was answered with %q", version, got)
		}
	}
}
