package logging

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestErrorsOfTheNetworkLoseTheirAddresses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now())
	_, err = conn.Read(make([]byte, 1))
	if !strings.Contains(err.Error(), "127.0.0.1") {
		t.Fatalf("%v has no address in it", err)
	}
	if got := WithoutAddresses(fmt.Errorf("answering: %w", err)).Error(); got != "read: i/o timeout" {
		t.Errorf("got %q", got)
	}
	if other := errors.New("other"); WithoutAddresses(other) != other || WithoutAddresses(http.ErrServerClosed) != http.ErrServerClosed {
		t.Error("another error has changed")
	}
}
