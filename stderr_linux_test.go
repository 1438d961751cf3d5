package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/enginetest/wait"
	"vidchat/internal/servertest"
)

// The tests of this file start the program with a standard error that fails.

// logPipe is a pipe that holds little, as standard error.
func logPipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = read.Close(), write.Close() })
	if _, _, failed := syscall.Syscall(syscall.SYS_FCNTL, write.Fd(), syscall.F_SETPIPE_SZ, 4096); failed != 0 {
		t.Fatal(failed)
	}
	return read, write
}

// program runs until the test ends, on a port that is free now.
type program struct {
	*exec.Cmd
	t     *testing.T
	url   string
	ended chan error
}

// launch starts the program through a shell command, in which "$0" is it.
func launch(t *testing.T, shell string, stderr *os.File, environment ...string) *program {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(address)
	p := &program{Cmd: exec.Command("/bin/sh", "-c", shell, os.Args[0]), t: t, url: "http://" + address, ended: make(chan error, 1)}
	p.Dir, p.Stderr = t.TempDir(), stderr
	p.Env = append(os.Environ(), append([]string{asProgram + "=1", "HOST=127.0.0.1", "PORT=" + port, "METRICS_TOKEN=" + metricsToken}, environment...)...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

const metricsToken = "a token of this test"

// get returns the answer to a request, or nothing without one.
func (p *program) get(path string) string {
	client := http.Client{Timeout: wait.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+metricsToken)
	response, err := client.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var text strings.Builder
	_, _ = bufio.NewReader(response.Body).WriteTo(&text)
	return text.String()
}

func (p *program) awaitStart() {
	p.t.Helper()
	wait.Until(p.t, "it serves", func() bool { return strings.HasPrefix(p.get("/healthz"), "ok") })
}

// call makes two clients meet, of which the log has some lines.
func (p *program) call(room string) {
	p.t.Helper()
	a, b := servertest.Dial(p.t, p.url, 4, servertest.WebSocket), servertest.Dial(p.t, p.url, 3, servertest.Polling)
	a.Join(room)
	b.Join(room)
	a.ExpectPrefix(`2["join",`)
	a.Close()
	b.Close()
}

// expectEnd sends a signal, and waits for the end.
func (p *program) expectEnd(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("it ended with %v, want status 0", err)
		}
	case <-time.After(drainTimeout + wait.Timeout):
		p.t.Errorf("it does not end by %v", s)
	}
}

func (p *program) lostLines() (n int) {
	_, rest, _ := strings.Cut(p.get("/metrics"), "\nvidchat_log_lines_lost_total ")
	_, _ = fmt.Sscan(rest, &n)
	return n
}

// Whoever read the log has ended, as in `vidchat 2>&1 | head -1`.
func TestTheReaderOfTheLogEnds(t *testing.T) {
	t.Parallel()
	read, write := logPipe(t)
	p := launch(t, `exec "$0"`, write)
	_ = write.Close()
	p.awaitStart()
	_ = read.Close()
	p.call("a")
	wait.Until(t, "the lines are counted as lost", func() bool { return p.lostLines() > 0 })
	p.call("b")
	p.expectEnd(syscall.SIGTERM)
}

// Whoever reads the log has stopped, and the pipe is full.
func TestTheReaderOfTheLogStalls(t *testing.T) {
	t.Parallel()
	_, write := logPipe(t)
	p := launch(t, `exec "$0"`, write, "LOG_LEVEL=debug")
	p.awaitStart()
	for n := range 10 { // some 10 kB of lines
		p.call(fmt.Sprint(n))
	}
	p.expectEnd(syscall.SIGTERM)
}

// The log is a file on a disk that is full.
func TestTheDiskOfTheLogIsFull(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	p := launch(t, `exec "$0"`, full)
	p.awaitStart()
	p.call("a")
	wait.Until(t, "the lines are counted as lost", func() bool { return p.lostLines() > 0 })
	p.expectEnd(syscall.SIGTERM)
}

// A program that cannot start, nor say why, ends all the same.
func TestNobodyReadsWhyItFails(t *testing.T) {
	t.Parallel()
	_, write := logPipe(t)
	if _, err := write.WriteString(strings.Repeat("x", 4096)); err != nil {
		t.Fatal(err)
	}
	p := launch(t, `exec "$0"`, write, "PORT=http")
	select {
	case err := <-p.ended:
		if err == nil {
			t.Error("it ended with status 0")
		}
	case <-time.After(2 * wait.Timeout):
		t.Error("it does not end")
	}
}

func TestStandardErrorIsClosed(t *testing.T) {
	t.Parallel()
	p := launch(t, `exec "$0" 2>&-`, nil)
	p.awaitStart()
	p.call("a")
	p.expectEnd(syscall.SIGTERM)
}

// A terminal that is closed ends the server in order, but not one started with nohup.
func TestHangup(t *testing.T) {
	t.Parallel()
	// Tests that nohup runs would have the program ignore the signal too.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	p := launch(t, `exec "$0"`, nil)
	p.awaitStart()
	p.expectEnd(syscall.SIGHUP)
	p = launch(t, `trap '' HUP; exec "$0"`, nil)
	p.awaitStart()
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.call("a")
	p.expectEnd(syscall.SIGTERM)
}
