package main

import (
	"bufio"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// serverTimeout limits how long the server takes to listen and to stop.
const serverTimeout = 30 * time.Second

// serverFolder has the server once it is built.
var serverFolder string

// buildServer builds the server once, unless VIDCHAT_BIN names one.
var buildServer = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("VIDCHAT_BIN"); binary != "" {
		return binary, nil
	}
	var err error
	if serverFolder, err = os.MkdirTemp("", "vidchat-peer-"); err != nil {
		return "", err
	}
	binary := filepath.Join(serverFolder, "vidchat")
	command := exec.Command("go", "build", "-C", "..", "-o", binary, ".")
	command.Stderr = os.Stderr
	return binary, command.Run()
})

// startServer runs the server, as it ships, until the test ends. It returns its origin.
func startServer(t *testing.T, settings ...string) string {
	t.Helper()
	origin, stop := runServer(t, settings...)
	t.Cleanup(stop)
	return origin
}

// runServer runs the server until stop is called.
func runServer(t *testing.T, settings ...string) (origin string, stop func()) {
	t.Helper()
	binary, err := buildServer()
	if err != nil {
		t.Fatalf("building the server: %v", err)
	}
	command := exec.Command(binary)
	command.Dir = t.TempDir() // without a .env
	command.Env = append([]string{"PORT=0", "STUN_URLS=none", "HOME=" + command.Dir}, settings...)
	logged, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	listening, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(logged); lines.Scan(); {
			var event struct{ Message, Address string }
			if json.Unmarshal(lines.Bytes(), &event) == nil && event.Message == "listening" {
				listening <- event.Address
			}
		}
	}()
	stop = func() {
		_ = command.Process.Signal(os.Interrupt)
		late := time.AfterFunc(serverTimeout, func() { _ = command.Process.Kill() })
		defer late.Stop()
		<-ended
		if err := command.Wait(); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	}
	select {
	case address := <-listening:
		return originOf(t, address), stop
	case <-ended:
	case <-time.After(serverTimeout):
	}
	stop()
	t.Fatal("the server does not listen")
	return "", nil
}

// freeAddress returns an address of this machine at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// originOf returns the origin on this machine of a server that listens at an address.
func originOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + parsed.Port()
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(serverFolder) // nothing if none was built
	os.Exit(code)
}
