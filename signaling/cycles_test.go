package signaling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidchat/internal/engineio"
	"vidchat/internal/enginetest/counts"
	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

const workers = 8

// cycles returns how often a client comes and goes.
func cycles(t *testing.T) int { return counts.Of(t, "CYCLES", 500) }

// endings are ways to end a session.
var endings = []func(c *dialer.Conn){
	func(c *dialer.Conn) { c.Close() },
	func(c *dialer.Conn) { c.Abort() },
	func(c *dialer.Conn) { _ = c.Send("1"); c.Close() },
	func(c *dialer.Conn) { _ = c.SendPayload("7"); c.Abort() },
	func(c *dialer.Conn) { _ = c.Send("1"); _ = c.Send("0"); c.Abort() },
}

// After many times connect, join and leave, over all transports and in all ways, no
// goroutine, descriptor, session or room remains.
func TestCyclesLeaveNothing(t *testing.T) {
	// A client that ends between two polls is noticed at the next heartbeat.
	h := start(t, engineio.Config{PingInterval: time.Second, PingTimeout: time.Second})
	h.expectAlive()
	h.awaitEmpty()
	ownBefore, libraryBefore := goroutineCounts()
	descriptors := openDescriptors(t)
	count := cycles(t)
	var next atomic.Int64
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for i := int(next.Add(1)); i <= count; i = int(next.Add(1)) {
				if err := h.cycle(i); err != nil {
					t.Errorf("cycle %d: %v", i, err)
					return
				}
			}
		})
	}
	working.Wait()
	h.awaitEmpty()
	const ofLinks = 4 * 3 // of those that wait for the next event; go-socket.io has three each
	wait.Until(t, "no goroutine remains", func() bool {
		own, library := goroutineCounts()
		return own <= ownBefore+2 && library <= libraryBefore+ofLinks
	})
	wait.Until(t, "no descriptor remains", func() bool { return openDescriptors(t) <= descriptors+2 })
	if n := h.sockets.Links(); n != 0 {
		t.Errorf("go-socket.io holds %d sessions", n)
	}
}

// cycle opens a session, joins a room, which one other client joins, and leaves.
func (h *harness) cycle(i int) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait.Timeout)
	defer cancel()
	options := h.options(3+i%2, dialer.Transports[i/2%3])
	c, err := tryJoin(ctx, options, fmt.Sprint("room ", i/2))
	if err != nil {
		return err
	}
	endings[i%len(endings)](c)
	c.Abort()
	return nil
}

// goroutineCounts counts those of go-socket.io apart. How many of them wait depends on how
// many events came at the same time.
func goroutineCounts() (own, library int) {
	stacks := make([]byte, 1<<20)
	for {
		n := runtime.Stack(stacks, true)
		if n < len(stacks) {
			stacks = stacks[:n]
			break
		}
		stacks = make([]byte, 2*len(stacks))
	}
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if bytes.Contains(stack, []byte("googollee/go-socket.io")) {
			library++
		} else {
			own++
		}
	}
	return own, library
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
