package signaling

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
	"vidchat/internal/enginetest/wait"
)

// How long something takes depends on the server and on how busy the machine is. So a
// second server, the reference, which nothing disturbs, does the same again and again in
// the meantime. A server that makes its clients wait falls behind the reference. A busy
// machine slows down both.

// stopwatch measures time, also in actions of the reference.
type stopwatch struct {
	actions atomic.Int64
	stop    func()
}

// startStopwatch repeats an action of the reference until stop is called or the test ends.
func startStopwatch(t testing.TB, action func() error) *stopwatch {
	t.Helper()
	w := new(stopwatch)
	w.stop = repeat(t, func() error {
		defer w.actions.Add(1)
		return action()
	})
	return w
}

// repeat repeats an action until stop is called or the test ends.
func repeat(t testing.TB, action func() error) (stop func()) {
	t.Helper()
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			if err := action(); err != nil {
				t.Errorf("repeating an action: %v", err)
				return
			}
			select {
			case <-stopping:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		close(stopping)
		<-stopped
	})
	t.Cleanup(stop)
	return stop
}

// instant is a point in time.
type instant struct {
	time    time.Time
	actions int64
}

func (w *stopwatch) now() instant { return instant{time.Now(), w.actions.Load()} }

// after sends the instant in which a time has passed.
func (w *stopwatch) after(d time.Duration) <-chan instant {
	c := make(chan instant, 1)
	time.AfterFunc(d, func() { c <- w.now() })
	return c
}

// lapse is the time between two instants.
type lapse struct {
	time    time.Duration
	actions int64
}

func (w *stopwatch) since(i instant) lapse {
	return lapse{time.Since(i.time), w.actions.Load() - i.actions}
}

// The longest lapse in which a single action is not late. A client that a server keeps
// waiting for another waits for seconds.
const (
	maxLapseTime    = 1500 * time.Millisecond
	maxLapseActions = 50
)

// expectNotLate checks that something took hardly longer than on the reference.
func (l lapse) expectNotLate(t testing.TB, what string) {
	t.Helper()
	if l.time > maxLapseTime && l.actions > maxLapseActions {
		t.Errorf("%s took %v, in which another server did %d times the same", what, l.time, l.actions)
	}
}

// expectAlive checks that the server sets up a call about as fast as the reference.
func (h *harness) expectAlive() {
	h.t.Helper()
	calls := h.startCallStopwatch()
	defer calls.stop()
	began := calls.now()
	if err := h.setUpCall(); err != nil {
		h.t.Errorf("setting up a call: %v", err)
	}
	calls.since(began).expectNotLate(h.t, "setting up a call")
}

// startCallStopwatch measures time in calls that the reference sets up.
func (h *harness) startCallStopwatch() *stopwatch {
	h.t.Helper()
	return startStopwatch(h.t, h.reference().setUpCall)
}

// setUpCall connects a client that joins a room and leaves.
func (h *harness) setUpCall() error {
	ctx, cancel := context.WithTimeout(context.Background(), wait.Timeout)
	defer cancel()
	c, err := tryJoin(ctx, h.options(3, dialer.WebSocket), rand.Text())
	if err == nil {
		c.Close()
	}
	return err
}

// exchangeMessages has a pair exchange messages until stop is called. stop returns the lapse
// of the slowest message.
func (h *harness) exchangeMessages() (stop func() lapse) {
	h.t.Helper()
	a, b := h.pair(rand.Text())
	messages := h.startMessageStopwatch()
	var slowest lapse
	stopExchange := repeat(h.t, func() error {
		began := messages.now()
		err := exchangeMessage(a, b)
		if l := messages.since(began); l.actions >= slowest.actions {
			slowest = l
		}
		return err
	})
	return func() lapse {
		stopExchange()
		messages.stop()
		return slowest
	}
}

// startMessageStopwatch measures time in messages between a pair on the reference.
func (h *harness) startMessageStopwatch() *stopwatch {
	h.t.Helper()
	a, b := h.reference().forTest(h.t).pair(rand.Text())
	return startStopwatch(h.t, func() error { return exchangeMessage(a, b) })
}

func exchangeMessage(from, to *client) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait.Timeout)
	defer cancel()
	if err := from.Send(event("message", 1)); err != nil {
		return err
	}
	_, err := to.Receive(ctx)
	return err
}
