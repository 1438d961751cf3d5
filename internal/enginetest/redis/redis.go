// Package redis runs a real redis-server for tests: it can be killed, stopped for a
// while, and started again without its memory.
package redis

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidchat/internal/enginetest/wait"
)

// Server is a redis-server on a port of its own.
type Server struct {
	t    testing.TB
	port string
	args []string
	run  *exec.Cmd
}

// Start starts a server until the test ends. The arguments are options of
// redis-server. The test fails where it is not installed.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, port: freePort(t), args: args}
	s.start()
	t.Cleanup(s.Kill)
	return s
}

func (s *Server) start() {
	s.t.Helper()
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"}, s.args...)
	s.run = exec.Command("redis-server", args...)
	s.run.Dir = s.t.TempDir()
	if err := s.run.Start(); err != nil {
		s.t.Fatalf("redis-server cannot be started (Debian: apt-get install redis-server): %v", err)
	}
	wait.Until(s.t, "redis-server answers", func() bool {
		answer := s.answer("PING")
		return strings.HasPrefix(answer, "+PONG") || strings.HasPrefix(answer, "-NOAUTH")
	})
}

// StartTLS is Start, with a port for TLS too, and a certificate from two PEM files. It
// returns the URL for that port.
func StartTLS(t testing.TB, certFile, keyFile string) (url string) {
	t.Helper()
	port := freePort(t)
	Start(t, "--tls-port", port, "--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no")
	return "rediss://127.0.0.1:" + port
}

// freePort is below the ports that systems give to connections: one of these might get
// it while the server is down.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10_000 + rand.IntN(10_000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port between 10000 and 19999 is free")
	return ""
}

// Address is the host:port of the server, and URL its URL.
func (s *Server) Address() string { return "127.0.0.1:" + s.port }

// URL is that for REDIS_URL.
func (s *Server) URL() string { return "redis://" + s.Address() }

// answer sends an inline command and returns the beginning of the answer.
func (s *Server) answer(command string) string {
	conn, err := net.DialTimeout("tcp", s.Address(), time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprintf(conn, "%s\r\n", command)
	b := make([]byte, 512)
	n, _ := conn.Read(b)
	return string(b[:n])
}

// Do sends an inline command, whose answer is to begin with want.
func (s *Server) Do(command, want string) {
	s.t.Helper()
	if got := s.answer(command); !strings.HasPrefix(got, want) {
		s.t.Fatalf("%s: got %q, want %q", command, got, want)
	}
}

// Kill kills the server, if it runs.
func (s *Server) Kill() {
	if s.run != nil {
		_ = s.run.Process.Kill()
		_ = s.run.Wait()
		s.run = nil
	}
}

// Restart kills the server and starts it again, empty.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.start()
}

// StartAgain starts a server that was killed.
func (s *Server) StartAgain() {
	s.t.Helper()
	s.start()
}

// Freeze stops the server as SIGSTOP does, until thaw is called.
func (s *Server) Freeze() (thaw func()) {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
	return func() { s.signal(syscall.SIGCONT) }
}

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.run.Process.Signal(sig); err != nil {
		s.t.Error(err)
	}
}

// Dump returns all keys with their types, times to live in ms, and values.
func (s *Server) Dump() []Key {
	s.t.Helper()
	keys := s.cli("--raw", "KEYS", "*")
	var dump []Key
	for _, name := range strings.Fields(keys) {
		k := Key{Name: name, Type: strings.TrimSpace(s.cli("--raw", "TYPE", name)), TTL: strings.TrimSpace(s.cli("--raw", "PTTL", name))}
		switch k.Type {
		case "string":
			k.Value = s.cli("--raw", "GET", name)
		case "set":
			k.Value = s.cli("--raw", "SMEMBERS", name)
		case "none":
			continue // its time was over
		default:
			s.t.Fatalf("a key of another type: %s", k.Type)
		}
		dump = append(dump, k)
	}
	return dump
}

// Has reports whether the server has a key.
func (s *Server) Has(key string) bool { return strings.HasPrefix(s.answer("EXISTS "+key), ":1") }

// Size is how many keys the server has.
func (s *Server) Size() (keys int) {
	_, _ = fmt.Sscanf(s.answer("DBSIZE"), ":%d", &keys)
	return keys
}

// Calls is how often the server was given a command, such as evalsha.
func (s *Server) Calls(command string) (count int) {
	s.t.Helper()
	_, after, _ := strings.Cut(s.cli("INFO", "commandstats"), "cmdstat_"+command+":")
	_, _ = fmt.Sscanf(after, "calls=%d", &count)
	return count
}

// Monitor returns every command that the server gets, and what it publishes, from now
// until the returned function is called.
func (s *Server) Monitor() (stop func() string) {
	s.t.Helper()
	var seen lockedBuffer
	monitor := exec.Command("redis-cli", "-p", s.port, "MONITOR")
	monitor.Stdout = &seen
	if err := monitor.Start(); err != nil {
		s.t.Fatalf("redis-cli: %v", err)
	}
	wait.Until(s.t, "the monitor is there", func() bool { return strings.HasPrefix(seen.String(), "OK") })
	return func() string {
		_ = monitor.Process.Kill()
		_ = monitor.Wait()
		return seen.String()
	}
}

// lockedBuffer is what a process has written so far.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Key is what the server holds under a name.
type Key struct{ Name, Type, TTL, Value string }

func (s *Server) cli(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("redis-cli", append([]string{"-p", s.port}, args...)...).Output()
	if err != nil {
		s.t.Fatalf("redis-cli: %v", err)
	}
	return string(out)
}
