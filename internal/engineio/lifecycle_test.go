package engineio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"vidchat/internal/enginetest/dialer"
)

// A body that never ends holds up neither the other sessions' goodbye nor the
// shutdown.
func TestShutdownWithStalledPost(t *testing.T) {
	e := serve(t, Config{})
	stalled := e.dial(4, dialer.Polling)
	body, hold := io.Pipe()
	defer hold.Close()
	go func() {
		resp, err := stalled.Request(context.Background(), http.MethodPost, dialer.Polling, body)
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	_, _ = io.WriteString(hold, "4half")
	other := e.dial(4, dialer.WebSocket)
	time.Sleep(20 * time.Millisecond)
	if err := e.Shutdown(timed(t, 4*patience)); err != nil { // it had to be cut
		t.Errorf("Shutdown: %v", err)
	}
	_, err := other.Receive(timed(t, patience))
	var closed *dialer.CloseError
	if !errors.As(err, &closed) || closed.Code != 1012 {
		t.Errorf("the other was told %v", err)
	}
}

// What was posted weighs nothing any more once it is handled: the bound for what
// comes later, over a WebSocket, is as it was.
func TestPostedWeighsNothingLater(t *testing.T) {
	e := serve(t, Config{})
	c := e.dial(4, dialer.Polling)
	s := e.of(c)
	if err := c.Send("posted"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the packet is handled", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.inbox.working
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox.bytes != 0 {
		t.Errorf("an empty inbox weighs %d bytes", s.inbox.bytes)
	}
}
