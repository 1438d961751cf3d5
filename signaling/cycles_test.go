package signaling

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/dialer"
)

// timed is a context that ends before the test gives up.
func timed(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

const (
	cycles  = 2000
	workers = 8
)

// The ways to go.
var endings = []func(c *dialer.Conn){
	func(c *dialer.Conn) { c.Close() },
	func(c *dialer.Conn) { c.Abort() },
	func(c *dialer.Conn) { _ = c.Send("1"); c.Close() },
	func(c *dialer.Conn) { _ = c.SendPayload("7"); c.Abort() },
	func(c *dialer.Conn) { _ = c.Send("1"); _ = c.Send("0"); c.Abort() },
}

// 2,000 times connect, join and leave, over all transports and in all ways:
// no goroutine, descriptor, session or room is left.
func TestCyclesLeaveNothing(t *testing.T) {
	// A poller that goes between two polls is missed at the next heartbeat.
	h := start(t, engineio.Config{PingInterval: time.Second, PingTimeout: time.Second})
	h.alive()
	h.empty()
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	todo, failed := make(chan int), make(chan error, workers)
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for i := range todo {
				if err := h.cycle(i); err != nil {
					failed <- fmt.Errorf("cycle %d: %w", i, err)
					return
				}
			}
		})
	}
	go func() {
		defer close(todo)
		for i := range cycles {
			select {
			case todo <- i:
			case <-time.After(patience):
				return // the workers have failed
			}
		}
	}()
	work.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	h.empty()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	eventually(t, "no descriptor is left", func() bool { return openDescriptors(t) <= descriptors+2 })
	if n := h.sockets.Links(); n != 0 {
		t.Errorf("go-socket.io holds %d sessions", n)
	}
}

// cycle opens a session, joins a room that one other comes to, and leaves.
func (h *harness) cycle(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	version := 3 + i%2
	c, err := dialer.Dial(ctx, dialer.Options{URL: h.url, TLS: h.tls, Version: version, Transport: dialer.Transports[i/2%3]})
	if err != nil {
		return err
	}
	defer c.Abort()
	packets := []string{"40", fmt.Sprintf(`42["create or join","room %d"]`, i/2)}
	if err := c.SendPayload(packets[4-version:]...); err != nil {
		return err
	}
	for {
		got, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		if strings.HasPrefix(got, `2["created"`) || strings.HasPrefix(got, `2["joined"`) {
			break
		}
	}
	endings[i%len(endings)](c)
	return nil
}

func openDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		return 0 // not on Linux
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
