package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/googollee/go-socket.io/engineio/frame"
	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/googollee/go-socket.io/engineio/transport"

	"vidchat/engine/dialer"
)

// lateLibrary is go-socket.io with the delay in it that its goroutines may
// have: it sends the OPEN packet when it is told to.
type lateLibrary struct {
	*Engine
	open     chan struct{}
	accepted chan transport.Conn
}

func (l lateLibrary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := l.Options().Transports[0].Accept(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	l.accepted <- conn
	go func() {
		<-l.open
		out, _ := conn.NextWriter(frame.String, packet.OPEN)
		_, _ = io.WriteString(out, `{"sid":"`+newID()+`"}`)
		_ = out.Close()
		for {
			if _, _, _, err := conn.NextReader(); err != nil {
				return
			}
		}
	}()
	conn.(http.Handler).ServeHTTP(w, r)
}

func serveLate(t *testing.T) (lateLibrary, string) {
	t.Helper()
	l := lateLibrary{New(quiet(Config{})), make(chan struct{}), make(chan transport.Conn, 1)}
	l.Handshake(l)
	web := httptest.NewServer(l.Engine)
	t.Cleanup(web.Close)
	return l, web.URL
}

// A client that goes before the library has opened its session leaves nothing.
func TestGoneBeforeOpen(t *testing.T) {
	l, url := serveLate(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
	s := (<-l.accepted).(*Session)
	_ = conn.Close()
	eventually(t, "the session ends", func() bool { return s.Reason() == ReasonConnectionLost })
	close(l.open)
	if err := l.Shutdown(timed(t, patience)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if n := l.Open(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A handshake that is under way when the engine shuts down ends with it.
func TestShutdownDuringHandshake(t *testing.T) {
	l, url := serveLate(t)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if resp, err := http.Get(url + "/?EIO=4&transport=polling"); err == nil {
			_ = resp.Body.Close()
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	<-l.accepted
	time.AfterFunc(20*time.Millisecond, func() { close(l.open) })
	if err := l.Shutdown(timed(t, patience)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	<-answered
	eventually(t, "no session is open", func() bool { return l.Open() == 0 })
}

// A body that never ends holds up neither the other sessions' goodbye nor the
// shutdown.
func TestShutdownWithStalledPost(t *testing.T) {
	e, url := serve(t, Config{}, discard)
	stalled := dial(t, url, 4, dialer.Polling)
	body, hold := io.Pipe()
	defer hold.Close()
	go func() {
		resp, err := stalled.Request(context.Background(), http.MethodPost, dialer.Polling, body)
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	_, _ = io.WriteString(hold, "4half")
	other := dial(t, url, 4, dialer.WebSocket)
	time.Sleep(20 * time.Millisecond)
	began := time.Now()
	if err := e.Shutdown(timed(t, patience)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if took := time.Since(began); took > patience-time.Second {
		t.Errorf("Shutdown took %v", took)
	}
	_, err := other.Receive(timed(t, patience))
	var closed *dialer.CloseError
	if !errors.As(err, &closed) || closed.Code != 1012 {
		t.Errorf("the other was told %v", err)
	}
}

func dial(t *testing.T, url string, version int, transport string) *dialer.Conn {
	t.Helper()
	c, err := dialer.Dial(timed(t, patience), dialer.Options{URL: url, Version: version, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return c
}
