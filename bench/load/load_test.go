//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"vidchat/signaling"
)

// serve starts signaling and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	s := signaling.New(signaling.Config{Log: zerolog.Nop()})
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	front := httptest.NewServer(s)
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		front.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return strings.TrimPrefix(front.URL, "http://")
}

func eachProtocol(t *testing.T, test func(t *testing.T, target Target)) {
	address := serve(t)
	for _, p := range []Protocol{EIO3, EIO4} {
		t.Run(fmt.Sprintf("EIO%d", p), func(t *testing.T) { test(t, Target{Address: address, Protocol: p}) })
	}
}

func newLoop(t *testing.T) *Loop {
	t.Helper()
	l, err := NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func TestRelays(t *testing.T) {
	eachProtocol(t, func(t *testing.T, target Target) {
		l := newLoop(t)
		const pairs = 10
		if err := l.Connect(t.Context(), target, int(target.Protocol)*1000, pairs); err != nil {
			t.Fatal(err)
		}
		if l.Clients() != 2*pairs {
			t.Fatalf("there are %d clients", l.Clients())
		}
		const d, rate = 200 * time.Millisecond, 1000
		saturated, err := l.Saturate(pairs, 4, 2500, d)
		if err != nil {
			t.Fatal(err)
		}
		if saturated.Messages < pairs || saturated.Latency.Count() != uint64(saturated.Messages) || saturated.Rate() <= 0 {
			t.Errorf("saturated: %d messages, %v per second", saturated.Messages, saturated.Rate())
		}
		atRate, err := l.SendAtRate(200, rate, d)
		if err != nil {
			t.Fatal(err)
		}
		if want := int(rate * d.Seconds()); atRate.Messages != want {
			t.Errorf("%d messages were sent, want %d", atRate.Messages, want)
		}
		if atRate.Latency.Quantile(0.5) <= 0 {
			t.Error("messages took no time")
		}
		if err := l.Idle(10 * time.Millisecond); err != nil {
			t.Error(err)
		}
	})
}

func TestCalls(t *testing.T) {
	eachProtocol(t, func(t *testing.T, target Target) {
		calls, took, err := target.Calls(t.Context(), int(target.Protocol)*1000, 200*time.Millisecond)
		if err != nil || calls == 0 || took < 200*time.Millisecond {
			t.Errorf("%d calls in %v (%v)", calls, took, err)
		}
	})
}

func TestDisconnectAll(t *testing.T) {
	eachProtocol(t, func(t *testing.T, target Target) {
		l := newLoop(t)
		first := int(target.Protocol) * 1000
		if err := l.Connect(t.Context(), target, first, 20); err != nil {
			t.Fatal(err)
		}
		p, err := l.NewSeatProbe(t.Context(), target, first+20, 5)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if free, err := p.tryJoin(p.rooms[0]); free || err != nil {
			t.Fatalf("a seat is free before any client disconnected (%v)", err)
		}
		took, err := p.DisconnectAll(l)
		if err != nil || took <= 0 || l.Clients() != 0 {
			t.Errorf("it took %v, %d clients are left (%v)", took, l.Clients(), err)
		}
	})
}

func TestChurn(t *testing.T) {
	target := Target{Address: serve(t)}
	calls, err := target.Churn(t.Context(), 300*time.Millisecond)
	if err != nil || calls == 0 {
		t.Errorf("%d calls (%v)", calls, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := target.Churn(stopped, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
}

// A server that closes connections, or does not listen, causes an error, not a hang.
func TestServerThatFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	target := Target{Address: listener.Addr().String(), Protocol: EIO3}
	l := newLoop(t)
	if err := l.Connect(t.Context(), target, 0, 1); err == nil {
		t.Error("clients connected to a server that closes")
	}
	if _, _, err := target.Calls(t.Context(), 0, time.Minute); err == nil {
		t.Error("calls were made with a server that closes")
	}
	_ = listener.Close()
	if err := l.Connect(t.Context(), target, 0, 1); err == nil {
		t.Error("clients connected although no server listens")
	}
}

func TestServerThatStopsUnderLoad(t *testing.T) {
	s := signaling.New(signaling.Config{Log: zerolog.Nop()})
	go func() { _ = s.Run(context.Background()) }()
	front := httptest.NewServer(s)
	defer front.Close()
	l := newLoop(t)
	target := Target{Address: strings.TrimPrefix(front.URL, "http://"), Protocol: EIO4}
	if err := l.Connect(t.Context(), target, 0, 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Saturate(2, 1, 200, time.Minute); err == nil {
		t.Error("messages were relayed by a server that had stopped")
	}
}

func TestInParallel(t *testing.T) {
	var done atomic.Int64
	thousand := func(i int) bool { return i < 1000 }
	started, err := inParallel(thousand, func(int) error { done.Add(1); return nil })
	if err != nil || started != 1000 || done.Load() != 1000 {
		t.Errorf("%d of 1000 calls started, %d finished (%v)", started, done.Load(), err)
	}
	broken := errors.New("broken")
	started, err = inParallel(thousand, func(i int) error {
		if i == 50 {
			return broken
		}
		time.Sleep(time.Millisecond)
		return nil
	})
	if !errors.Is(err, broken) || started >= 1000 {
		t.Errorf("after %d calls: %v", started, err)
	}
}
